using System.Text;
using Nv2.Testing;
using static Nv2.Signing.Tests.Formats.Mutations.Mutation;

namespace Nv2.Signing.Tests.Formats.Mutations;

/// <summary>What a JWS envelope must not be. Where nothing else is said, the changed envelope is truly signed.</summary>
internal static class JwsMutations
{
    public const string Vector = "notation/leaf-full-chain.jws";

    private const string Alg = "\"alg\":\"PS384\",";
    private const string Crit = "\"crit\":[\"io.cncf.notary.signingScheme\"],";
    private const string Cty = "\"cty\":\"application/vnd.cncf.notary.payload.v1+json\",";
    private const string Scheme = "\"io.cncf.notary.signingScheme\":\"notary.x509\"";
    private const string Authority = "\"io.cncf.notary.signingScheme\":\"notary.x509.signingAuthority\"";
    private const string Time = "\"io.cncf.notary.signingTime\":\"2026-11-23T19:09:19Z\"";
    private const string AuthenticTime = "\"io.cncf.notary.authenticSigningTime\":\"2026-11-23T19:09:19Z\"";

    private static readonly JwsParts Original = JwsParts.Read(Vector);

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("nothing", Valid, () => Original.Sign()),
        Protected("no alg", Format, Alg, ""),
        Protected("alg twice", Format, Alg, Alg + Alg),
        Protected("alg is a number", Format, Alg, "\"alg\":-38,"),
        Protected("alg is empty", Format, Alg, "\"alg\":\"\","),
        Protected("alg none", Integrity, "PS384", "none"),
        new("alg none without a signature", Format, () => Encoding.UTF8.GetBytes(Original.WithProtected("PS384", "none").Join(""))),
        Protected("alg HS256", Integrity, "PS384", "HS256"),
        Protected("alg HS384", Integrity, "PS384", "HS384"),
        Protected("alg EdDSA", Integrity, "PS384", "EdDSA"),
        Protected("alg in lower case", Integrity, "PS384", "ps384"),
        .. ((string[])["RS256", "RS384", "RS512", "PS256", "PS512"]).Select(algorithm => new Mutation(
            $"alg {algorithm}, truly so signed",
            Integrity,
            () => Original.WithProtected("PS384", algorithm).Sign(algorithm: algorithm)
        )),
        Protected("alg of another kind of key", Integrity, "PS384", "ES384"),
        new("alg PS384, signed with PKCS #1 padding", Integrity, () => Original.Sign(algorithm: "RS384")),
        new("signed by another key", Integrity, () => Original.Sign("rsa3072")),
        Protected("no crit", Format, Crit, ""),
        Protected("crit twice", Format, Crit, Crit + Crit),
        Protected("crit is empty", Format, Crit, "\"crit\":[],"),
        Protected("crit is text", Format, Crit, "\"crit\":\"io.cncf.notary.signingScheme\","),
        Protected("crit with a number", Format, Crit, "\"crit\":[\"io.cncf.notary.signingScheme\",1],"),
        Protected("crit with a name that is not there", Format, "ingScheme\"]", "ingScheme\",\"com.example.a\"]"),
        Protected("crit with the expiry that is not there", Format, "ingScheme\"]", "ingScheme\",\"io.cncf.notary.expiry\"]"),
        Protected("crit with a name twice", Format, "ingScheme\"]", "ingScheme\",\"io.cncf.notary.signingScheme\"]"),
        Protected("crit with the signing time", Format, "ingScheme\"]", "ingScheme\",\"io.cncf.notary.signingTime\"]"),
        .. ((string[])["alg", "cty", "crit", "x5c", "kid"]).Select(name =>
            Protected($"crit with {name}", Format, "ingScheme\"]", $"ingScheme\",\"{name}\"]")
        ),
        Protected("crit without the scheme", Format, Crit, "\"crit\":[\"com.example.a\"],\"com.example.a\":\"b\","),
        Protected("crit without the expiry", Format, Time, Time + ",\"io.cncf.notary.expiry\":\"2040-01-01T00:00:00Z\""),
        Protected("an attribute that is critical and unknown", Format, "ingScheme\"]", "ingScheme\",\"com.example.a\"],\"com.example.a\":\"b\""),
        Protected("an attribute that is not critical", Valid, Crit, Crit + "\"com.example.a\":\"b\","),
        Protected("an attribute twice", Format, Crit, Crit + "\"com.example.a\":\"b\",\"com.example.a\":\"b\","),
        Protected(
            "a verification plug-in",
            Format,
            "ingScheme\"]",
            "ingScheme\",\"io.cncf.notary.verificationPlugin\"],\"io.cncf.notary.verificationPlugin\":\"p\""
        ),
        Protected("a verification plug-in that is not critical", Format, Crit, Crit + "\"io.cncf.notary.verificationPlugin\":\"p\","),
        Protected(
            "a version of a verification plug-in without one",
            Format,
            "ingScheme\"]",
            "ingScheme\",\"io.cncf.notary.verificationPluginMinVersion\"],\"io.cncf.notary.verificationPluginMinVersion\":\"1.0.0\""
        ),
        Protected("no content type", Format, Cty, ""),
        Protected("another content type", Format, "payload.v1+json", "payload.v2+json"),
        Protected("the content type in capitals", Format, "payload.v1+json", "payload.v1+JSON"),
        Protected("the content type is a number", Format, Cty, "\"cty\":1,"),
        Protected("no scheme", Format, Scheme + ",", ""),
        Protected("an unknown scheme", Format, Scheme, Scheme.Replace("x509", "x510", StringComparison.Ordinal)),
        Protected("the scheme is a number", Format, Scheme, "\"io.cncf.notary.signingScheme\":1"),
        Protected("a signing authority with the signing time", Format, Scheme, Authority),
        Protected("a signing authority with both times", Format, Scheme, $"{Authority},{AuthenticTime}"),
        Protected("the authentic signing time without a signing authority", Format, Time, AuthenticTime),
        Protected("both times without a signing authority", Format, Time, $"{Time},{AuthenticTime}"),
        new(
            "a signing authority whose time is not critical",
            Format,
            () => Original.WithProtected(Scheme, Authority).WithProtected(Time, AuthenticTime).Sign()
        ),
        new(
            "a signing authority trusted as a root alone",
            Authenticity,
            () =>
                Original
                    .WithProtected(Scheme, Authority)
                    .WithProtected(Time, AuthenticTime)
                    .WithProtected("ingScheme\"]", "ingScheme\",\"io.cncf.notary.authenticSigningTime\"]")
                    .Sign()
        ),
        Protected("no signing time", Format, "," + Time, ""),
        .. (
            (string[])
                [
                    "2026-11-23",
                    "2026-11-23T19:09:19",
                    "2026-11-23 19:09:19Z",
                    "2026-11-23T19:09Z",
                    "2026-13-23T19:09:19Z",
                    "2026-11-23T24:09:19Z",
                    "20261123T190919Z",
                    "Mon, 23 Nov 2026 19:09:19 GMT",
                    " 2026-11-23T19:09:19Z",
                    "1795460959",
                ]
        ).Select(time => Protected($"the signing time {time}", Format, "2026-11-23T19:09:19Z", time)),
        Protected("the signing time is a number", Format, "\"2026-11-23T19:09:19Z\"", "1795460959"),
        .. ((string[])["5", "0", "1234567", "12345678", "123456789", "999999999999999999999999999999", new string('0', 5000)]).Select(
            (digits, number) => Protected($"a signing time with a fraction, {number}", Valid, "19:09:19Z", $"19:09:19.{digits}Z")
        ),
        .. (
            (string[])
                [
                    "19:09:19.Z",
                    "19:09:19,5Z",
                    "19:09:19.5",
                    "19:09:19.5 Z",
                    "19:09:19.-5Z",
                    "19:09:19.5.5Z",
                    "19:09:19.5e1Z",
                    "19:09:19.\u0665Z",
                    "19:09.5Z",
                    "19:09:19.5z",
                ]
        ).Select(time => Protected($"the signing time {time}", Format, "19:09:19Z", time)),
        Protected("a signing time with a fraction and an offset", Valid, "19:09:19Z", "20:09:19.000000001+01:00"),
        Expiry("the expiry a moment before now", Validity, "\"2029-12-31T23:59:59.999999999Z\""),
        Expiry("the expiry less than a tick after now", Validity, "\"2030-01-01T00:00:00.00000009Z\""),
        Expiry("the expiry a moment after now", Valid, "\"2030-01-01T00:00:00.0000001Z\""),
        Expiry("the expiry at the end of the year 9999", Valid, "\"9999-12-31T23:59:59.9999999999Z\""),
        Expiry("the expiry beyond the year 9999", Format, "\"9999-12-31T23:59:59.9-00:01\""),
        Expiry("the expiry a moment after the signing time", Validity, "\"2026-11-23T19:09:19.5Z\""),
        new(
            "the expiry a moment before the signing time",
            Format,
            () =>
                Original
                    .WithProtected("ingScheme\"]", "ingScheme\",\"io.cncf.notary.expiry\"]")
                    .WithProtected(Time, $"{Time},\"io.cncf.notary.expiry\":\"2026-11-23T19:09:19.25Z\"")
                    .WithProtected("09:19Z", "09:19.5Z")
                    .Sign()
        ),
        Protected("a signing time with an offset", Valid, "19:09:19Z", "20:09:19+01:00"),
        Expiry("the expiry to come", Valid, "\"2040-01-01T00:00:00Z\""),
        Expiry("the expiry past", Validity, "\"2029-12-31T23:59:59Z\""),
        Expiry("the expiry now", Validity, "\"2030-01-01T00:00:00Z\""),
        Expiry("the expiry before the signing time", Format, "\"2026-11-23T19:09:18Z\""),
        Expiry("the expiry at the signing time", Format, "\"2026-11-23T19:09:19Z\""),
        Expiry("the expiry is a number", Format, "2208988800"),
        Expiry("the expiry is null", Format, "null"),
        Expiry("the expiry is empty", Format, "\"\""),
        Payload("another digest", Subject, "0848c7096f28", "0848c7096f29"),
        Payload("another size", Subject, "\"size\":556", "\"size\":557"),
        Payload("another media type", Subject, "image.manifest.v1", "image.index.v1"),
        Payload("the digest in capitals", Format, "sha256:0848c", "sha256:0848C"),
        Payload("a size below zero", Format, "\"size\":556", "\"size\":-556"),
        Payload("a size with a fraction", Format, "\"size\":556", "\"size\":556.5"),
        Payload("a size in text", Format, "\"size\":556", "\"size\":\"556\""),
        Payload("a size twice", Format, "\"size\":556", "\"size\":556,\"size\":556"),
        Payload("no target", Format, "targetArtifact", "targetArtefact"),
        Payload("two targets", Format, "}}", "},\"targetArtifact\":{}}"),
        Payload("a payload that is no JSON", Format, "}}", "}"),
        Payload("a byte behind the payload", Format, "}}", "}}x"),
        Payload("a byte order mark in front of the payload", Format, "{\"targetArtifact", "\uFEFF{\"targetArtifact"),
        new("a payload that is an array", Format, () => (Original with { Payload = $"[{Original.Payload}]" }).Sign()),
        new("an empty payload", Format, () => (Original with { Payload = "" }).Sign()),
        new("another payload, not signed", Integrity + " " + Subject, () => Unsigned(Original.WithPayload("0848c7096f28", "0848c7096f29"))),
        new("the payload spelled otherwise, not signed", Integrity, () => Unsigned(Original.WithPayload("\"size\":556", "\"size\": 556"))),
        new("the headers spelled otherwise, not signed", Integrity, () => Unsigned(Original.WithProtected("\"alg\":", "\"alg\": "))),
        Payload("the payload spelled otherwise, and signed", Valid, "\"size\":556", "\"size\": 556"),
        .. VectorCertificate.BadChains.Select(bad => new Mutation($"x5c: {bad.Name}", bad.Expected, () => WithChain(bad.Chain))),
        new("x5c: a certificate in PEM", Format, () => Original.WithHeader(Base64(VectorCertificate.Root), "-----BEGIN CERTIFICATE-----").Sign()),
        new("x5c: PEM in base64", Format, () => Original.WithHeader(Base64(VectorCertificate.Root), Base64(Vectors.Read("keys/root.crt"))).Sign()),
        new(
            "x5c: a byte behind a certificate",
            Format,
            () => WithChain([VectorCertificate.Leaf, VectorCertificate.Intermediate, [.. VectorCertificate.Root, 0]])
        ),
        new(
            "x5c: base64url",
            Format,
            () =>
                WithHeader(
                    text => text.Replace('+', '-').Replace('/', '_'),
                    VectorCertificate.Leaf,
                    VectorCertificate.Intermediate,
                    VectorCertificate.Root
                )
        ),
        new("x5c: a line break in base64", Format, () => Original.WithHeader("\"MIID5TCC", "\"MIID\\n5TCC").Sign()),
        new(
            "x5c: certificates without their padding",
            Format,
            () => WithHeader(text => JwsParts.Replace(text, "=", ""), VectorCertificate.Leaf, VectorCertificate.Intermediate, VectorCertificate.Root)
        ),
        new("x5c: one text", Format, () => (Original with { Header = $$"""{"x5c":"{{Base64(VectorCertificate.Leaf)}}"}""" }).Sign()),
        new("x5c: numbers", Format, () => (Original with { Header = """{"x5c":[1,2,3]}""" }).Sign()),
        new("x5c: among the protected headers too", Format, () => Original.WithProtected(Crit, $"{Crit}\"x5c\":[],").Sign()),
        new(
            "x5c: among the protected headers alone",
            Format,
            () => (Original with { Header = "{}" }).WithProtected(Crit, $"{Crit}\"x5c\":[\"{Base64(VectorCertificate.Leaf)}\"],").Sign()
        ),
        Header("x5c twice", Format, "{\"x5c\"", "{\"x5c\":[],\"x5c\""),
        Header("alg in the other header", Format, "{\"x5c\"", "{\"alg\":\"PS384\",\"x5c\""),
        Header("crit in the other header", Format, "{\"x5c\"", "{\"crit\":[],\"x5c\""),
        Header("b64 in the other header", Format, "{\"x5c\"", "{\"b64\":false,\"x5c\""),
        Header("the expiry in the other header", Valid, "{\"x5c\"", "{\"io.cncf.notary.expiry\":\"2020-01-01T00:00:00Z\",\"x5c\""),
        .. ((string[])["1", "null", "true", "[]", "{}", "[\"notation-go/1.3.2\"]", "\"\"", "\"\\ud800\""]).Select(agent =>
            Header($"the signing agent {agent}", Valid, "\"notation-go/1.3.2\"", agent)
        ),
        Header("another signing agent", Valid, "notation-go/1.3.2", " ~ "),
        Header("a timestamp that is no base64", Format, "{\"x5c\"", "{\"io.cncf.notary.timestampSignature\":\"=\",\"x5c\""),
        new("no header beside the protected one", Format, () => Outer($",\"header\":{Original.Header}", "")),
        new("the header is null", Format, () => (Original with { Header = "null" }).Sign()),
        Protected("b64 false", Format, "ingScheme\"]", "ingScheme\",\"b64\"],\"b64\":false"),
        Protected("b64 true", Format, Crit, Crit + "\"b64\":true,"),
        new("the protected header is an array", Format, () => (Original with { Protected = $"[{Original.Protected}]" }).Sign()),
        new("the protected header is empty", Format, () => (Original with { Protected = "" }).Sign()),
        new("the protected header is {}", Format, () => (Original with { Protected = "{}" }).Sign()),
        new("a byte behind the protected header", Format, () => (Original with { Protected = Original.Protected + "x" }).Sign()),
        .. ((string[])["payload", "protected", "signature"]).SelectMany<string, Mutation>(member =>
            [
                new(
                    $"{member} with padding",
                    Format,
                    () => Member(member, text => text.TrimEnd('=') + new string('=', text.Length % 4 == 0 ? 4 : 4 - (text.Length % 4)))
                ),
                new($"{member} with a space", Format, () => Member(member, text => text.Insert(4, " "))),
                new($"{member} with a line break", Format, () => Member(member, text => text.Insert(4, "\\n"))),
                new($"{member} in base64 that is not url", Format, () => Member(member, text => text[..3] + "+" + text[4..])),
                new($"{member} is an array", Format, () => Outer($"\"{member}\":", $"\"{member}\":[],\"x\":")),
                new($"{member} is not there", Format, () => Outer($"\"{member}\":", "\"x\":")),
                new($"{member} twice", Format, () => Outer($"\"{member}\":", $"\"{member}\":\"\",\"{member}\":")),
            ]
        ),
        new("bits behind the end of the payload", Format, () => BitsBehindTheEnd(Original.WithPayload("}}", "}} "))),
        new("the signature is empty", Format, () => Encoding.UTF8.GetBytes(Original.Join(""))),
        new("the signature cut short", Integrity, () => Encoding.UTF8.GetBytes(Original.Join(Original.Value()[..^4]))),
        new("the signature of zeros", Integrity, () => Encoding.UTF8.GetBytes(Original.Join(JwsParts.Encode(new string('\0', 384))))),
        new("a member more", Format, () => Outer("{\"payload\"", "{\"x\":1,\"payload\"")),
        new("signatures besides", Format, () => Outer("{\"payload\"", "{\"signatures\":[],\"payload\"")),
        new(
            "the general serialization",
            Format,
            () =>
                Encoding.UTF8.GetBytes(
                    $$$"""{"payload":"{{{JwsParts.Encode(Original.Payload)}}}","signatures":["""
                        + $$$"""{"protected":"{{{JwsParts.Encode(Original.Protected)}}}","header":"""
                        + $$$"""{{{Original.Header}}},"signature":"{{{Original.Value()}}}"}]}"""
                )
        ),
        new(
            "the compact serialization",
            Format,
            () => Encoding.ASCII.GetBytes($"{JwsParts.Encode(Original.Protected)}.{JwsParts.Encode(Original.Payload)}.{Original.Value()}")
        ),
        new("an array around it", Format, () => [(byte)'[', .. Original.Sign(), (byte)']']),
        new("a byte behind it", Format, () => [.. Original.Sign(), (byte)'x']),
        new("another envelope behind it", Format, () => [.. Original.Sign(), .. Original.Sign()]),
        new("a byte order mark in front of it", Format, () => [0xef, 0xbb, 0xbf, .. Original.Sign()]),
        new("in UTF-16", Format, () => Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(Original.Sign()))),
        new("a comment", Format, () => Outer("{\"payload\"", "{/**/\"payload\"")),
        new("a comma behind the last member", Format, () => [.. Original.Sign()[..^1], .. ",}"u8]),
        new("white space around it", Valid, () => [.. " \r\n\t"u8, .. Original.Sign(), (byte)'\n']),
    ];

    private static Mutation Protected(string name, string expected, string old, string by) =>
        new(name, expected, () => Original.WithProtected(old, by).Sign());

    private static Mutation Payload(string name, string expected, string old, string by) =>
        new(name, expected, () => Original.WithPayload(old, by).Sign());

    private static Mutation Header(string name, string expected, string old, string by) =>
        new(name, expected, () => Original.WithHeader(old, by).Sign());

    private static Mutation Expiry(string name, string expected, string value) =>
        new(
            name,
            expected,
            () =>
                Original
                    .WithProtected("ingScheme\"]", "ingScheme\",\"io.cncf.notary.expiry\"]")
                    .WithProtected(Time, $"{Time},\"io.cncf.notary.expiry\":{value}")
                    .Sign()
        );

    private static byte[] Unsigned(JwsParts changed) => Encoding.UTF8.GetBytes(changed.Join(Original.Value()));

    private static byte[] Outer(string old, string by) => Encoding.UTF8.GetBytes(JwsParts.Replace(Encoding.UTF8.GetString(Original.Sign()), old, by));

    private static byte[] Member(string name, Func<string, string> change)
    {
        var envelope = Encoding.UTF8.GetString(Original.Sign());
        var beginning = envelope.IndexOf($"\"{name}\":\"", StringComparison.Ordinal) + name.Length + 4;
        var end = envelope.IndexOf('"', beginning);
        return Encoding.UTF8.GetBytes(envelope[..beginning] + change(envelope[beginning..end]) + envelope[end..]);
    }

    // The last character of a text that is not a multiple of four has unused bits, which are zero.
    private static byte[] BitsBehindTheEnd(JwsParts parts)
    {
        const string Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var payload = JwsParts.Encode(parts.Payload);
        var changed =
            payload.Length % 4 != 0
                ? payload[..^1] + Digits[Digits.IndexOf(payload[^1], StringComparison.Ordinal) + 1]
                : throw new InvalidOperationException("no bits behind the end");
        return Encoding.UTF8.GetBytes(JwsParts.Replace(parts.Join(parts.Value()), payload, changed));
    }

    private static byte[] WithChain(byte[][] chain) => WithHeader(text => text, chain);

    private static byte[] WithHeader(Func<string, string> change, params byte[][] chain)
    {
        var certificates = chain.Select(certificate => $"\"{Base64(certificate)}\"");
        return (Original with { Header = change($$"""{"x5c":[{{string.Join(',', certificates)}}]}""") }).Sign();
    }

    private static string Base64(byte[] bytes) => Convert.ToBase64String(bytes);
}
