using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.Reports;

/// <summary>Verifications, signatures and certificates in JSON, the same in every face.</summary>
internal static class VerificationJson
{
    /// <summary>Writes a verification: whether the signature holds, what it says, who signed, and every check.</summary>
    public static void Write(Utf8JsonWriter writer, VerificationResult result, Descriptor subject)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("verified", result.Verified);
        if (result.Signature is not null)
            WriteFormat(writer, result.Signature);
        writer.WritePropertyName("subject");
        subject.Write(writer);
        if (result.Signature is not null)
            WriteClaims(writer, result.Signature.Claims);
        if (result.Signer is not null)
            WriteCertificate(writer, "signer", result.Signer);
        writer.WriteStartArray("checks");
        foreach (var check in result.Checks)
        {
            writer.WriteStartObject();
            writer.WriteString("check", check.Name.InJson());
            writer.WriteBoolean("passed", check.Passed);
            if (check.Reason is not null)
                writer.WriteString("reason", check.Reason);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Writes what a signature claims, and that nobody has verified it.</summary>
    public static void WriteUnverified(Utf8JsonWriter writer, Signature signature)
    {
        var claims = signature.Claims;
        writer.WriteStartObject();
        writer.WriteBoolean("verified", false);
        WriteFormat(writer, signature);
        writer.WriteStartObject("subject");
        if (claims.MediaType is not null)
            writer.WriteString("mediaType", claims.MediaType.ToString());
        writer.WriteString("digest", claims.Digest.ToString());
        writer.WriteNumber("size", claims.Size);
        writer.WriteEndObject();
        WriteClaims(writer, claims);
        if (signature.KeyId is not null)
            writer.WriteString("libtrustKeyId", signature.KeyId);
        writer.WriteStartArray("certificates");
        foreach (var certificate in signature.Certificates)
            WriteCertificate(writer, null, certificate);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Writes what tells a certificate from others.</summary>
    public static void WriteCertificate(Utf8JsonWriter writer, string? name, X509Certificate2 certificate)
    {
        var description = CertificateDescription.Of(certificate);
        if (name is not null)
            writer.WritePropertyName(name);
        writer.WriteStartObject();
        writer.WriteString("subject", description.Subject);
        writer.WriteString("issuer", description.Issuer);
        writer.WriteString("sha256Thumbprint", description.Sha256Thumbprint);
        writer.WriteString("notBefore", SignerCertificate.Format(description.NotBefore));
        writer.WriteString("notAfter", SignerCertificate.Format(description.NotAfter));
        writer.WriteEndObject();
    }

    private static void WriteFormat(Utf8JsonWriter writer, Signature signature)
    {
        writer.WriteString("signatureFormat", signature.Format.MediaType.ToString());
        writer.WriteString("signingAlgorithm", signature.Algorithm);
    }

    private static void WriteClaims(Utf8JsonWriter writer, Claims claims)
    {
        writer.WriteStartArray("references");
        foreach (var reference in claims.References)
            writer.WriteStringValue(reference.Text);
        writer.WriteEndArray();
        WriteTime(writer, "issuedAt", claims.IssuedAt);
        WriteTime(writer, "notBefore", claims.NotBefore);
        WriteTime(writer, "expiresAt", claims.ExpiresAt);
    }

    private static void WriteTime(Utf8JsonWriter writer, string name, DateTimeOffset? time)
    {
        if (time is not null)
            writer.WriteString(name, SignerCertificate.Format(time.Value));
    }
}
