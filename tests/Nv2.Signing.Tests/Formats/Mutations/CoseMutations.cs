using System.Text;
using Nv2.Testing;
using static Nv2.Signing.Tests.Formats.Mutations.Mutation;

namespace Nv2.Signing.Tests.Formats.Mutations;

/// <summary>What the headers and the payload of a COSE envelope must not be. The changed envelopes are truly signed.</summary>
internal static class CoseMutations
{
    public const string Vector = "notation/leaf-full-chain.cose";

    private const long SignedAt = 0x6b048f5f; // As in the vector.

    internal static readonly byte[] Alg = Cbor.Number(1);
    internal static readonly byte[] Crit = Cbor.Number(2);
    internal static readonly byte[] ContentType = Cbor.Number(3);
    internal static readonly byte[] Chain = Cbor.Number(33);
    internal static readonly byte[] Scheme = Cbor.Text("io.cncf.notary.signingScheme");
    internal static readonly byte[] Agent = Cbor.Text("io.cncf.notary.signingAgent");
    private static readonly byte[] SigningTime = Cbor.Text("io.cncf.notary.signingTime");
    private static readonly byte[] AuthenticTime = Cbor.Text("io.cncf.notary.authenticSigningTime");
    private static readonly byte[] Expiry = Cbor.Text("io.cncf.notary.expiry");
    private static readonly byte[] Plugin = Cbor.Text("io.cncf.notary.verificationPlugin");
    private static readonly byte[] PluginMinVersion = Cbor.Text("io.cncf.notary.verificationPluginMinVersion");
    private static readonly byte[] Other = Cbor.Text("com.example.a");
    private static readonly byte[] Some = Cbor.Text("b");

    internal static readonly CoseHeaders Original = CoseHeaders.Read(Vector);

    public static IReadOnlyList<Mutation> All { get; } =
    [
        Signed("nothing", Valid, it => it),
        Signed("no alg", Format, it => it.Without(Alg)),
        Signed("alg twice", Format, it => it.Add(Alg, Cbor.Number(-38))),
        Signed("alg is text", Format, it => it.Set(Alg, Cbor.Text("PS384"))),
        Signed("alg is a byte string", Format, it => it.Set(Alg, Cbor.Bytes([1]))),
        Signed("alg is null", Format, it => it.Set(Alg, Cbor.Null)),
        Signed("alg of more than 32 bits", Format, it => it.Set(Alg, Cbor.Number(-38 - (1L << 32)))),
        Signed("alg 0", Integrity, it => it.Set(Alg, Cbor.Number(0))),
        Signed("alg HMAC 256", Integrity, it => it.Set(Alg, Cbor.Number(5))),
        Signed("alg EdDSA", Integrity, it => it.Set(Alg, Cbor.Number(-8))),
        Signed("alg RS1", Integrity, it => it.Set(Alg, Cbor.Number(-65535))),
        Signed("alg of another kind of key", Integrity, it => it.Set(Alg, Cbor.Number(-35))),
        Signed("alg is among the unprotected headers alone", Format, it => it.Without(Alg).AddUnprotected(Alg, Cbor.Number(-38))),
        Signed("alg is among the unprotected headers too", Format, it => it.AddUnprotected(Alg, Cbor.Number(-38))),
        .. (((string Name, int Number)[])[("RS256", -257), ("RS384", -258), ("RS512", -259), ("PS256", -37), ("PS512", -39)]).Select(
            algorithm => new Mutation(
                $"alg {algorithm.Name}, truly so signed",
                Integrity,
                () => Original.Set(Alg, Cbor.Number(algorithm.Number)).Sign(algorithm: algorithm.Name).Encode()
            )
        ),
        new("alg PS384, signed with PKCS #1 padding", Integrity, () => Original.Sign(algorithm: "RS384").Encode()),
        new("signed by another key", Integrity, () => Original.Sign("rsa3072").Encode()),
        Signed("no crit", Format, it => it.Without(Crit)),
        Signed("crit twice", Format, it => it.Add(Crit, Cbor.Array(Scheme))),
        Signed("crit among the unprotected headers", Format, it => it.Without(Crit).AddUnprotected(Crit, Cbor.Array(Scheme))),
        Critical("crit is empty", Format),
        Signed("crit is text", Format, it => it.Set(Crit, Scheme)),
        Critical("crit with a byte string", Format, Scheme, Cbor.Bytes("a"u8)),
        Critical("crit with a name that is not there", Format, Scheme, Other),
        Critical("crit with a number that is not there", Format, Scheme, Cbor.Number(99)),
        Critical("crit with the expiry that is not there", Format, Scheme, Expiry),
        Critical("crit with a name twice", Format, Scheme, Scheme),
        Critical("crit with the signing time", Format, Scheme, SigningTime),
        Critical("crit with alg", Format, Scheme, Alg),
        Critical("crit with crit", Format, Scheme, Crit),
        Critical("crit with the content type", Format, Scheme, ContentType),
        Critical("crit with the chain that is not protected", Format, Scheme, Chain),
        Critical("crit with the chain that is not protected, as text", Format, Scheme, Cbor.Text("label 33")),
        Signed("crit without the scheme", Format, it => it.Set(Crit, Cbor.Array(Other)).Add(Other, Some)),
        Signed("crit without the expiry", Format, it => it.Add(Expiry, Time(2208988800))),
        Signed("an attribute that is critical and unknown", Format, it => it.Set(Crit, Cbor.Array(Scheme, Other)).Add(Other, Some)),
        Signed(
            "a number that is critical and unknown",
            Format,
            it => it.Set(Crit, Cbor.Array(Scheme, Cbor.Number(-70000))).Add(Cbor.Number(-70000), Some)
        ),
        Signed(
            "a number that is critical as the text it is called",
            Format,
            it => it.Set(Crit, Cbor.Array(Scheme, Cbor.Text("label 99"))).Add(Cbor.Number(99), Some)
        ),
        Signed("an attribute that is not critical", Valid, it => it.Add(Other, Some)),
        Signed("an attribute that is not critical, a map", Valid, it => it.Add(Cbor.Number(99), Cbor.Map([new(Cbor.Number(1), Cbor.Null)]))),
        Signed("an attribute twice", Format, it => it.Add(Other, Some).Add(Other, Some)),
        Signed("an attribute among both headers", Format, it => it.Add(Other, Some).AddUnprotected(Other, Some)),
        Signed("a verification plug-in", Format, it => it.Set(Crit, Cbor.Array(Scheme, Plugin)).Add(Plugin, Some)),
        Signed("a verification plug-in that is not critical", Format, it => it.Add(Plugin, Some)),
        Signed(
            "a version of a verification plug-in without one",
            Format,
            it => it.Set(Crit, Cbor.Array(Scheme, PluginMinVersion)).Add(PluginMinVersion, Cbor.Text("1.0.0"))
        ),
        Signed("the chain among the protected headers", Valid, it => it.WithoutUnprotected(Chain).Add(Chain, OwnChain)),
        Signed(
            "the chain among the protected headers, critical",
            Valid,
            it => it.WithoutUnprotected(Chain).Add(Chain, OwnChain).Set(Crit, Cbor.Array(Scheme, Chain))
        ),
        Signed("the chain among both headers", Format, it => it.Add(Chain, OwnChain)),
        Signed("no content type", Format, it => it.Without(ContentType)),
        Signed("another content type", Format, it => it.Set(ContentType, Cbor.Text("application/vnd.cncf.notary.payload.v2+json"))),
        Signed("the content type is a number", Format, it => it.Set(ContentType, Cbor.Number(50))),
        Signed("the content type is a byte string", Format, it => it.Set(ContentType, Cbor.Bytes("application/vnd.cncf.notary.payload.v1+json"u8))),
        Signed("no scheme", Format, it => it.Without(Scheme)),
        Signed("an unknown scheme", Format, it => it.Set(Scheme, Cbor.Text("notary.x510"))),
        Signed("the scheme is a byte string", Format, it => it.Set(Scheme, Cbor.Bytes("notary.x509"u8))),
        Signed("a signing authority with the signing time", Format, Authority),
        Signed("a signing authority with both times", Format, it => Authority(it).Add(AuthenticTime, Time(SignedAt))),
        Signed("the authentic signing time without a signing authority", Format, it => it.Without(SigningTime).Add(AuthenticTime, Time(SignedAt))),
        Signed("both times without a signing authority", Format, it => it.Add(AuthenticTime, Time(SignedAt))),
        Signed("a signing authority whose time is not critical", Format, it => Authority(it).Without(SigningTime).Add(AuthenticTime, Time(SignedAt))),
        Signed(
            "a signing authority trusted as a root alone",
            Authenticity,
            it => Authority(it).Without(SigningTime).Add(AuthenticTime, Time(SignedAt)).Set(Crit, Cbor.Array(Scheme, AuthenticTime))
        ),
        Signed("no signing time", Format, it => it.Without(SigningTime)),
        .. (
            ((string Name, byte[] Value)[])
                [
                    ("text", Cbor.Text("2026-11-23T19:09:19Z")),
                    ("tag 0 and text", Cbor.Tag(0, Cbor.Text("2026-11-23T19:09:19Z"))),
                    ("tag 0 and a number", Cbor.Tag(0, Cbor.Number(SignedAt))),
                    ("tag 1 and text", Cbor.Tag(1, Cbor.Text("2026-11-23T19:09:19Z"))),
                    ("tag 1 twice", Cbor.Tag(1, Time(SignedAt))),
                    ("tag 100", Cbor.Tag(100, Cbor.Number(SignedAt))),
                    ("a number without a tag", Cbor.Number(SignedAt)),
                    ("a double without a tag", Cbor.Floating((double)SignedAt)),
                    ("a double under tag 0", Cbor.Tag(0, Cbor.Floating((double)SignedAt))),
                    ("not a number", Cbor.Tag(1, Cbor.Floating(double.NaN))),
                    ("not a number in 16 bits", Cbor.Tag(1, Cbor.Floating(Half.NaN))),
                    ("not a number in 32 bits", Cbor.Tag(1, Cbor.Floating(float.NaN))),
                    ("infinite", Cbor.Tag(1, Cbor.Floating(double.PositiveInfinity))),
                    ("infinite below zero", Cbor.Tag(1, Cbor.Floating(double.NegativeInfinity))),
                    ("infinite in 16 bits", Cbor.Tag(1, Cbor.Floating(Half.PositiveInfinity))),
                    ("infinite in 32 bits", Cbor.Tag(1, Cbor.Floating(float.NegativeInfinity))),
                    ("the largest double", Cbor.Tag(1, Cbor.Floating(double.MaxValue))),
                    ("the largest single", Cbor.Tag(1, Cbor.Floating(float.MaxValue))),
                    ("a double after the year 9999", Cbor.Tag(1, Cbor.Floating(253402300800.0))),
                    ("a double below zero", Cbor.Tag(1, Cbor.Floating(-0.5))),
                    ("below zero", Cbor.Tag(1, Cbor.Number(-1))),
                    ("a bignum", Cbor.Tag(1, Cbor.Tag(2, Cbor.Bytes([0x6b, 0x04, 0x8f, 0x5f])))),
                    ("a decimal fraction", Cbor.Tag(1, Cbor.Tag(4, Cbor.Array(Cbor.Number(-1), Cbor.Number(SignedAt * 10))))),
                    ("after the year 9999", Cbor.Tag(1, Cbor.Number(253402300800))),
                    ("of 64 bits", Cbor.Tag(1, Cbor.Head(0, ulong.MaxValue))),
                    ("null", Cbor.Null),
                ]
        ).Select(time => Signed($"the signing time: {time.Name}", Format, it => it.Set(SigningTime, time.Value))),
        .. (
            ((string Name, byte[] Value)[])
                [
                    ("a double", Cbor.Floating((double)SignedAt)),
                    ("a double with a fraction", Cbor.Floating(SignedAt + 0.999999)),
                    ("a single", Cbor.Floating((float)SignedAt)),
                    ("a half", Cbor.Floating((Half)65504)),
                    ("the smallest double", Cbor.Floating(double.Epsilon)),
                    ("zero below zero", Cbor.Floating(-0.0)),
                ]
        ).Select(time => Signed($"the signing time: {time.Name}", Valid, it => it.Set(SigningTime, Cbor.Tag(1, time.Value)))),
        Expiring("the expiry to come", Valid, Time(2208988800)),
        Expiring("the expiry past", Validity, Time(1893455999)),
        Expiring("the expiry now", Validity, Time(1893456000)),
        Expiring("the expiry before the signing time", Format, Time(SignedAt - 1)),
        Expiring("the expiry at the signing time", Format, Time(SignedAt)),
        Expiring("the expiry is a double", Valid, Cbor.Tag(1, Cbor.Floating(2208988800.0))),
        Expiring("the expiry is the last double of the year 9999", Valid, Cbor.Tag(1, Cbor.Floating(Math.BitDecrement(253402300800.0)))),
        Expiring("the expiry a moment before now", Validity, Cbor.Tag(1, Cbor.Floating(1893455999.9999))),
        Expiring("the expiry a moment after now", Valid, Cbor.Tag(1, Cbor.Floating(1893456000.0001))),
        Expiring("the expiry is not a number", Format, Cbor.Tag(1, Cbor.Floating(double.NaN))),
        Expiring("the expiry is infinite", Format, Cbor.Tag(1, Cbor.Floating(double.PositiveInfinity))),
        Signed(
            "the expiry a moment before the signing time",
            Format,
            it =>
                it.Set(SigningTime, Cbor.Tag(1, Cbor.Floating(SignedAt + 0.5)))
                    .Set(Crit, Cbor.Array(Scheme, Expiry))
                    .Add(Expiry, Cbor.Tag(1, Cbor.Floating(SignedAt + 0.25)))
        ),
        Signed(
            "the expiry a moment after the signing time",
            Validity,
            it => it.Set(Crit, Cbor.Array(Scheme, Expiry)).Add(Expiry, Cbor.Tag(1, Cbor.Floating(SignedAt + 0.25)))
        ),
        Expiring("the expiry is text", Format, Cbor.Text("2040-01-01T00:00:00Z")),
        Payload("another digest", Subject, "0848c7096f28", "0848c7096f29"),
        Payload("another size", Subject, "\"size\":556", "\"size\":557"),
        Payload("another media type", Subject, "image.manifest.v1", "image.index.v1"),
        Payload("a size twice", Format, "\"size\":556", "\"size\":556,\"size\":556"),
        Payload("no target", Format, "targetArtifact", "targetArtefact"),
        Payload("a payload that is no JSON", Format, "}}", "}"),
        Payload("a byte behind the payload", Format, "}}", "}}x"),
        Payload("a byte order mark in front of the payload", Format, "{\"targetArtifact", "\uFEFF{\"targetArtifact"),
        Payload("the payload spelled otherwise, and signed", Valid, "\"size\":556", "\"size\": 556"),
        Signed("an empty payload", Format, it => it with { Payload = [] }),
        .. VectorCertificate.BadChains.Select(bad =>
            Signed($"x5chain: {bad.Name}", bad.Expected, it => it.SetUnprotected(Chain, Cbor.Array([.. bad.Chain.Select(der => Cbor.Bytes(der))])))
        ),
        Signed("x5chain: not there", Format, it => it.WithoutUnprotected(Chain)),
        Signed("x5chain: twice", Format, it => it.AddUnprotected(Chain, OwnChain)),
        Signed("x5chain: the leaf alone, not in an array", "Format Authenticity", it => it.SetUnprotected(Chain, Cbor.Bytes(VectorCertificate.Leaf))),
        Signed(
            "x5chain: all in one byte string",
            Format,
            it => it.SetUnprotected(Chain, Cbor.Bytes([.. VectorCertificate.Leaf, .. VectorCertificate.Intermediate, .. VectorCertificate.Root]))
        ),
        Signed("x5chain: PEM", Format, it => it.SetUnprotected(Chain, Cbor.Array(Cbor.Bytes(Vectors.Read("keys/leaf-full-chain.crt"))))),
        Signed(
            "x5chain: base64 in text",
            Format,
            it => it.SetUnprotected(Chain, Cbor.Array(Cbor.Text(Convert.ToBase64String(VectorCertificate.Leaf))))
        ),
        Signed(
            "x5chain: a byte behind a certificate",
            Format,
            it =>
                it.SetUnprotected(
                    Chain,
                    Cbor.Array(
                        Cbor.Bytes(VectorCertificate.Leaf),
                        Cbor.Bytes(VectorCertificate.Intermediate),
                        Cbor.Bytes([.. VectorCertificate.Root, 0])
                    )
                )
        ),
        Signed("x5chain: an array in the array", Format, it => it.SetUnprotected(Chain, Cbor.Array(OwnChain))),
        Signed("x5chain: a map", Format, it => it.SetUnprotected(Chain, Cbor.Map([]))),
        Signed("x5chain as the number's text", Format, it => it.WithoutUnprotected(Chain).AddUnprotected(Cbor.Text("33"), OwnChain)),
        .. (
            ((string Name, byte[] Value)[])
                [
                    ("a number", Cbor.Number(1)),
                    ("a byte string", Cbor.Bytes("nv2/1.0.0"u8)),
                    ("an array", Cbor.Array(Cbor.Text("nv2/1.0.0"))),
                    ("a map", Cbor.Map([])),
                    ("null", Cbor.Null),
                    ("undefined", [0xf7]),
                    ("a double", Cbor.Floating(double.NaN)),
                    ("a tagged text", Cbor.Tag(32, Cbor.Text("nv2"))),
                    ("empty", Cbor.Text("")),
                ]
        ).Select(agent => Signed($"a signing agent that is {agent.Name}", Valid, it => it.SetUnprotected(Agent, agent.Value))),
        Signed("a signing agent twice", Format, it => it.AddUnprotected(Agent, Cbor.Text("nv2/1.0.0"))),
        Signed("another signing agent", Valid, it => it.SetUnprotected(Agent, Cbor.Text(" ~ "))),
        Signed("a timestamp that is text", Format, it => it.AddUnprotected(Cbor.Text("io.cncf.notary.timestampSignature"), Some)),
        Signed("the expiry among the unprotected headers", Valid, it => it.AddUnprotected(Expiry, Time(1))),
        Signed("the label of a header is a byte string", Format, it => it.AddUnprotected(Cbor.Bytes([1]), Some)),
        Signed("the label of a header is true", Format, it => it.AddUnprotected([0xf5], Some)),
        Signed("the label of a header has more than 32 bits", Format, it => it.AddUnprotected(Cbor.Number(1L << 32), Some)),
        Signed("the label of a header has more than 32 bits, below zero", Format, it => it.Add(Cbor.Head(1, ulong.MaxValue), Some)),
        Signed(
            "more headers than are read",
            Format,
            it => Enumerable.Range(100, 257).Aggregate(it, (all, label) => all.AddUnprotected(Cbor.Number(label), Some))
        ),
        Signed("text that is not UTF-8", Format, it => it.AddUnprotected(Cbor.Number(99), [0x61, 0xff])),
        Signed("a label twice in a map in a header", Format, it => it.AddUnprotected(Cbor.Number(99), Cbor.Map([new(Some, Some), new(Some, Some)]))),
    ];

    private static byte[] OwnChain =>
        Cbor.Array(Cbor.Bytes(VectorCertificate.Leaf), Cbor.Bytes(VectorCertificate.Intermediate), Cbor.Bytes(VectorCertificate.Root));

    private static CoseHeaders Authority(CoseHeaders headers) => headers.Set(Scheme, Cbor.Text("notary.x509.signingAuthority"));

    private static byte[] Time(long seconds) => Cbor.Tag(1, Cbor.Number(seconds));

    private static Mutation Signed(string name, string expected, Func<CoseHeaders, CoseHeaders> change) =>
        new(name, expected, () => change(Original).Sign().Encode());

    private static Mutation Critical(string name, string expected, params byte[][] names) =>
        Signed(name, expected, it => it.Set(Crit, Cbor.Array(names)));

    private static Mutation Expiring(string name, string expected, byte[] value) =>
        Signed(name, expected, it => it.Set(Crit, Cbor.Array(Scheme, Expiry)).Add(Expiry, value));

    private static Mutation Payload(string name, string expected, string old, string by) =>
        Signed(name, expected, it => it with { Payload = Encoding.UTF8.GetBytes(JwsParts.Replace(Encoding.UTF8.GetString(it.Payload), old, by)) });
}
