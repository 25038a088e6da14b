using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Timestamps;

/// <summary>The reply of a timestamp authority (RFC 3161 section 2.4.2, TimeStampResp), or only the token, as some programs store it.</summary>
internal static class TimestampReply
{
    /// <summary>The largest reply in bytes that is read.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const int Granted = 0;
    private const int GrantedWithChanges = 1;

    // PKIFailureInfo, by bit number.
    private static readonly Dictionary<int, string> Failures = new()
    {
        [0] = "the hash function is not supported",
        [2] = "the request is refused",
        [5] = "the request is malformed",
        [14] = "the authority's clock is not available",
        [15] = "the policy is not supported",
        [16] = "an extension is not supported",
        [17] = "additional information is not available",
        [25] = "the authority failed",
    };

    /// <summary>The token in a reply, byte for byte.</summary>
    /// <exception cref="InvalidInputException">The bytes are neither a reply nor a token, or the authority refused; the message has the authority's
    /// reason.</exception>
    public static ReadOnlyMemory<byte> ReadToken(ReadOnlyMemory<byte> reply)
    {
        try
        {
            var reader = new AsnReader(reply, AsnEncodingRules.BER);
            var content = reader.PeekEncodedValue();
            var fields = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            if (fields.PeekTag() == Asn1Tag.ObjectIdentifier)
                return content; // ContentInfo := SEQUENCE { contentType OBJECT IDENTIFIER, … }

            var status = fields.ReadSequence();
            RequireGranted(status);
            if (!fields.HasData)
                throw new InvalidInputException("the authority reports success, but the reply has no timestamp");
            var token = fields.ReadEncodedValue();
            fields.ThrowIfNotEmpty();
            return token;
        }
        catch (AsnContentException exception)
        {
            throw new InvalidInputException(
                "it is not a timestamp reply: expected a TimeStampResp (RFC 3161 section 2.4.2), or only the token",
                exception
            );
        }
    }

    // PKIStatusInfo := SEQUENCE { status INTEGER, statusString SEQUENCE OF UTF8String OPTIONAL, failInfo BIT STRING OPTIONAL }
    private static void RequireGranted(AsnReader info)
    {
        if (!info.TryReadInt32(out var status))
            throw new AsnContentException();
        if (status is Granted or GrantedWithChanges)
            return;

        var reasons = new List<string>();
        if (info.HasData && info.PeekTag() == Asn1Tag.Sequence)
        {
            var words = info.ReadSequence();
            while (words.HasData)
                reasons.Add(Quoted.Text(words.ReadCharacterString(UniversalTagNumber.UTF8String)));
        }

        if (info.HasData)
            reasons.AddRange(ReadFailures(info.ReadBitString(out _)));
        var because = reasons.Count == 0 ? " without a reason" : $": {string.Join("; ", reasons)}";
        throw new InvalidInputException(
            string.Create(CultureInfo.InvariantCulture, $"the authority refused to timestamp (status {status}){because}")
        );
    }

    private static IEnumerable<string> ReadFailures(byte[] bits) =>
        Failures
            .Where(failure => failure.Key / 8 < bits.Length && (bits[failure.Key / 8] & (0x80 >> (failure.Key % 8))) != 0)
            .Select(failure => failure.Value);
}

/// <summary>The request to a timestamp authority: the hash of a signature's value, and a nonce that the reply must repeat (RFC 3161 section 2.4.1,
/// TimeStampReq).</summary>
internal sealed class TimestampRequest
{
    /// <summary>The largest request in bytes that is read.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int NonceBytes = 16;

    private readonly Rfc3161TimestampRequest request;

    private TimestampRequest(Rfc3161TimestampRequest request) => this.request = request;

    /// <summary>The nonce that the reply must repeat; empty if the request has none.</summary>
    internal ReadOnlyMemory<byte> Nonce => request.GetNonce() ?? ReadOnlyMemory<byte>.Empty;

    /// <summary>Requests a timestamp of a signature: of its value, with the hash function of its algorithm, and with the authority's certificate in
    /// the reply.</summary>
    /// <exception cref="InvalidInputException">The format does not support timestamps, or the algorithm is refused.</exception>
    public static TimestampRequest For(Signature signature)
    {
        RequirePlace(signature);
        if (SigningAlgorithm.Find(signature.Algorithm) is not { } algorithm || !signature.Format.Algorithms.Contains(algorithm))
            throw new InvalidInputException(
                $"the algorithm {Quoted.Text(signature.Algorithm)} is refused: expected {Alternatives.Of(signature.Format.Algorithms)}"
            );
        return new(
            Rfc3161TimestampRequest.CreateFromHash(
                CryptographicOperations.HashData(algorithm.Hash, signature.Value.Span),
                algorithm.Hash,
                nonce: RandomNumberGenerator.GetBytes(NonceBytes),
                requestSignerCertificates: true
            )
        );
    }

    /// <summary>Reads a request in DER.</summary>
    /// <exception cref="InvalidInputException">The bytes are not exactly one request.</exception>
    public static TimestampRequest Parse(ReadOnlyMemory<byte> der) =>
        Rfc3161TimestampRequest.TryDecode(der, out var request, out var length) && length == der.Length
            ? new(request)
            : throw new InvalidInputException("it is not a timestamp request: expected the DER of a TimeStampReq (RFC 3161 section 2.4.1)");

    /// <summary>The request in DER: <c>application/timestamp-query</c>.</summary>
    public byte[] Encode() => request.Encode();

    /// <summary>Makes sure that a signature supports a timestamp.</summary>
    /// <exception cref="InvalidInputException">The format does not support timestamps, or the signature needs none.</exception>
    internal static void RequirePlace(Signature signature)
    {
        if (signature.Format.WithTimestamp is null)
            throw new InvalidInputException(
                $"the format {signature.Format.Name} does not support timestamps: expected a signature in the format "
                    + Alternatives.Of(SignatureFormats.All.Where(format => format.WithTimestamp is not null).Select(format => format.Name))
            );
        if (signature.Claims.Scheme == SigningScheme.SigningAuthority)
            throw new InvalidInputException(
                "the signature is by a signing authority, which attests the time itself: a timestamp would have no effect"
            );
    }
}
