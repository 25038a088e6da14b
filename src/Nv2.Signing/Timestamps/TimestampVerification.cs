using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;

namespace Nv2.Signing.Timestamps;

/// <summary>
/// Whether a timestamp holds for a signature (trust-store-trust-policy.md, "Validate Trusted Timestamp"). Each check gives the failure, or
/// <see langword="null"/>; which of them were made before is for the caller to know.
/// </summary>
internal static class TimestampVerification
{
    // ESSCertID and ESSCertIDv2 (RFC 2634 section 5.4, RFC 5035 section 3).
    private const string SigningCertificate = "1.2.840.113549.1.9.16.2.12";
    private const string SigningCertificateV2 = "1.2.840.113549.1.9.16.2.47";

    // RSA by the name of the key or with SHA-2, RSASSA-PSS, ECDSA with SHA-2 (RFC 3370, RFC 5754, RFC 4056). The hash that counts is the one of the
    // signature's digest.
    private static readonly HashSet<string> Algorithms =
    [
        "1.2.840.113549.1.1.1",
        "1.2.840.113549.1.1.11",
        "1.2.840.113549.1.1.12",
        "1.2.840.113549.1.1.13",
        "1.2.840.113549.1.1.10",
        "1.2.840.10045.4.3.2",
        "1.2.840.10045.4.3.3",
        "1.2.840.10045.4.3.4",
    ];

    /// <summary>All that can be said without trusting anybody: the timestamp is of this signature, by the certificate in it, and that is one for
    /// timestamps.</summary>
    public static string? CheckItself(TimestampToken token, Signature signature)
    {
        try
        {
            return CheckImprint(token, signature)
                ?? CheckSigner(token)
                ?? CertificateRequirements.CheckTimestamping([token.Authority!]) // There is one: CheckSigner.
                ?? CheckPlatform(token, signature);
        }
        catch (CryptographicException)
        {
            return "it is damaged"; // The platform reads some parts when they are asked for.
        }
    }

    /// <summary>Whether the authority is trusted, and was valid when it stamped.</summary>
    /// <param name="token">The timestamp, of which <see cref="CheckItself"/> had no failure.</param>
    /// <param name="trusted">The authorities that are trusted, themselves or as issuers.</param>
    public static string? CheckTrust(TimestampToken token, IReadOnlyList<X509Certificate2> trusted)
    {
        var path = CertificatePath.Find(token.Authority!, token.Certificates, new TrustedCertificates([], trusted), token.Time, PathUse.Timestamping);
        return path.Failure
            ?? CertificateRequirements.CheckTimestamping(path.Certificates)
            ?? SignerCertificate.CheckDates(path.Certificates, token.Time);
    }

    /// <summary>Whether all of the time that the timestamp can mean lies within the dates of every certificate of the signature.</summary>
    public static string? CheckDates(TimestampToken token, IReadOnlyList<X509Certificate2> chain)
    {
        var failure = chain
            .Select(certificate =>
                SignerCertificate.CheckDates(certificate, token.Earliest) ?? SignerCertificate.CheckDates(certificate, token.Latest)
            )
            .FirstOrDefault(failure => failure is not null);
        return failure is null ? null : $"the signature was timestamped at {token}, and {failure}";
    }

    private static string? CheckImprint(TimestampToken token, Signature signature)
    {
        if (TimestampHash.Find(token.Info.HashAlgorithmId.Value) is not { } hash)
            return $"it is made with {TimestampHash.Describe(token.Info.HashAlgorithmId.Value)}, which is refused: expected SHA-256, SHA-384 or SHA-512";
        return CryptographicOperations.HashData(hash, signature.Value.Span).AsSpan().SequenceEqual(token.Info.GetMessageHash().Span)
            ? null
            : "it is of another signature";
    }

    private static string? CheckSigner(TimestampToken token)
    {
        var signer = token.Signer;
        if (token.Authority is not { } certificate)
            return "the authority's certificate is not in it: expected a timestamp that was asked for with certificates";
        if (TimestampHash.Find(signer.DigestAlgorithm.Value) is null)
            return $"it is signed with {TimestampHash.Describe(signer.DigestAlgorithm.Value)}, which is refused: expected SHA-256, SHA-384 or SHA-512";
        if (!Algorithms.Contains(signer.SignatureAlgorithm.Value ?? ""))
            return $"it is signed with the algorithm {signer.SignatureAlgorithm.Value}, which is refused: expected RSA or ECDSA with SHA-256, SHA-384 or SHA-512";
        try
        {
            signer.CheckSignature(new X509Certificate2Collection(certificate), verifySignatureOnly: true);
        }
        catch (CryptographicException)
        {
            return $"its signature is not that of {DistinguishedName.BriefOf(certificate)}";
        }

        return signer
            .SignedAttributes.Cast<CryptographicAttributeObject>()
            .Any(attribute => attribute.Oid?.Value is SigningCertificate or SigningCertificateV2)
            ? null
            : "it does not say which certificate signed it: expected the attribute signing-certificate or signing-certificate-v2";
    }

    // The platform makes the same checks once more, gives no reasons, and alone reads the attribute that names the certificate. That the certificate
    // was valid when it stamped is part of them.
    private static string? CheckPlatform(TimestampToken token, Signature signature)
    {
        if (SignerCertificate.CheckDates(token.Authority!, token.Time) is { } failure)
            return failure;
        return
            Rfc3161TimestampToken.TryDecode(token.Encoded, out var read, out _)
            && read.VerifySignatureForData(signature.Value.Span, out var certificate)
            && certificate.RawDataMemory.Span.SequenceEqual(token.Authority!.RawDataMemory.Span)
            ? null
            : "the certificate that it says has signed it is not the one that did (signing-certificate)";
    }
}

/// <summary>Puts timestamps into signatures.</summary>
internal static class TimestampedSignature
{
    /// <summary>The same signature with a timestamp in its unsigned part, in place of one that is there. Nothing that is signed changes.</summary>
    /// <param name="signature">The signature.</param>
    /// <param name="token">The timestamp, as <see cref="TimestampReply.ReadToken"/> gives it.</param>
    /// <param name="request">The request that it answers, or <see langword="null"/> when that is not at hand.</param>
    /// <param name="authorities">Whom it must be from, or <see langword="null"/> to leave that to those who verify.</param>
    /// <exception cref="InvalidInputException">The signature has no place for it, or the timestamp is not one of this signature that can
    /// hold.</exception>
    public static byte[] Attach(
        ReadOnlyMemory<byte> signature,
        ReadOnlyMemory<byte> token,
        TimestampRequest? request,
        IReadOnlyList<X509Certificate2>? authorities
    )
    {
        var parsed = SignatureFormats.Parse(signature);
        TimestampRequest.RequirePlace(parsed);
        var timestamp = TimestampToken.Parse(token);
        if (
            (
                TimestampVerification.CheckItself(timestamp, parsed)
                ?? CheckAnswer(timestamp, request)
                ?? (authorities is null ? null : TimestampVerification.CheckTrust(timestamp, authorities))
            ) is
            { } failure
        )
            throw new InvalidInputException($"the timestamp does not hold: {failure}");
        if (TimestampVerification.CheckDates(timestamp, parsed.Certificates) is { } untimely)
            throw new InvalidInputException(untimely);

        var result = parsed.Format.WithTimestamp!(signature, token); // Not null: RequirePlace.
        try
        {
            SignatureFormats.Parse(result); // A timestamp can make a signature too large, or bring one header too many.
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"with the timestamp, the signature could not be verified: {exception.Message}", exception);
        }

        return result;
    }

    private static string? CheckAnswer(TimestampToken timestamp, TimestampRequest? request) =>
        request is null || request.Nonce.IsEmpty || timestamp.Info.GetNonce() is { } nonce && Number(nonce).SequenceEqual(Number(request.Nonce))
            ? null
            : "it does not answer this request: expected its nonce";

    private static ReadOnlySpan<byte> Number(ReadOnlyMemory<byte> bytes) => bytes.Span.TrimStart((byte)0);
}
