using System.Collections.ObjectModel;
using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Signatures;

/// <summary>The claims of a signature, unproven until the signature is verified.</summary>
/// <param name="MediaType">The media type of the artifact, or <see langword="null"/> in a format without it (<c>json</c>).</param>
/// <param name="Digest">The digest of the artifact's manifest.</param>
/// <param name="Size">The size of the artifact's manifest in bytes.</param>
/// <param name="References">The names that the artifact is signed for; none in formats that carry no names.</param>
/// <param name="IssuedAt">When it was signed, by the signer's clock; see also <see cref="AuthenticSigningTime"/>.</param>
/// <param name="NotBefore">The time before which the artifact must not be accepted.</param>
/// <param name="ExpiresAt">The time from which the artifact must not be accepted.</param>
public sealed record Claims(
    MediaType? MediaType,
    Digest Digest,
    long Size,
    IReadOnlyList<Reference> References,
    DateTimeOffset? IssuedAt,
    DateTimeOffset? NotBefore,
    DateTimeOffset? ExpiresAt
)
{
    /// <summary>Metadata that is signed along with the artifact; empty in formats that carry no annotations.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>
    /// The payload to sign byte for byte, if another program wrote it, in formats with such a payload; <see langword="null"/> to write it from the
    /// claims. It must match the claims.
    /// </summary>
    internal ReadOnlyMemory<byte>? Payload { get; init; }

    /// <summary>The signing scheme, or <see langword="null"/> in formats that have none.</summary>
    internal SigningScheme? Scheme { get; init; }

    /// <summary>The signed attributes without a property of their own here, including those that name a verification plug-in.</summary>
    internal IReadOnlyList<ExtendedClaim> ExtendedClaims { get; init; } = [];

    /// <summary>The time that a signing authority attests, or <see langword="null"/>.</summary>
    public DateTimeOffset? AuthenticSigningTime => Scheme == SigningScheme.SigningAuthority ? IssuedAt : null;

    /// <summary>The plug-in that the signer requires for verification, or <see langword="null"/>.</summary>
    internal string? VerificationPlugin => TextOf(ExtendedClaim.VerificationPlugin);

    /// <summary>The minimum version of that plug-in, or <see langword="null"/>.</summary>
    internal string? VerificationPluginMinVersion => TextOf(ExtendedClaim.VerificationPluginMinVersion);

    private string? TextOf(string name) => ExtendedClaims.FirstOrDefault(attribute => attribute.Name == name)?.Text;
}

/// <summary>A signed attribute beyond those that every envelope has (Notary Project signature specification, "Extended attributes").</summary>
/// <param name="Name">Its name: <c>com.example.build</c>. An integer label of COSE is written as <c>label 300</c>.</param>
/// <param name="Text">Its value, or <see langword="null"/> if it is not text.</param>
/// <param name="IsCritical">Whether a verifier that does not know it must refuse the signature.</param>
internal sealed record ExtendedClaim(string Name, string? Text, bool IsCritical)
{
    /// <summary>Names the plug-in that the signer requires for verification.</summary>
    public const string VerificationPlugin = "io.cncf.notary.verificationPlugin";

    /// <summary>The minimum version of that plug-in.</summary>
    public const string VerificationPluginMinVersion = "io.cncf.notary.verificationPluginMinVersion";
}

/// <summary>Who made a signature, and who attests its time (Notary Project specification, signing-scheme.md).</summary>
internal sealed class SigningScheme
{
    /// <summary>The signer signed, and claims the time. Only a timestamp proves it.</summary>
    public static SigningScheme X509 { get; } = new("notary.x509");

    /// <summary>A signing authority signed for another party, and attests the time.</summary>
    public static SigningScheme SigningAuthority { get; } = new("notary.x509.signingAuthority");

    private SigningScheme(string name) => Name = name;

    /// <summary>The name in envelopes: <c>notary.x509</c>.</summary>
    public string Name { get; }

    /// <summary>The scheme of that exact name, or <see langword="null"/>.</summary>
    public static SigningScheme? Find(string name) =>
        name == X509.Name ? X509
        : name == SigningAuthority.Name ? SigningAuthority
        : null;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
