using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Notation;

/// <summary>
/// What notation does with a raw signature, without any code of nv2: it makes the bytes to sign (plugin-extensibility.md, "Signing workflow using
/// plugin"), and puts the answer of the plug-in around them.
/// </summary>
internal static class AssembledEnvelope
{
    private const string Expiry = "io.cncf.notary.expiry";
    private const long CoseAlgorithm = 1;
    private const long CoseCertificates = 33;

    private static readonly Dictionary<string, (string Jws, long Cose)> Algorithms = new()
    {
        ["RSASSA-PSS-SHA-256"] = ("PS256", -37),
        ["RSASSA-PSS-SHA-384"] = ("PS384", -38),
        ["RSASSA-PSS-SHA-512"] = ("PS512", -39),
        ["ECDSA-SHA-256"] = ("ES256", -7),
        ["ECDSA-SHA-384"] = ("ES384", -35),
        ["ECDSA-SHA-512"] = ("ES512", -36),
    };

    /// <summary>The bytes to sign of a recording, for a key with another algorithm, and without an expiry.</summary>
    public static byte[] ToSign(byte[] recorded, string algorithm) =>
        IsCose(recorded) ? CoseToSign(recorded, algorithm) : JwsToSign(recorded, algorithm);

    /// <summary>The envelope of the bytes that were signed and the plug-in's answer.</summary>
    public static byte[] Assemble(byte[] signed, JsonObject answer) => IsCose(signed) ? AssembleCose(signed, answer) : AssembleJws(signed, answer);

    /// <summary>The payload in the bytes to sign.</summary>
    public static byte[] PayloadOf(byte[] signed) =>
        IsCose(signed) ? Split(signed).Payload : Base64Url.DecodeFromChars(Encoding.ASCII.GetString(signed).Split('.')[1]);

    private static bool IsCose(byte[] signed) => signed[0] == 0x84;

    private static byte[] JwsToSign(byte[] recorded, string algorithm)
    {
        var parts = Encoding.ASCII.GetString(recorded).Split('.');
        var header = JsonNode.Parse(Base64Url.DecodeFromChars(parts[0]))!.AsObject().Without(Expiry).With("alg", Algorithms[algorithm].Jws);
        header["crit"] = new JsonArray([
            .. header["crit"]!.AsArray().Select(name => (string)name!).Where(name => name != Expiry).Select(name => JsonValue.Create(name)),
        ]);
        return Encoding.ASCII.GetBytes($"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{parts[1]}");
    }

    private static byte[] CoseToSign(byte[] recorded, string algorithm)
    {
        var parts = Split(recorded);
        var label = Cbor.Number(CoseAlgorithm);
        var headers = Cbor.Entries(parts.Protected)
            .ConvertAll(entry => entry.Label.SequenceEqual(label) ? entry with { Value = Cbor.Number(Algorithms[algorithm].Cose) } : entry);
        return (parts with { Protected = Cbor.Map(headers) }).SigStructure;
    }

    private static byte[] AssembleJws(byte[] signed, JsonObject answer)
    {
        var parts = Encoding.ASCII.GetString(signed).Split('.');
        return Encoding.UTF8.GetBytes(
            new JsonObject
            {
                ["payload"] = parts[1],
                ["protected"] = parts[0],
                ["header"] = new JsonObject
                {
                    ["x5c"] = answer["certificateChain"]!.DeepClone(),
                    ["io.cncf.notary.signingAgent"] = "notation-go/1.3.2 nv2/1.0.0",
                },
                ["signature"] = Base64Url.EncodeToString(Value(answer)),
            }.ToJsonString()
        );
    }

    private static byte[] AssembleCose(byte[] signed, JsonObject answer)
    {
        var chain = Cbor.Array([
            .. answer["certificateChain"]!.AsArray().Select(certificate => Cbor.Bytes(Convert.FromBase64String((string)certificate!))),
        ]);
        return (Split(signed) with { Unprotected = Cbor.Map([new CborEntry(Cbor.Number(CoseCertificates), chain)]), Value = Value(answer) }).Encode();
    }

    private static byte[] Value(JsonObject answer) => Convert.FromBase64String((string)answer["signature"]!);

    // Sig_structure (RFC 9052 section 4.4): the context, the protected headers, nothing from outside, the payload.
    private static CoseParts Split(byte[] sigStructure)
    {
        ReadOnlySpan<byte> rest = sigStructure.AsSpan(1);
        Assert.Equal(Cbor.Text("Signature1"), Cbor.Take(ref rest));
        var headers = Cbor.Content(Cbor.Take(ref rest));
        Assert.Equal(Cbor.Bytes([]), Cbor.Take(ref rest));
        return new CoseParts(headers, Cbor.Map([]), Cbor.Content(Cbor.Take(ref rest)), []);
    }
}
