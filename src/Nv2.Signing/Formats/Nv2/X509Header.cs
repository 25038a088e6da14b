using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Nv2.Signing.Certificates;
using Nv2.Signing.Json;
using Nv2.Signing.Keys;
using Nv2.Signing.Text;

namespace Nv2.Signing.Formats.Nv2;

/// <summary>The header of the two nv2 formats: <c>typ</c>, <c>alg</c>, and <c>x5c</c> or <c>kid</c>.</summary>
internal sealed record X509Header(string Algorithm, IReadOnlyList<X509Certificate2> Certificates, string? KeyId)
{
    private const string Type = "x509";

    /// <summary>The algorithms of the two formats. RSA keys sign with RS256; the other two RSA algorithms are only verified.</summary>
    public static IReadOnlyList<SigningAlgorithm> Algorithms { get; } =
    [SigningAlgorithm.RS256, SigningAlgorithm.RS384, SigningAlgorithm.RS512, SigningAlgorithm.ES256, SigningAlgorithm.ES384, SigningAlgorithm.ES512];

    /// <summary>The header for a signature by <paramref name="key"/>.</summary>
    public static X509Header For(SigningKey key, IReadOnlyList<X509Certificate2> certificates) =>
        new(key.Spec.Algorithm.Name, certificates, certificates.Count == 0 ? LibtrustKeyId.Compute(key.ExportSubjectPublicKeyInfo()) : null);

    /// <summary>Reads a header.</summary>
    /// <exception cref="InvalidInputException">
    /// A parameter is missing or not valid, or <c>crit</c> is present: no parameter that it may name is supported (RFC 7515 section 4.1.11).
    /// </exception>
    public static X509Header Read(JsonNode header)
    {
        var type = header.Required("typ");
        if (type.Text() != Type)
            throw type.Invalid($"is {Quoted.Text(type.Text())}: expected \"{Type}\"");
        if (header.Optional("crit") is { } critical)
            throw critical.Invalid("names critical header parameters, none of which is supported");

        var certificates = header.Optional("x5c")?.Array(CertificateFile.MaxCertificates).ConvertAll(CertificateFile.ParseJson);
        var keyId = header.Optional("kid")?.NonEmptyText();
        if (certificates is [] || (certificates is null && keyId is null))
            throw header.Invalid("has no signer: expected x5c with at least one certificate, or kid");
        if (certificates is not null && keyId is not null && keyId != LibtrustKeyId.Compute(SubjectPublicKey.Of(certificates[0])))
            throw header.Invalid("has a kid that does not match the key of the first certificate in x5c");

        return new X509Header(header.Required("alg").NonEmptyText(), certificates ?? [], keyId);
    }

    /// <summary>Writes <c>typ</c>.</summary>
    public static void WriteType(Utf8JsonWriter writer) => writer.WriteString("typ", Type);

    /// <summary>Writes <c>alg</c>, a <c>kid</c>, and <c>x5c</c>, if present; one of the last two always is.</summary>
    public void WriteSigner(Utf8JsonWriter writer)
    {
        writer.WriteString("alg", Algorithm);
        if (KeyId is not null)
            writer.WriteString("kid", KeyId);
        if (Certificates.Count == 0)
            return;

        writer.WriteStartArray("x5c");
        foreach (var certificate in Certificates)
            writer.WriteStringValue(Convert.ToBase64String(certificate.RawDataMemory.Span));
        writer.WriteEndArray();
    }
}
