using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;

namespace Nv2.Signing.Timestamps;

/// <summary>
/// Whether a timestamp is valid for a signature (trust-store-trust-policy.md, "Validate Trusted Timestamp"). Each check returns a failure, or <see
/// langword="null"/>; the caller knows which checks were made before.
/// </summary>
internal static class TimestampVerification
{
    // ESSCertID and ESSCertIDv2 (RFC 2634 section 5.4, RFC 5035 section 3).
    private const string SigningCertificate = "1.2.840.113549.1.9.16.2.12";
    private const string SigningCertificateV2 = "1.2.840.113549.1.9.16.2.47";

    // RSA by the name of the key or with SHA-2, RSASSA-PSS, ECDSA with SHA-2 (RFC 3370, RFC 5754, RFC 4056). The relevant hash is that of the
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

    /// <summary>The checks that need no trust: the timestamp is of this signature, by the certificate in it, and the certificate is for
    /// timestamping.</summary>
    public static string? CheckItself(TimestampToken token, Signature signature)
    {
        try
        {
            return CheckImprint(token, signature)
                ?? CheckSigner(token)
                ?? CertificateRequirements.CheckTimestamping([token.Authority!]) // Not null: CheckSigner.
                ?? CheckPlatform(token, signature);
        }
        catch (CryptographicException)
        {
            return "it is damaged"; // The platform parses some parts on demand.
        }
    }

    /// <summary>Whether the authority is trusted, and was valid at the time of the timestamp.</summary>
    /// <param name="token">The timestamp, which has passed <see cref="CheckItself"/>.</param>
    /// <param name="trusted">The trusted authorities, themselves or as issuers.</param>
    public static string? CheckTrust(TimestampToken token, IReadOnlyList<X509Certificate2> trusted)
    {
        var path = CertificatePath.Find(token.Authority!, token.Certificates, new TrustedCertificates([], trusted), token.Time, PathUse.Timestamping);
        return path.Failure
            ?? CertificateRequirements.CheckTimestamping(path.Certificates)
            ?? SignerCertificate.CheckDates(path.Certificates, token.Time);
    }

    /// <summary>Whether the whole time range of the timestamp is within the dates of every certificate of the signature.</summary>
    public static string? CheckDates(TimestampToken token, IReadOnlyList<X509Certificate2> chain)
    {
        var failure = chain
            .Select(certificate =>
                SignerCertificate.CheckDates(certificate, token.Earliest) ?? SignerCertificate.CheckDates(certificate, token.Latest)
            )
            .FirstOrDefault(failure => failure is not null);
        return failure is null ? null : $"the signature was timestamped at {token}, but {failure}";
    }

    private static string? CheckImprint(TimestampToken token, Signature signature)
    {
        if (TimestampHash.Find(token.Info.HashAlgorithmId.Value) is not { } hash)
            return $"it is made with {TimestampHash.Describe(token.Info.HashAlgorithmId.Value)}, which is refused: "
                + "expected SHA-256, SHA-384 or SHA-512";
        return CryptographicOperations.HashData(hash, signature.Value.Span).AsSpan().SequenceEqual(token.Info.GetMessageHash().Span)
            ? null
            : "it is of another signature";
    }

    private static string? CheckSigner(TimestampToken token)
    {
        var signer = token.Signer;
        if (token.Authority is not { } certificate)
            return "it does not contain the authority's certificate: expected a timestamp that was requested with certificates";
        if (TimestampHash.Find(signer.DigestAlgorithm.Value) is null)
            return $"it is signed with {TimestampHash.Describe(signer.DigestAlgorithm.Value)}, which is refused: "
                + "expected SHA-256, SHA-384 or SHA-512";
        if (!Algorithms.Contains(signer.SignatureAlgorithm.Value ?? ""))
            return $"it is signed with the algorithm {signer.SignatureAlgorithm.Value}, which is refused: "
                + "expected RSA or ECDSA with SHA-256, SHA-384 or SHA-512";
        try
        {
            signer.CheckSignature(new X509Certificate2Collection(certificate), verifySignatureOnly: true);
        }
        catch (CryptographicException)
        {
            return $"its signature by {DistinguishedName.BriefOf(certificate)} is not valid";
        }

        return signer
            .SignedAttributes.Cast<CryptographicAttributeObject>()
            .Any(attribute => attribute.Oid?.Value is SigningCertificate or SigningCertificateV2)
            ? null
            : "it does not name the certificate that signed it: expected the attribute signing-certificate or signing-certificate-v2";
    }

    // The platform repeats these checks without reasons, and only it reads the attribute that names the certificate. It also checks that the
    // certificate was valid at the time of the timestamp.
    private static string? CheckPlatform(TimestampToken token, Signature signature)
    {
        if (SignerCertificate.CheckDates(token.Authority!, token.Time) is { } failure)
            return failure;
        return
            Rfc3161TimestampToken.TryDecode(token.Encoded, out var read, out _)
            && read.VerifySignatureForData(signature.Value.Span, out var certificate)
            && certificate.RawDataMemory.Span.SequenceEqual(token.Authority!.RawDataMemory.Span)
            ? null
            : "the attribute signing-certificate does not name the certificate that signed it";
    }
}

/// <summary>Adds timestamps to signatures.</summary>
internal static class TimestampedSignature
{
    /// <summary>The same signature with a timestamp in its unsigned part, replacing an existing one. The signed bytes do not change.</summary>
    /// <param name="signature">The signature.</param>
    /// <param name="token">The timestamp, as <see cref="TimestampReply.ReadToken"/> gives it.</param>
    /// <param name="request">The request that it answers, or <see langword="null"/> if it is not available.</param>
    /// <param name="authorities">The trusted authorities, or <see langword="null"/> to leave that check to verifiers.</param>
    /// <exception cref="InvalidInputException">The format does not support timestamps, or the timestamp cannot be valid for this
    /// signature.</exception>
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
            throw new InvalidInputException($"the timestamp is not valid: {failure}");
        if (TimestampVerification.CheckDates(timestamp, parsed.Certificates) is { } untimely)
            throw new InvalidInputException(untimely);

        var result = parsed.Format.WithTimestamp!(signature, token); // Not null: RequirePlace.
        try
        {
            SignatureFormats.Parse(result); // The timestamp can exceed the limits for size or headers.
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"the signature with the timestamp could not be verified: {exception.Message}", exception);
        }

        return result;
    }

    private static string? CheckAnswer(TimestampToken timestamp, TimestampRequest? request) =>
        request is null || request.Nonce.IsEmpty || timestamp.Info.GetNonce() is { } nonce && Number(nonce).SequenceEqual(Number(request.Nonce))
            ? null
            : "it does not answer this request: expected its nonce";

    private static ReadOnlySpan<byte> Number(ReadOnlyMemory<byte> bytes) => bytes.Span.TrimStart((byte)0);
}
