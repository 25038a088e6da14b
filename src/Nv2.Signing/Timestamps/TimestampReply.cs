using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Timestamps;

/// <summary>What a timestamp authority sends back (RFC 3161 section 2.4.2, TimeStampResp), or the token alone, as some programs store it.</summary>
internal static class TimestampReply
{
    /// <summary>The largest reply in bytes that is read.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const int Granted = 0;
    private const int GrantedWithChanges = 1;

    // PKIFailureInfo, by the number of the bit.
    private static readonly Dictionary<int, string> Failures = new()
    {
        [0] = "the hash function is refused",
        [2] = "the request is refused",
        [5] = "the request is malformed",
        [14] = "the authority's clock is not at hand",
        [15] = "the policy is not the authority's",
        [16] = "an extension is not supported",
        [17] = "additional information is not at hand",
        [25] = "the authority failed",
    };

    /// <summary>The token in a reply, byte for byte.</summary>
    /// <exception cref="InvalidInputException">The bytes are neither a reply nor a token, or the authority refused; the message has the authority's
    /// own words.</exception>
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
                throw new InvalidInputException("the authority says that it granted a timestamp, and the reply has none");
            var token = fields.ReadEncodedValue();
            fields.ThrowIfNotEmpty();
            return token;
        }
        catch (AsnContentException exception)
        {
            throw new InvalidInputException(
                "it is not a timestamp reply: expected a TimeStampResp (RFC 3161 section 2.4.2), or the token alone",
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
        throw new InvalidInputException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"the authority refused to timestamp (status {status}){(reasons.Count == 0 ? ", and does not say why" : $": {string.Join("; ", reasons)}")}"
            )
        );
    }

    private static IEnumerable<string> ReadFailures(byte[] bits) =>
        Failures
            .Where(failure => failure.Key / 8 < bits.Length && (bits[failure.Key / 8] & (0x80 >> (failure.Key % 8))) != 0)
            .Select(failure => failure.Value);
}

/// <summary>What a timestamp authority is sent: the hash of a signature's value, and a number that its answer must repeat (RFC 3161 section 2.4.1,
/// TimeStampReq).</summary>
internal sealed class TimestampRequest
{
    /// <summary>The largest request in bytes that is read.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int NonceBytes = 16;

    private readonly Rfc3161TimestampRequest request;

    private TimestampRequest(Rfc3161TimestampRequest request) => this.request = request;

    /// <summary>The number that the answer must repeat; empty when the request has none.</summary>
    internal ReadOnlyMemory<byte> Nonce => request.GetNonce() ?? ReadOnlyMemory<byte>.Empty;

    /// <summary>Asks for a timestamp of a signature: of its value, with the hash function of its algorithm, and with the authority's certificate in
    /// the answer.</summary>
    /// <exception cref="InvalidInputException">The signature has no place for a timestamp, or an algorithm that is refused.</exception>
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

    /// <summary>The request in DER: what <c>application/timestamp-query</c> stands for.</summary>
    public byte[] Encode() => request.Encode();

    /// <summary>Makes sure that a signature has a place for a timestamp, and that one there means something.</summary>
    /// <exception cref="InvalidInputException">It has none, or it would mean nothing.</exception>
    internal static void RequirePlace(Signature signature)
    {
        if (signature.Format.WithTimestamp is null)
            throw new InvalidInputException(
                $"the format {signature.Format.Name} has no place for a timestamp: expected a signature in the format {Alternatives.Of(SignatureFormats.All.Where(format => format.WithTimestamp is not null).Select(format => format.Name))}"
            );
        if (signature.Claims.Scheme == SigningScheme.SigningAuthority)
            throw new InvalidInputException(
                "the signature is by a signing authority, which vouches for the time itself: a timestamp would decide nothing"
            );
    }
}
