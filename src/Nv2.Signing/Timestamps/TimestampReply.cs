using System.Formats.Asn1;
using System.Globalization;
using Nv2.Signing.Text;

namespace Nv2.Signing.Timestamps;

/// <summary>What a timestamp authority sends back (RFC 3161 section 2.4.2, TimeStampResp), or the token alone, as some programs store it.</summary>
public static class TimestampReply
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
    /// <exception cref="InvalidInputException">The bytes are neither a reply nor a token, or the authority refused; the message has the authority's own words.</exception>
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
            throw new InvalidInputException("it is not a timestamp reply: expected a TimeStampResp (RFC 3161 section 2.4.2), or the token alone", exception);
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
        throw new InvalidInputException(string.Create(
            CultureInfo.InvariantCulture,
            $"the authority refused to timestamp (status {status}){(reasons.Count == 0 ? ", and does not say why" : $": {string.Join("; ", reasons)}")}"));
    }

    private static IEnumerable<string> ReadFailures(byte[] bits) =>
        Failures.Where(failure => failure.Key / 8 < bits.Length && (bits[failure.Key / 8] & (0x80 >> (failure.Key % 8))) != 0).Select(failure => failure.Value);
}
