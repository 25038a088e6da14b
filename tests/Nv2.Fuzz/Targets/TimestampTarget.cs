using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;
using Nv2.Signing.Timestamps;

namespace Nv2.Fuzz.Targets;

/// <summary>Timestamp requests, the replies to them, the tokens in those, and whether they are valid for a signature.</summary>
internal static class TimestampTarget
{
    private const string Name = "timestamp";

    private static readonly byte[] Envelope = Vectors.Read("notation/p256.jws");
    private static readonly Signature Signature = SignatureFormats.Parse(Envelope);

    // What the authority of the seeds stamped.
    private static readonly HashSet<string> Stamped = [.. CheckedIn.Seeds(Name).SelectMany(Read).Select(Content)];

    public static FuzzTarget Target { get; } =
        new(Name, "timestamp requests, replies and tokens, and whether they are valid for a signature", () => [], Check);

    private static bool Check(byte[] input)
    {
        if (Attempt.At(() => TimestampRequest.Parse(input), out var request))
            Require.Same(request.Encode(), input, "the request, written again");
        if (!Attempt.At(() => TimestampReply.ReadToken(input), out var encoded) || !Attempt.At(() => TimestampToken.Parse(encoded), out var token))
            return false;
        CheckToken(token, encoded);
        return true;
    }

    private static void CheckToken(TimestampToken token, ReadOnlyMemory<byte> encoded)
    {
        Require.That(token.Earliest <= token.Time && token.Time <= token.Latest, "a time outside its accuracy");
        _ = token.ToString();
        if (TimestampVerification.CheckItself(token, Signature) is not null)
            return;
        if (TimestampVerification.CheckTrust(token, [Known.Chain[^1]]) is null)
            Require.That(Stamped.Contains(Content(token)), "a timestamp that its authority did not make");
        _ = TimestampVerification.CheckDates(token, Signature.Certificates);
        if (Attempt.At(() => TimestampedSignature.Attach(Envelope, encoded, null, null), out var stamped))
            Require.Same(SignatureFormats.Parse(stamped).Timestamp.Span, encoded.Span, "the timestamp in a signature");
    }

    private static IEnumerable<TimestampToken> Read(byte[] reply) =>
        Attempt.At(() => TimestampToken.Parse(TimestampReply.ReadToken(reply)), out var token) ? [token] : [];

    private static string Content(TimestampToken token) => Convert.ToHexString(token.Info.Encode());
}
