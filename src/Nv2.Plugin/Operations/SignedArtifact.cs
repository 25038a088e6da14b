using Nv2.Signing.Artifacts;
using Nv2.Signing.Signatures;

namespace Nv2.Plugin.Operations;

/// <summary>An artifact, and a signature of it that was written.</summary>
/// <param name="Subject">The artifact.</param>
/// <param name="Format">The format of the signature.</param>
internal abstract record SignedArtifact(Descriptor Subject, ISignatureFormat Format)
{
    /// <summary>The signature is a file.</summary>
    /// <param name="Subject">The artifact.</param>
    /// <param name="Format">The format of the signature.</param>
    /// <param name="FileName">The file.</param>
    /// <param name="Digest">The digest of its content.</param>
    internal sealed record InFile(Descriptor Subject, ISignatureFormat Format, string FileName, Digest Digest) : SignedArtifact(Subject, Format);

    /// <summary>The signature is stored beside the artifact.</summary>
    /// <param name="Subject">The artifact.</param>
    /// <param name="Format">The format of the signature.</param>
    /// <param name="Manifest">The signature's own manifest.</param>
    /// <param name="Place">The layout or the repository, for messages.</param>
    internal sealed record Stored(Descriptor Subject, ISignatureFormat Format, Descriptor Manifest, string Place) : SignedArtifact(Subject, Format);
}
