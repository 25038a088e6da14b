using Nv2.Testing;
using static Nv2.Signing.Tests.Formats.Mutations.CoseMutations;
using static Nv2.Signing.Tests.Formats.Mutations.Mutation;

namespace Nv2.Signing.Tests.Formats.Mutations;

/// <summary>What the CBOR of a COSE envelope must not be, and what its signature must not be.</summary>
internal static class CborMutations
{
    private static readonly CoseParts Whole = Original.Sign();

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("no tag", Format, () => Whole.Encode()[1..]),
        new("tag 18 twice", Format, () => Cbor.Tag(18, Whole.Encode())),
        new("the tag of CBOR around it", Format, () => Cbor.Tag(55799, Whole.Encode())),
        .. ((ulong[])[17, 16, 61, 96, 97, 98]).Select(tag => new Mutation($"tag {tag}", Format, () => Cbor.Tag(tag, Whole.Encode()[1..]))),
        new(
            "tag 98 and an array of signatures",
            Format,
            () =>
                Cbor.Tag(
                    98,
                    Cbor.Array(
                        Cbor.Bytes(Whole.Protected),
                        Whole.Unprotected,
                        Cbor.Bytes(Whole.Payload),
                        Cbor.Array(Cbor.Array(Cbor.Bytes(Whole.Protected), Whole.Unprotected, Cbor.Bytes(Whole.Value)))
                    )
                )
        ),
        new("tag 18 in two bytes", Format, () => [.. Cbor.Head(6, 18, 1), .. Whole.Encode()[1..]]),
        new("an array of three", Format, () => Items(Cbor.Bytes(Whole.Protected), Whole.Unprotected, Cbor.Bytes(Whole.Payload))),
        new(
            "an array of five",
            Format,
            () => Items(Cbor.Bytes(Whole.Protected), Whole.Unprotected, Cbor.Bytes(Whole.Payload), Cbor.Bytes(Whole.Value), Cbor.Null)
        ),
        new("an envelope in a byte string", Format, () => Cbor.Bytes(Whole.Encode())),
        new("an envelope in an array", Format, () => Cbor.Array(Whole.Encode())),
        new("a map", Format, () => Cbor.Tag(18, Cbor.Map([]))),
        new("a byte behind it", Format, () => [.. Whole.Encode(), 0]),
        new("another envelope behind it", Format, () => [.. Whole.Encode(), .. Whole.Encode()]),
        new("cut short by a byte", Format, () => Whole.Encode()[..^1]),
        With("a detached payload", Format, payload: Cbor.Null),
        With("an undefined payload", Format, payload: [0xf7]),
        With("a payload that is text", Format, payload: Cbor.Text(System.Text.Encoding.UTF8.GetString(Whole.Payload))),
        With("a payload that is tagged", Format, payload: Cbor.Tag(24, Cbor.Bytes(Whole.Payload))),
        With("another payload, not signed", "Integrity Subject", payload: Cbor.Bytes(Replaced("0848c7096f28", "0848c7096f29"))),
        With("the payload spelled otherwise, not signed", Integrity, payload: Cbor.Bytes(Replaced("\"size\":556", "\"size\": 556"))),
        With("protected headers of no bytes", Format, protectedHeaders: Cbor.Bytes([])),
        With("protected headers that are an empty map", Format, protectedHeaders: Cbor.Bytes(Cbor.Map([]))),
        With("protected headers that are not in a byte string", Format, protectedHeaders: Whole.Protected),
        With("protected headers that are null", Format, protectedHeaders: Cbor.Null),
        With("protected headers in another order, not signed", Integrity, protectedHeaders: Cbor.Bytes(Cbor.Map([.. Original.Protected.Reverse()]))),
        new("protected headers in another order, and signed", Valid, () => Original.Sign(Cbor.Map([.. Original.Protected.Reverse()])).Encode()),
        new("protected headers in an array", Format, () => Original.Sign(Cbor.Array(Whole.Protected)).Encode()),
        new("a byte behind the protected headers", Format, () => Original.Sign([.. Whole.Protected, 0]).Encode()),
        With("unprotected headers in a byte string", Format, unprotectedHeaders: Cbor.Bytes(Whole.Unprotected)),
        With("unprotected headers that are null", Format, unprotectedHeaders: Cbor.Null),
        With("unprotected headers that are empty", Format, unprotectedHeaders: Cbor.Map([])),
        With("no signature", Format, value: Cbor.Null),
        With("an empty signature", Integrity, value: Cbor.Bytes([])),
        With("a signature in an array", Format, value: Cbor.Array(Cbor.Bytes(Whole.Value))),
        With("a signature cut short", Integrity, value: Cbor.Bytes(Whole.Value.AsSpan(1))),
        With("a signature with a byte in front", Integrity, value: Cbor.Bytes([0, .. Whole.Value])),
        With("a signature of zeros", Integrity, value: Cbor.Bytes(new byte[Whole.Value.Length])),
        new("the array of indefinite length", Format, () => [0xd2, 0x9f, .. Whole.Encode()[2..], Cbor.Break]),
        With("the protected headers of indefinite length", Format, protectedHeaders: [0x5f, .. Cbor.Bytes(Whole.Protected), Cbor.Break]),
        new("the map of protected headers of indefinite length", Format, () => Original.Sign([0xbf, .. Whole.Protected[1..], Cbor.Break]).Encode()),
        With("the map of unprotected headers of indefinite length", Format, unprotectedHeaders: [0xbf, .. Whole.Unprotected[1..], Cbor.Break]),
        With("the payload of indefinite length", Format, payload: [0x5f, .. Cbor.Bytes(Whole.Payload), Cbor.Break]),
        With("the signature of indefinite length", Format, value: [0x5f, .. Cbor.Bytes(Whole.Value), Cbor.Break]),
        new(
            "the chain of indefinite length",
            Format,
            () => Original.SetUnprotected(Chain, [0x9f, .. Cbor.Bytes(VectorCertificate.Leaf), Cbor.Break]).Sign().Encode()
        ),
        new("a label of indefinite length", Format, () => Original.AddUnprotected([0x7f, .. Cbor.Text("a"), Cbor.Break], Cbor.Null).Sign().Encode()),
        new("a text of indefinite length", Format, () => Original.SetUnprotected(Agent, [0x7f, .. Cbor.Text("a"), Cbor.Break]).Sign().Encode()),
        new("the scheme of indefinite length", Format, () => Original.Set(Scheme, [0x7f, .. Cbor.Text("notary.x509"), Cbor.Break]).Sign().Encode()),
        new("crit of indefinite length", Format, () => Original.Set(Crit, [0x9f, .. Scheme, Cbor.Break]).Sign().Encode()),
        .. ((int[])[2, 4, 8]).Select(width => new Mutation(
            $"alg in {width} bytes",
            Format,
            () => Original.Set(Alg, Cbor.Head(1, 37, width)).Sign().Encode()
        )),
        .. ((int[])[1, 2, 4, 8]).SelectMany<int, Mutation>(width =>
            [
                new(
                    $"the label of alg in {width} more bytes",
                    Format,
                    () => Original.Without(Alg).Add(Cbor.Head(0, 1, width), Cbor.Number(-38)).Sign().Encode()
                ),
                new($"the length of the array in {width} more bytes", Format, () => [0xd2, .. Cbor.Head(4, 4, width), .. Whole.Encode()[2..]]),
                new(
                    $"the length of the unprotected headers in {width} more bytes",
                    Format,
                    () => Encode(unprotectedHeaders: [.. Cbor.Head(5, 2, width), .. Whole.Unprotected[1..]])
                ),
                new(
                    $"the length of the protected headers in {width} more bytes",
                    Format,
                    () => Original.Sign([.. Cbor.Head(5, 5, width), .. Whole.Protected[1..]]).Encode()
                ),
            ]
        ),
        new(
            "the length of the payload in four bytes",
            Format,
            () => Encode(payload: [.. Cbor.Head(2, (ulong)Whole.Payload.Length, 4), .. Whole.Payload])
        ),
        new(
            "the length of the payload in eight bytes",
            Format,
            () => Encode(payload: [.. Cbor.Head(2, (ulong)Whole.Payload.Length, 8), .. Whole.Payload])
        ),
        new("a length beyond the end", Format, () => Encode(value: [.. Cbor.Head(2, ulong.MaxValue), .. Whole.Value])),
        new("a length that is reserved", Format, () => Encode(value: [0x5c, .. Whole.Value])),
        new("a map that promises more than there is", Format, () => Encode(unprotectedHeaders: Cbor.Head(5, uint.MaxValue))),
        new("arrays in arrays without end", Format, () => Encode(unprotectedHeaders: Enumerable.Repeat((byte)0x81, 100_000).ToArray())),
    ];

    /// <summary>Signatures of the vector on P-256, as they must not be spelled.</summary>
    public static IReadOnlyList<Mutation> Ecdsa { get; } =
    [
        OnP256("nothing", Valid, value => value),
        OnP256("in DER", Integrity, value => [0x30, (byte)(value.Length + 6), 0x02, 0x21, 0, .. value[..32], 0x02, 0x21, 0, .. value[32..]]),
        OnP256("r is zero", Integrity, value => [.. new byte[32], .. value[32..]]),
        OnP256("s is zero", Integrity, value => [.. value[..32], .. new byte[32]]),
        OnP256("r and s are zero", Integrity, value => new byte[64]),
        OnP256("r and s are the order of the curve", Integrity, value => [.. Order, .. Order]),
        OnP256("s and r exchanged", Integrity, value => [.. value[32..], .. value[..32]]),
        OnP256("a byte too short", Integrity, value => value[..^1]),
        OnP256("a byte too long", Integrity, value => [.. value, 0]),
        OnP256("two bytes too long, each number with a zero in front", Integrity, value => [0, .. value[..32], 0, .. value[32..]]),
        OnP256("empty", Integrity, value => []),
        OnP256("of all ones", Integrity, value => [.. Enumerable.Repeat((byte)0xff, 64)]),
    ];

    // SEC 2 section 2.4.2.
    private static byte[] Order => Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");

    private static Mutation With(
        string name,
        string expected,
        byte[]? protectedHeaders = null,
        byte[]? unprotectedHeaders = null,
        byte[]? payload = null,
        byte[]? value = null
    ) => new(name, expected, () => Encode(protectedHeaders, unprotectedHeaders, payload, value));

    private static byte[] Encode(byte[]? protectedHeaders = null, byte[]? unprotectedHeaders = null, byte[]? payload = null, byte[]? value = null) =>
        Items(
            protectedHeaders ?? Cbor.Bytes(Whole.Protected),
            unprotectedHeaders ?? Whole.Unprotected,
            payload ?? Cbor.Bytes(Whole.Payload),
            value ?? Cbor.Bytes(Whole.Value)
        );

    private static byte[] Items(params byte[][] items) => Cbor.Tag(18, Cbor.Array(items));

    private static byte[] Replaced(string old, string by) =>
        System.Text.Encoding.UTF8.GetBytes(JwsParts.Replace(System.Text.Encoding.UTF8.GetString(Whole.Payload), old, by));

    private static Mutation OnP256(string name, string expected, Func<byte[], byte[]> change) =>
        new(
            name,
            expected,
            () =>
            {
                var parts = CoseParts.Split(Vectors.Read("notation/p256.cose"));
                return (parts with { Value = change(parts.Value) }).Encode();
            }
        );
}
