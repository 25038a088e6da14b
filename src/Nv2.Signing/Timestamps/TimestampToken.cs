using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;
using Nv2.Signing.Text;

namespace Nv2.Signing.Timestamps;

/// <summary>A parsed timestamp (RFC 3161 section 2.4.2, TimeStampToken): well formed, and not verified yet.</summary>
internal sealed class TimestampToken
{
    private const string TstInfo = "1.2.840.113549.1.9.16.1.4";

    // The baseline policy of RFC 3628 section 5.2 has an accuracy of one second; with any other policy, a missing accuracy means exact
    // (trust-store-trust-policy.md, "Validate Trusted Timestamp").
    private const string BaselinePolicy = "0.4.0.2023.1.1";

    private static readonly TimeSpan MaxAccuracy = TimeSpan.FromDays(1);

    private TimestampToken(
        ReadOnlyMemory<byte> encoded,
        SignerInfo signer,
        Rfc3161TimestampTokenInfo info,
        IReadOnlyList<X509Certificate2> certificates,
        TimeSpan accuracy
    )
    {
        Encoded = encoded;
        Signer = signer;
        Authority = signer.Certificate;
        Info = info;
        Certificates = certificates;
        Accuracy = accuracy;
    }

    /// <summary>The time of the timestamp, by the authority's clock.</summary>
    public DateTimeOffset Time => Info.Timestamp;

    /// <summary>The accuracy of that clock, in both directions.</summary>
    public TimeSpan Accuracy { get; }

    /// <summary>The earliest time within the accuracy.</summary>
    public DateTimeOffset Earliest => Shift(Time, -Accuracy);

    /// <summary>The latest time within the accuracy.</summary>
    public DateTimeOffset Latest => Shift(Time, Accuracy);

    /// <summary>The certificate of the authority, or <see langword="null"/> if the timestamp does not contain it.</summary>
    public X509Certificate2? Authority { get; }

    internal ReadOnlyMemory<byte> Encoded { get; }

    internal SignerInfo Signer { get; }

    internal Rfc3161TimestampTokenInfo Info { get; }

    /// <summary>All certificates in the timestamp, unordered.</summary>
    internal IReadOnlyList<X509Certificate2> Certificates { get; }

    /// <summary>Reads a token.</summary>
    /// <exception cref="InvalidInputException">The bytes are not exactly one well-formed token.</exception>
    public static TimestampToken Parse(ReadOnlyMemory<byte> token)
    {
        try
        {
            // The code below would ignore bytes after the end.
            AsnDecoder.ReadEncodedValue(token.Span, AsnEncodingRules.BER, out _, out _, out var length);
            if (length != token.Length)
                throw new InvalidInputException("the timestamp has bytes after its end");

            var message = new SignedCms();
            message.Decode(token.Span);
            return Read(token, message);
        }
        catch (Exception exception) when (exception is AsnContentException or CryptographicException)
        {
            throw new InvalidInputException("the timestamp is damaged: expected a TimeStampToken (RFC 3161 section 2.4.2)", exception);
        }
    }

    /// <summary>The text for people: the time and its accuracy.</summary>
    public override string ToString() =>
        Rfc3339.Format(Time) + (Accuracy == TimeSpan.Zero ? "" : FormattableString.Invariant($", give or take {Accuracy.TotalSeconds} s"));

    private static TimestampToken Read(ReadOnlyMemory<byte> token, SignedCms message)
    {
        if (
            message.ContentInfo.ContentType.Value != TstInfo
            || !Rfc3161TimestampTokenInfo.TryDecode(message.ContentInfo.Content, out var info, out var length)
            || length != message.ContentInfo.Content.Length
        )
            throw new InvalidInputException("the timestamp is signed data of another kind: expected a TSTInfo in it (RFC 3161 section 2.4.2)");
        if (message.SignerInfos.Count != 1)
            throw new InvalidInputException($"the timestamp has {message.SignerInfos.Count} signatures: expected only the authority's");
        RequireVersions(token, message);
        if (message.Certificates.Count > CertificateFile.MaxCertificates)
            throw new InvalidInputException(
                $"the timestamp has {message.Certificates.Count} certificates: expected {CertificateFile.MaxCertificates} at most"
            );
        if (info.GetExtensions().Any(extension => extension.Critical))
            throw new InvalidInputException("the timestamp has a critical extension, which is not supported");

        const long MicrosecondsInSecond = 1_000_000;
        var microseconds = info.AccuracyInMicroseconds ?? (info.PolicyId.Value == BaselinePolicy ? MicrosecondsInSecond : 0);
        if (microseconds < 0 || microseconds > MaxAccuracy.TotalMicroseconds)
            throw new InvalidInputException("the timestamp has an accuracy of more than a day");

        // Parsed again, to report damage here.
        var certificates = message.Certificates.Select(certificate => CertificateFile.ParseDer(certificate.RawDataMemory.Span)).ToList();
        return new(token, message.SignerInfos[0], info, certificates, TimeSpan.FromMicroseconds(microseconds));
    }

    // RFC 5652 sections 5.1 and 5.3 derive both numbers from the content, and the platform does not compare them. It does not read the kinds of
    // certificates that require another version.
    private static void RequireVersions(ReadOnlyMemory<byte> token, SignedCms message)
    {
        const int Version1 = 1;
        const int Version3 = 3;
        const int Version5 = 5;
        if ((HasOtherRevocation(token) ? Version5 : Version3) is var expected && message.Version != expected)
            throw new InvalidInputException(
                $"the timestamp is signed data of version {message.Version}: expected {expected} for its content (RFC 5652 section 5.1)"
            );
        var signer = message.SignerInfos[0];
        var byKey = signer.SignerIdentifier.Type == SubjectIdentifierType.SubjectKeyIdentifier;
        if ((byKey ? Version3 : Version1) is var expectedOfSigner && signer.Version != expectedOfSigner)
        {
            throw new InvalidInputException(
                $"the timestamp names the authority's certificate by {(byKey ? "its key identifier" : "issuer and serial number")} "
                    + $"in a SignerInfo of version {signer.Version}: "
                    + $"expected {expectedOfSigner} (RFC 5652 section 5.3)"
            );
        }
    }

    // SignedData ::= SEQUENCE { version, digestAlgorithms, encapContentInfo, certificates [0] OPTIONAL, crls [1] SET OF RevocationInfoChoice
    // OPTIONAL, … }; its [1] is the other kind than a revocation list.
    private static bool HasOtherRevocation(ReadOnlyMemory<byte> token)
    {
        const int FieldsBefore = 3;
        var content = new AsnReader(token, AsnEncodingRules.BER).ReadSequence();
        _ = content.ReadObjectIdentifier();
        var fields = content.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true)).ReadSequence();
        for (var field = 0; field < FieldsBefore; field++)
            _ = fields.ReadEncodedValue();
        if (fields.PeekTag() is { TagClass: TagClass.ContextSpecific, TagValue: 0 })
            _ = fields.ReadEncodedValue();
        if (fields.PeekTag() is not { TagClass: TagClass.ContextSpecific, TagValue: 1 } tag)
            return false;
        var lists = fields.ReadSetOf(tag);
        while (lists.HasData)
        {
            if (lists.PeekTag() is { TagClass: TagClass.ContextSpecific, TagValue: 1 })
                return true;
            _ = lists.ReadEncodedValue();
        }

        return false;
    }

    // The end of time is the limit.
    private static DateTimeOffset Shift(DateTimeOffset time, TimeSpan by) =>
        new(Math.Clamp(time.UtcTicks + by.Ticks, DateTimeOffset.MinValue.UtcTicks, DateTimeOffset.MaxValue.UtcTicks), TimeSpan.Zero);
}

/// <summary>The accepted hash functions of timestamps. All others are refused, above all SHA-1.</summary>
internal static class TimestampHash
{
    private const string Sha1 = "1.3.14.3.2.26";

    /// <summary>The hash function of that object identifier, or <see langword="null"/> if it is refused.</summary>
    public static HashAlgorithmName? Find(string? oid) =>
        oid switch
        {
            "2.16.840.1.101.3.4.2.1" => HashAlgorithmName.SHA256,
            "2.16.840.1.101.3.4.2.2" => HashAlgorithmName.SHA384,
            "2.16.840.1.101.3.4.2.3" => HashAlgorithmName.SHA512,
            _ => null,
        };

    /// <summary>The name of a refused hash function.</summary>
    public static string Describe(string? oid) => oid == Sha1 ? "SHA-1" : $"the hash {oid}";
}
