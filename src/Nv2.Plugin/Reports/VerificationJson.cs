using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Nv2.Plugin.Trust;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Storage;
using Nv2.Signing.Timestamps;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.Reports;

/// <summary>Verifications, signatures and certificates in JSON, the same in every face.</summary>
internal static class VerificationJson
{
    /// <summary>Writes a verification: whether the signature holds, what it says, who signed, and every check.</summary>
    public static void Write(Utf8JsonWriter writer, VerificationResult result, Descriptor subject, Trust trust)
    {
        writer.WriteStartObject();
        WriteProperties(writer, result, subject);
        if (trust.IsByPolicy)
            WriteTrust(writer, trust, trust.SkipsAll ? Acceptance.Skipped(trust) : Acceptance.Of(result, trust), [result]);
        writer.WriteEndObject();
    }

    /// <summary>Writes the verifications of all signatures that are stored beside an artifact.</summary>
    public static void Write(Utf8JsonWriter writer, ArtifactVerification verification, Trust trust)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("verified", verification.Failure is null);
        if (verification.Failure is not null)
            writer.WriteString("reason", verification.Failure);
        writer.WritePropertyName("subject");
        verification.Subject.Write(writer);
        writer.WriteNumber("signers", verification.Signers);
        writer.WriteStartArray("signatures");
        foreach (var (signature, result) in verification.Signatures)
        {
            writer.WriteStartObject();
            writer.WritePropertyName("manifest");
            signature.Manifest.Write(writer);
            WriteProperties(writer, result, verification.Subject);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (trust.IsByPolicy)
            WriteTrust(writer, trust, Acceptance.Of(verification, trust), verification.Signatures.Select(signature => signature.Result));
        writer.WriteEndObject();
    }

    /// <summary>Writes that the trust policy has nothing verified about an artifact.</summary>
    public static void WriteSkipped(Utf8JsonWriter writer, Descriptor subject, Trust trust)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("verified", false);
        writer.WritePropertyName("subject");
        subject.Write(writer);
        WriteTrust(writer, trust, Acceptance.Skipped(trust), []);
        writer.WriteEndObject();
    }

    private static void WriteTrust(Utf8JsonWriter writer, Trust trust, Acceptance acceptance, IEnumerable<VerificationResult> results)
    {
        writer.WriteBoolean("accepted", acceptance.IsAccepted);
        if (acceptance.Warning is not null)
            writer.WriteString("warning", acceptance.Warning);
        writer.WriteStartObject("trustPolicy");
        if (trust.Statement is not null)
        {
            writer.WriteString("statement", trust.Statement.Name);
            writer.WriteString("level", trust.Statement.Level.Name);
        }

        writer.WriteBoolean("trustRequired", trust.IsTrustRequired);
        writer.WriteEndObject();
        if (acceptance.IsAccepted || CertificateSource.Of(trust, results) is not { Count: > 0 } sources)
            return;

        writer.WriteStartArray("certificateSources");
        foreach (var source in sources)
        {
            writer.WriteStartObject();
            writer.WriteString("url", source.Url);
            if (source.Sha256Thumbprint is not null)
                writer.WriteString("sha256Thumbprint", source.Sha256Thumbprint);
            if (source.Store is not null)
                writer.WriteString("store", source.Store.ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteProperties(Utf8JsonWriter writer, VerificationResult result, Descriptor subject)
    {
        writer.WriteBoolean("verified", result.Verified);
        if (result.Signature is not null)
            WriteFormat(writer, result.Signature);
        writer.WritePropertyName("subject");
        subject.Write(writer);
        if (result.Signature is not null)
            WriteClaims(writer, result.Signature);
        if (result.Timestamp is not null)
            WriteTimestamp(writer, result.Timestamp);
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
            if (check.Warning is not null)
                writer.WriteString("warning", check.Warning);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>Writes what a signature claims, and that nobody has verified it.</summary>
    public static void WriteUnverified(Utf8JsonWriter writer, Signature signature)
    {
        writer.WriteStartObject();
        WriteUnverifiedProperties(writer, signature);
        writer.WriteEndObject();
    }

    /// <summary>Writes what a stored signature claims, or why it cannot be read, and that nobody has verified it.</summary>
    public static void WriteUnverified(Utf8JsonWriter writer, StoredSignature stored)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("manifest");
        stored.Manifest.Write(writer);
        if (stored.TryParse(out var signature, out var failure))
            WriteUnverifiedProperties(writer, signature);
        else
            writer.WriteString("reason", failure);
        writer.WriteEndObject();
    }

    private static void WriteUnverifiedProperties(Utf8JsonWriter writer, Signature signature)
    {
        var claims = signature.Claims;
        writer.WriteBoolean("verified", false);
        WriteFormat(writer, signature);
        writer.WriteStartObject("subject");
        if (claims.MediaType is not null)
            writer.WriteString("mediaType", claims.MediaType.ToString());
        writer.WriteString("digest", claims.Digest.ToString());
        writer.WriteNumber("size", claims.Size);
        writer.WriteEndObject();
        WriteClaims(writer, signature);
        WriteUnverifiedTimestamp(writer, signature);
        if (signature.KeyId is not null)
            writer.WriteString("libtrustKeyId", signature.KeyId);
        writer.WriteStartArray("certificates");
        foreach (var certificate in signature.Certificates)
            WriteCertificate(writer, null, certificate);
        writer.WriteEndArray();
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
        writer.WriteString("notBefore", Rfc3339.Format(description.NotBefore));
        writer.WriteString("notAfter", Rfc3339.Format(description.NotAfter));
        writer.WriteEndObject();
    }

    private static void WriteFormat(Utf8JsonWriter writer, Signature signature)
    {
        writer.WriteString("signatureFormat", signature.Format.MediaType.ToString());
        writer.WriteString("signingAlgorithm", signature.Algorithm);
    }

    private static void WriteUnverifiedTimestamp(Utf8JsonWriter writer, Signature signature)
    {
        if (signature.Timestamp.IsEmpty)
            return;
        try
        {
            WriteTimestamp(writer, TimestampToken.Parse(signature.Timestamp));
        }
        catch (InvalidInputException exception)
        {
            writer.WriteStartObject("timestamp");
            writer.WriteString("reason", exception.Message);
            writer.WriteEndObject();
        }
    }

    private static void WriteTimestamp(Utf8JsonWriter writer, TimestampToken timestamp)
    {
        writer.WriteStartObject("timestamp");
        WriteTime(writer, "time", timestamp.Time);
        writer.WriteNumber("accuracyInSeconds", (decimal)timestamp.Accuracy.TotalSeconds);
        if (timestamp.Authority is not null)
            WriteCertificate(writer, "authority", timestamp.Authority);
        writer.WriteEndObject();
    }

    private static void WriteClaims(Utf8JsonWriter writer, Signature signature)
    {
        var claims = signature.Claims;
        writer.WriteStartArray("references");
        foreach (var reference in claims.References)
            writer.WriteStringValue(reference.Text);
        writer.WriteEndArray();
        WriteTime(writer, "issuedAt", claims.IssuedAt);
        WriteTime(writer, "notBefore", claims.NotBefore);
        WriteTime(writer, "expiresAt", claims.ExpiresAt);
        if (signature.ContentType is not null)
            writer.WriteString("contentType", signature.ContentType.ToString());
        if (claims.Scheme is not null)
            writer.WriteString("signingScheme", claims.Scheme.Name);
        if (signature.Format.CarriesAnnotations)
            WriteAnnotations(writer, claims);
        if (signature.SigningAgent is not null)
            writer.WriteString("unsignedSigningAgent", signature.SigningAgent);
    }

    private static void WriteAnnotations(Utf8JsonWriter writer, Claims claims)
    {
        writer.WriteStartObject("annotations");
        foreach (var (key, value) in claims.Annotations)
            writer.WriteString(key, value);
        writer.WriteEndObject();
        writer.WriteStartArray("extendedAttributes");
        foreach (var attribute in claims.ExtendedClaims)
        {
            writer.WriteStartObject();
            writer.WriteString("name", attribute.Name);
            if (attribute.Text is not null)
                writer.WriteString("value", attribute.Text);
            writer.WriteBoolean("critical", attribute.IsCritical);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteTime(Utf8JsonWriter writer, string name, DateTimeOffset? time)
    {
        if (time is not null)
            writer.WriteString(name, Rfc3339.Format(time.Value));
    }
}
