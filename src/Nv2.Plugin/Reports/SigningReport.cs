using Nv2.Signing.Artifacts;
using Nv2.Signing.Signatures;

namespace Nv2.Plugin.Reports;

/// <summary>Signatures that were written.</summary>
internal sealed record SigningReport(IReadOnlyList<SignedReport> Signatures);

/// <summary>An artifact, and the place of its signature: a file, or a manifest beside the artifact.</summary>
/// <param name="Subject">The artifact.</param>
/// <param name="SignatureFormat">The media type of the format.</param>
/// <param name="Manifest">The manifest of a stored signature.</param>
/// <param name="File">The file of any other signature.</param>
/// <param name="Digest">The digest of that file.</param>
internal sealed record SignedReport(DescriptorReport Subject, string SignatureFormat, DescriptorReport? Manifest, string? File, string? Digest)
{
    public static SignedReport InFile(Descriptor subject, ISignatureFormat format, string file, Digest digest) =>
        new(DescriptorReport.Of(subject), format.MediaType.ToString(), null, file, digest.ToString());

    public static SignedReport Stored(Descriptor subject, ISignatureFormat format, Descriptor manifest) =>
        new(DescriptorReport.Of(subject), format.MediaType.ToString(), DescriptorReport.Of(manifest), null, null);
}
