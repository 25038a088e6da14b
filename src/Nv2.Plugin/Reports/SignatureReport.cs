using System.Text.Json.Serialization;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Reports;

/// <summary>A descriptor.</summary>
internal sealed record DescriptorReport(string MediaType, string Digest, long Size) : IJsonRecord
{
    public static DescriptorReport Of(Descriptor descriptor) => new(descriptor.MediaType.ToString(), descriptor.Digest.ToString(), descriptor.Size);

    public void WriteTo(JsonProperties json)
    {
        json.Text("mediaType"u8, MediaType);
        json.Text("digest"u8, Digest);
        json.Number("size"u8, Size);
    }
}

/// <summary>A signed attribute defined by the signer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value, or <see langword="null"/> if it is not text.</param>
/// <param name="Critical">Whether a verifier that does not know it must refuse the signature.</param>
internal sealed record ExtendedAttributeReport(string Name, string? Value, bool Critical) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("name"u8, Name);
        json.Text("value"u8, Value);
        json.Flag("critical"u8, Critical);
    }
}

/// <summary>
/// The claims of a signature. The order numbers put the properties of derived records in their places: the manifest is -1, the subject 1, properties
/// after the claims 3 and more.
/// </summary>
internal abstract record SignatureReport
{
    protected SignatureReport(bool verified, Signature? signature)
    {
        Verified = verified;
        if (signature is null)
            return;

        var claims = signature.Claims;
        SignatureFormat = signature.Format.MediaType.ToString();
        SigningAlgorithm = signature.Algorithm;
        References = [.. claims.References.Select(reference => reference.Text)];
        IssuedAt = Format(claims.IssuedAt);
        NotBefore = Format(claims.NotBefore);
        ExpiresAt = Format(claims.ExpiresAt);
        ContentType = signature.ContentType?.ToString();
        SigningScheme = claims.Scheme?.Name;
        UnsignedSigningAgent = signature.SigningAgent;
        if (!signature.Format.CarriesAnnotations)
            return;

        Annotations = claims.Annotations;
        ExtendedAttributes = [.. claims.ExtendedClaims.Select(claim => new ExtendedAttributeReport(claim.Name, claim.Text, claim.IsCritical))];
    }

    public bool Verified { get; }

    public string? SignatureFormat { get; }

    public string? SigningAlgorithm { get; }

    [JsonPropertyOrder(2)]
    public IReadOnlyList<string>? References { get; }

    [JsonPropertyOrder(2)]
    public string? IssuedAt { get; }

    [JsonPropertyOrder(2)]
    public string? NotBefore { get; }

    [JsonPropertyOrder(2)]
    public string? ExpiresAt { get; }

    [JsonPropertyOrder(2)]
    public string? ContentType { get; }

    [JsonPropertyOrder(2)]
    public string? SigningScheme { get; }

    [JsonPropertyOrder(2)]
    public IReadOnlyDictionary<string, string>? Annotations { get; }

    [JsonPropertyOrder(2)]
    public IReadOnlyList<ExtendedAttributeReport>? ExtendedAttributes { get; }

    [JsonPropertyOrder(2)]
    public string? UnsignedSigningAgent { get; }

    /// <summary>Writes the format and the algorithm.</summary>
    protected void WriteFormat(JsonProperties json)
    {
        json.Flag("verified"u8, Verified);
        json.Text("signatureFormat"u8, SignatureFormat);
        json.Text("signingAlgorithm"u8, SigningAlgorithm);
    }

    /// <summary>Writes the claims.</summary>
    protected void WriteClaims(JsonProperties json)
    {
        json.Texts("references"u8, References);
        json.Text("issuedAt"u8, IssuedAt);
        json.Text("notBefore"u8, NotBefore);
        json.Text("expiresAt"u8, ExpiresAt);
        json.Text("contentType"u8, ContentType);
        json.Text("signingScheme"u8, SigningScheme);
        json.Map("annotations"u8, Annotations);
        json.Records("extendedAttributes"u8, ExtendedAttributes);
        json.Text("unsignedSigningAgent"u8, UnsignedSigningAgent);
    }

    private static string? Format(DateTimeOffset? time) => time is null ? null : Rfc3339.Format(time.Value);
}
