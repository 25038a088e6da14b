using System.Text;
using CsCheck;
using Nv2.Signing.Formats;
using Nv2.Signing.Formats.Notary;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Formats;

/// <summary>Whatever the bytes are, a parser of envelopes reads them or refuses them.</summary>
public class EnvelopeParsingTests
{
    private const string WholeHeader =
        """{"alg":"ES256","crit":["io.cncf.notary.signingScheme"],"cty":"application/vnd.cncf.notary.payload.v1+json","""
        + "\"io.cncf.notary.signingScheme\":\"notary.x509\",\"io.cncf.notary.signingTime\":\"2026-11-23T19:09:19Z\"}";

    private static readonly Gen<byte[]> Item = Gen.Recursive<byte[]>(
        (depth, inner) =>
            depth > 4
                ? Gen.Byte[0, 0x17].Select(value => new[] { value })
                : Gen.OneOf(
                    Gen.Long.Select(Cbor.Number),
                    Gen.Byte.Array[0, 40].Select(bytes => Cbor.Bytes(bytes)),
                    Gen.String[0, 20].Select(Cbor.Text),
                    Any(Headers),
                    Gen.Byte.Select(first => new[] { first }),
                    inner.Array[0, 4].Select(items => Cbor.Array(items)),
                    Gen.Select(inner, inner).Array[0, 4].Select(pairs => Cbor.Map([.. pairs.Select(pair => new CborEntry(pair.Item1, pair.Item2))])),
                    Gen.Select(Gen.ULong[0, 99], inner).Select(pair => Cbor.Tag(pair.Item1, pair.Item2))
                )
    );

    private static readonly Gen<byte[]> Map = Gen.Select(Gen.OneOf(Any(Headers), Item), Item)
        .Array[0, 6]
        .Select(pairs => Cbor.Map([.. pairs.Select(pair => new CborEntry(pair.Item1, pair.Item2))]));

    private static byte[][] Headers =>
        [
            Cbor.Number(1),
            Cbor.Number(2),
            Cbor.Number(3),
            Cbor.Number(33),
            Cbor.Text("io.cncf.notary.signingScheme"),
            Cbor.Text("io.cncf.notary.signingTime"),
            Cbor.Text("io.cncf.notary.expiry"),
            Cbor.Text("io.cncf.notary.signingAgent"),
            Cbor.Text("io.cncf.notary.timestampSignature"),
            Cbor.Text("notary.x509"),
            Cbor.Text("application/vnd.cncf.notary.payload.v1+json"),
            Cbor.Tag(1, Cbor.Number(1_700_000_000)),
            Cbor.Array(Cbor.Text("io.cncf.notary.signingScheme")),
        ];

    [Theory]
    [Trait("Kind", "Exhaustive")]
    [InlineData("jws")]
    [InlineData("cose")]
    public void Any_bytes(string format) => Gen.Byte.Array[0, 200].Sample(bytes => Parse(format, bytes), iter: 10_000, threads: 1);

    [Fact]
    [Trait("Kind", "Exhaustive")]
    public void Any_items_behind_the_tag_of_COSE() => Item.Sample(item => Parse("cose", Cbor.Tag(18, item)), iter: 10_000, threads: 1);

    [Fact]
    [Trait("Kind", "Exhaustive")]
    public void Any_headers_in_a_message_of_COSE() =>
        Gen.Select(Map, Map, Item, Item)
            .Sample(
                (protectedHeaders, unprotectedHeaders, payload, value) =>
                    Parse("cose", Cbor.Tag(18, Cbor.Array(Cbor.Bytes(protectedHeaders), unprotectedHeaders, payload, value))),
                iter: 10_000,
                threads: 1
            );

    [Fact]
    [Trait("Kind", "Exhaustive")]
    public void Any_texts_in_a_JWS() =>
        Gen.Select(Texts, Texts, Texts, Texts)
            .Sample(
                (payload, headers, header, value) =>
                    Parse(
                        "jws",
                        Encoding.UTF8.GetBytes($$"""{"payload":{{payload}},"protected":{{headers}},"header":{{header}},"signature":{{value}}}""")
                    ),
                iter: 10_000,
                threads: 1
            );

    [Theory]
    [Trait("Kind", "Exhaustive")]
    [InlineData("jws", "notation/p256.jws")]
    [InlineData("cose", "notation/p256.cose")]
    [InlineData("jws", "notation/leaf-full-chain.jws")]
    [InlineData("cose", "notation/leaf-full-chain.cose")]
    public void An_envelope_with_bytes_changed_added_and_taken_out(string format, string name)
    {
        var file = Vectors.Read(name);
        Gen.Select(Gen.Int[0, file.Length], Gen.Int[0, 20], Gen.Byte.Array[0, 20])
            .Array[1, 4]
            .Sample(
                changes =>
                {
                    var bytes = file;
                    foreach (var (position, count, added) in changes)
                    {
                        var at = Math.Min(position, bytes.Length);
                        bytes = [.. bytes[..at], .. added, .. bytes[Math.Min(at + count, bytes.Length)..]];
                    }

                    Parse(format, bytes);
                },
                iter: 2_000,
                threads: 1
            );
    }

    private static Gen<string> Texts =>
        Gen.OneOf(
            Gen.String[0, 20].Select(text => $"\"{System.Text.Json.JsonEncodedText.Encode(text)}\""),
            Gen.String[0, 40].Select(text => $"\"{Mutations.JwsParts.Encode(text)}\""),
            Any(
                "null",
                "{}",
                "[]",
                "1",
                "\"e30\"",
                "{\"x5c\":[]}",
                "{\"x5c\":[\"MAA=\"]}",
                "{\"x5c\":{}}",
                $"\"{Mutations.JwsParts.Encode("{\"alg\":\"\\ud800\"}")}\"",
                $"\"{Mutations.JwsParts.Encode(WholeHeader)}\"",
                $"\"{Mutations.JwsParts.Encode("{\"targetArtifact\":{\"digest\":\"\\ud800\",\"size\":1e400,\"mediaType\":\"a/b\"}}")}\""
            )
        );

    private static Gen<T> Any<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static void Parse(string format, byte[] bytes)
    {
        try
        {
            SignatureFormats.Parse(bytes, SignatureFormats.ByName(format));
        }
        catch (InvalidInputException exception)
        {
            Assert.DoesNotContain('\n', exception.Message);
            PlatformWords.AssertNone(exception);
        }
    }
}
