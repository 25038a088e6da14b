using System.Text.Json.Serialization;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage;
using Nv2.Signing.Timestamps;

namespace Nv2.Plugin.Reports;

/// <summary>An unverified signature: a <see cref="ClaimsReport{TTimestamp}"/>, or a <see cref="DamagedSignature"/>.</summary>
internal interface IInspectedSignature
{
    /// <summary>What a signature claims.</summary>
    public static IInspectedSignature Of(Signature signature, Descriptor? manifest = null)
    {
        if (signature.Timestamp.IsEmpty)
            return new ClaimsReport<ClaimedTimestamp>(signature, manifest, null);
        try
        {
            return new ClaimsReport<ClaimedTimestamp>(signature, manifest, ClaimedTimestamp.Of(TimestampToken.Parse(signature.Timestamp)));
        }
        catch (InvalidInputException exception)
        {
            return new ClaimsReport<DamagedTimestamp>(signature, manifest, new(exception.Message));
        }
    }

    /// <summary>What a stored signature claims, or why it cannot be read.</summary>
    public static IInspectedSignature Of(StoredSignature stored) =>
        stored.TryParse(out var signature, out var failure)
            ? Of(signature, stored.Manifest)
            : new DamagedSignature(DescriptorReport.Of(stored.Manifest), failure);
}

/// <summary>The artifact that a signature is about.</summary>
/// <param name="MediaType">Its media type, or <see langword="null"/> in a format without one.</param>
/// <param name="Digest">The digest of its manifest.</param>
/// <param name="Size">The size of its manifest in bytes.</param>
internal sealed record ClaimedSubject(string? MediaType, string Digest, long Size);

/// <summary>What a signature claims.</summary>
/// <typeparam name="TTimestamp"><see cref="ClaimedTimestamp"/>, or <see cref="DamagedTimestamp"/>.</typeparam>
internal sealed record ClaimsReport<TTimestamp> : SignatureReport, IInspectedSignature
    where TTimestamp : class
{
    internal ClaimsReport(Signature signature, Descriptor? manifest, TTimestamp? timestamp)
        : base(verified: false, signature)
    {
        Manifest = manifest is null ? null : DescriptorReport.Of(manifest);
        Subject = new(signature.Claims.MediaType?.ToString(), signature.Claims.Digest.ToString(), signature.Claims.Size);
        Timestamp = timestamp;
        LibtrustKeyId = signature.KeyId;
        Certificates = [.. signature.Certificates.Select(CertificateReport.Of)];
    }

    /// <summary>The manifest of a stored signature.</summary>
    [JsonPropertyOrder(-1)]
    public DescriptorReport? Manifest { get; }

    [JsonPropertyOrder(1)]
    public ClaimedSubject Subject { get; }

    [JsonPropertyOrder(3)]
    public TTimestamp? Timestamp { get; }

    [JsonPropertyOrder(3)]
    public string? LibtrustKeyId { get; }

    [JsonPropertyOrder(3)]
    public IReadOnlyList<CertificateReport> Certificates { get; }
}

/// <summary>A stored signature that cannot be read.</summary>
internal sealed record DamagedSignature(DescriptorReport Manifest, string Reason) : IInspectedSignature;

/// <summary>A manifest, its signatures, and the manifests below it.</summary>
internal sealed record ListedManifest(
    DescriptorReport Subject,
    IReadOnlyList<IInspectedSignature> Signatures,
    IReadOnlyList<ListedManifest>? Manifests
);
