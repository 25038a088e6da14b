using System.Collections.ObjectModel;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Trust;

namespace Nv2.Signing.Storage;

/// <summary>What is asked of the signatures that are stored beside an artifact.</summary>
/// <param name="Trusted">Who is trusted.</param>
/// <param name="Quorum">How many signatures must hold.</param>
public sealed record ArtifactQuestion(TrustedCertificates Trusted, SignatureQuorum Quorum)
{
    /// <summary>On what terms signatures count.</summary>
    public TrustTerms Terms { get; init; } = TrustTerms.ByHand;

    /// <summary>The name under which the artifact is about to be used, or <see langword="null"/>.</summary>
    public Reference? Reference { get; init; }

    /// <summary>What the signers must have said about the artifact besides.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}
