using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Formats;

namespace Nv2.Signing.Timestamps;

/// <summary>Puts timestamps into signatures.</summary>
public static class TimestampedSignature
{
    /// <summary>The same signature with a timestamp in its unsigned part, in place of one that is there. Nothing that is signed changes.</summary>
    /// <param name="signature">The signature.</param>
    /// <param name="token">The timestamp, as <see cref="TimestampReply.ReadToken"/> gives it.</param>
    /// <param name="request">The request that it answers, or <see langword="null"/> when that is not at hand.</param>
    /// <param name="authorities">Whom it must be from, or <see langword="null"/> to leave that to those who verify.</param>
    /// <exception cref="InvalidInputException">The signature has no place for it, or the timestamp is not one of this signature that can hold.</exception>
    public static byte[] Attach(
        ReadOnlyMemory<byte> signature, ReadOnlyMemory<byte> token, TimestampRequest? request, IReadOnlyList<X509Certificate2>? authorities)
    {
        var parsed = SignatureFormats.Parse(signature);
        TimestampRequest.RequirePlace(parsed);
        var timestamp = TimestampToken.Parse(token);
        if ((TimestampVerification.CheckItself(timestamp, parsed)
            ?? CheckAnswer(timestamp, request)
            ?? (authorities is null ? null : TimestampVerification.CheckTrust(timestamp, authorities))) is { } failure)
            throw new InvalidInputException($"the timestamp does not hold: {failure}");
        if (TimestampVerification.CheckDates(timestamp, parsed.Certificates) is { } untimely)
            throw new InvalidInputException(untimely);

        var result = parsed.Format.WithTimestamp!(signature, token); // Not null: RequirePlace.
        return result.Length <= SignatureFormats.MaxBytes
            ? result
            : throw new InvalidInputException($"the signature would have {result.Length} bytes with its timestamp: expected {SignatureFormats.MaxBytes} at most");
    }

    private static string? CheckAnswer(TimestampToken timestamp, TimestampRequest? request) =>
        request is null || request.Nonce.IsEmpty || timestamp.Info.GetNonce() is { } nonce && Number(nonce).SequenceEqual(Number(request.Nonce))
            ? null
            : "it does not answer this request: expected its nonce";

    private static ReadOnlySpan<byte> Number(ReadOnlyMemory<byte> bytes) => bytes.Span.TrimStart((byte)0);
}
