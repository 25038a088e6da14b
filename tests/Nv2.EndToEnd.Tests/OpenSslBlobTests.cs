using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Signatures of blobs and the openssl program, which computes every hash and every signature here a second time.</summary>
[Trait("OpenSsl", "Any")]
public sealed class OpenSslBlobTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The keys, and the hash function that each asks for in the Notary Project's formats.</summary>
    public static TheoryData<string, string, string> Keys =>
        new()
        {
            { "rsa2048", "PS256", "sha256" },
            { "rsa3072", "PS384", "sha384" },
            { "rsa4096", "PS512", "sha512" },
            { "p256", "ES256", "sha256" },
            { "p384", "ES384", "sha384" },
            { "p521", "ES512", "sha512" },
        };

    [Theory]
    [MemberData(nameof(Keys))]
    public void Openssl_verifies_what_nv2_signed_and_finds_the_same_digest(string name, string algorithm, string hash)
    {
        var key = KeyCase.Named(name);
        var blob = _folder.Write("blob", "content of a blob");
        Nv2Binary.Run("sign", "--blob", blob, "--format", "jws", "-k", key.KeyPath, "-c", key.CertificatePath).RequireSuccess();

        var envelope = JsonNode.Parse(File.ReadAllBytes($"{blob}.jws.sig"))!;
        var (headers, payload) = ((string)envelope["protected"]!, (string)envelope["payload"]!);
        Assert.Equal(algorithm, (string)JsonNode.Parse(Base64Url.DecodeFromChars(headers))!["alg"]!);
        Assert.Equal($"{hash}:{DigestOf(hash, blob)}", (string)JsonNode.Parse(Base64Url.DecodeFromChars(payload))!["targetArtifact"]!["digest"]!);
        Assert.True(Verifies(key, hash, Encoding.ASCII.GetBytes($"{headers}.{payload}"), Base64Url.DecodeFromChars((string)envelope["signature"]!)));
        Assert.False(
            Verifies(key, hash, Encoding.ASCII.GetBytes($"{headers}.{payload}x"), Base64Url.DecodeFromChars((string)envelope["signature"]!))
        );
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Nv2_verifies_what_openssl_signed_and_refuses_another_digest(string name, string algorithm, string hash)
    {
        var key = KeyCase.Named(name);
        var blob = _folder.Write("blob", "content of a blob");
        foreach (var digest in new[] { "sha256", "sha384", "sha512" })
        {
            var signature = _folder.Write("signature", Sign(key, algorithm, hash, blob, digest));
            var verification = Verification.Run(["--blob", blob, "-s", signature, "--ca-cert", key.CertificatePath]);
            if (digest == hash)
                verification.AssertHolds();
            else
                verification.AssertFails("subject");
        }
    }

    public void Dispose() => _folder.Dispose();

    private static string DigestOf(string hash, string file) => OpenSsl.Run("dgst", $"-{hash}", "-r", file).RequireSuccess().Stdout.Split(' ')[0];

    // RFC 7515 section 7.2.2, with the headers of the Notary Project's signature-envelope-jws.md; nothing here is by nv2.
    private byte[] Sign(KeyCase key, string algorithm, string hash, string blob, string digest)
    {
        var headers = Encode(
            $$"""{"alg":"{{algorithm}}","cty":"application/vnd.cncf.notary.payload.v1+json","crit":"""
                + """["io.cncf.notary.signingScheme"],"io.cncf.notary.signingScheme":"notary.x509","""
                + "\"io.cncf.notary.signingTime\":\"2026-11-24T00:00:00Z\"}"
        );
        var payload = Encode(
            $$$"""{"targetArtifact":{"mediaType":"application/octet-stream","digest":"{{{digest}}}:{{{DigestOf(digest, blob)}}}","size":"""
                + $$$"""{{{new FileInfo(blob).Length}}}}}"""
        );
        var data = Encoding.ASCII.GetBytes($"{headers}.{payload}");
        var value = key.Curve is not null
            ? OpenSsl.Sign(key, data)
            : OpenSsl.Run(["dgst", $"-{hash}", .. Pss, "-sign", key.KeyPath, _folder.Write("data", data)]).RequireSuccess().StdoutBytes;
        return JsonSerializer.SerializeToUtf8Bytes<JsonNode>(
            new JsonObject
            {
                ["payload"] = payload,
                ["protected"] = headers,
                ["header"] = new JsonObject { ["x5c"] = new JsonArray(Convert.ToBase64String(OpenSsl.Der(key.CertificatePath))) },
                ["signature"] = Base64Url.EncodeToString(value),
            }
        );
    }

    private static string[] Pss => ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];

    private bool Verifies(KeyCase key, string hash, byte[] data, byte[] signature) =>
        key.Curve is not null
            ? OpenSsl.Verifies(key, data, signature)
            : OpenSsl
                .Run([
                    "dgst",
                    $"-{hash}",
                    .. Pss,
                    "-verify",
                    _folder.Write("key.pem", OpenSsl.PublicKey(key.CertificatePath)),
                    "-signature",
                    _folder.Write("value", signature),
                    _folder.Write("data", data),
                ])
                .Stdout.Trim() == "Verified OK";

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
