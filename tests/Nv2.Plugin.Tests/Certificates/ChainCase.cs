namespace Nv2.Plugin.Tests.Certificates;

/// <summary>A chain that is all right but for one clause of the Notary Project's "Certificate Requirements", or that looks wrong and is
/// not.</summary>
/// <param name="Clause">What is special about it.</param>
/// <param name="Chain">The certificates as the envelope has them.</param>
internal sealed record ChainCase(string Clause, IReadOnlyList<CertificatePlan> Chain)
{
    /// <summary>The checks that must fail, and no other.</summary>
    public IReadOnlyList<string> Checks { get; init; } = ["keyUsage"];

    /// <summary>The certificate that the verifier is given to trust; <see langword="null"/> for the last of the chain.</summary>
    public CertificatePlan? Trusted { get; init; }

    /// <summary>The option that gives it: <c>--ca-cert</c> for a root, <c>-c</c> for the signer's own.</summary>
    public string TrustedBy { get; init; } = "--ca-cert";

    /// <summary>The certificate whose key signs; <see langword="null"/> for the first of the chain.</summary>
    public CertificatePlan? SignedBy { get; init; }

    /// <summary>The algorithm that the envelope names.</summary>
    public string Algorithm { get; init; } = "ES256";

    /// <summary>What <c>openssl verify</c> says against it where the Notary Project says nothing.</summary>
    public string? OpenSslSays { get; init; }
}
