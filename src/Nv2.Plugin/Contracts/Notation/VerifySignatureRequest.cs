using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Json;
using Nv2.Signing.Policy;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Contracts.Notation;

/// <summary><c>signature</c> of a request to verify: what notation read in the envelope.</summary>
/// <param name="Chain">The certificates, the signer's first.</param>
internal sealed record RequestedSignature(IReadOnlyList<X509Certificate2> Chain)
{
    private const string SigningAuthority = "notary.x509.signingAuthority";
    private const int MaxAttributes = 1024;

    private static readonly string[] Schemes = ["notary.x509", SigningAuthority];

    /// <summary>Reads the signature. Its attributes do not affect these checks, but must be well formed.</summary>
    /// <exception cref="InvalidInputException">Something is missing or not what it must be.</exception>
    public static RequestedSignature Read(JsonNode signature)
    {
        ReadCriticalAttributes(signature.Required("criticalAttributes"));
        // notation, a Go program, writes missing lists, maps and times as null.
        if (signature.OptionalOrNull("unprocessedAttributes") is { } unprocessed)
            unprocessed.Array(MaxAttributes).ForEach(name => name.NonEmptyText());

        var property = signature.Required("certificateChain");
        var chain = property.Array(CertificateFile.MaxCertificates).ConvertAll(CertificateFile.ParseJson);
        return chain.Count > 0 ? new(chain) : throw property.Invalid("is empty: expected the signer's certificate chain");
    }

    private static void ReadCriticalAttributes(JsonNode attributes)
    {
        _ = attributes.Required("contentType").NonEmptyText();
        var scheme = attributes.Required("signingScheme");
        if (!Schemes.Contains(scheme.Text()))
            throw scheme.Invalid($"is {Quoted.Text(scheme.Text())}: expected {Alternatives.Of(Schemes)}");

        // notation writes Go's zero time, 0001-01-01T00:00:00Z, for none. notation checks the expiry itself, by its policy.
        RequireTime(attributes.OptionalOrNull("expiry"));
        const string SigningTime = "authenticSigningTime";
        RequireTime(scheme.Text() == SigningAuthority ? attributes.Required(SigningTime) : attributes.OptionalOrNull(SigningTime));
        _ = attributes.OptionalOrNull("verificationPlugin")?.Text();
        _ = attributes.OptionalOrNull("verificationPluginMinVersion")?.Text();
        if (attributes.OptionalOrNull("extendedAttributes") is { } extended)
            _ = extended.Properties().Count();
    }

    // RFC 3339 section 5.6, as Go writes it: fractions of a second up to nine digits.
    private static void RequireTime(JsonNode? property)
    {
        if (property is not { } time)
            return;

        var text = time.Text();
        var isTime =
            text is [_, _, _, _, '-', _, _, '-', _, _, 'T' or 't', _, _, ':', _, _, ':', ..]
            && (text[^1] is 'Z' or 'z' || text[^6] is '+' or '-')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
        if (!isTime)
            throw time.Invalid($"is {Quoted.Text(text)}: expected a time by RFC 3339, like 2026-01-31T12:00:00Z");
    }
}

/// <summary><c>trustPolicy</c> of a request to verify: who is trusted, and which checks to make.</summary>
internal sealed record RequestedPolicy(TrustedIdentities Identities, bool ChecksIdentity, bool ChecksRevocation)
{
    private const int MaxIdentities = 1024;
    private const int MaxVerifications = 16;

    /// <summary>Reads the policy.</summary>
    /// <exception cref="InvalidInputException">
    /// Something in it is missing or not what it must be. Identities must be valid even if the request does not ask for that check.
    /// </exception>
    public static RequestedPolicy Read(JsonNode policy)
    {
        var identities = ReadIdentities(policy.Required("trustedIdentities"));
        var property = policy.Required("signatureVerification");
        var verifications = new HashSet<string>();
        foreach (var verification in property.Array(MaxVerifications))
        {
            var name = verification.Text();
            if (name is not (Capabilities.TrustedIdentity or Capabilities.RevocationCheck))
                throw verification.Invalid($"is {Quoted.Text(name)}: expected {Capabilities.TrustedIdentity} or {Capabilities.RevocationCheck}");
            if (!verifications.Add(name))
                throw verification.Invalid($"is {Quoted.Text(name)}, which appears twice");
        }

        return verifications.Count > 0
            ? new(identities, verifications.Contains(Capabilities.TrustedIdentity), verifications.Contains(Capabilities.RevocationCheck))
            : throw property.Invalid("is empty: expected what to verify");
    }

    private static TrustedIdentities ReadIdentities(JsonNode property)
    {
        var identities = property.Array(MaxIdentities).ConvertAll(identity => identity.Value(TrustedIdentity.Parse));
        try
        {
            return new TrustedIdentities(identities);
        }
        catch (InvalidInputException exception)
        {
            throw property.Invalid($"cannot be used: {exception.Message}", exception);
        }
    }
}
