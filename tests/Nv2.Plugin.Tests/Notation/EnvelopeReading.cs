using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Notation;

/// <summary>Verifies envelopes that came of a conversation with notation, by <c>nv2 verify</c> and by openssl.</summary>
internal static class EnvelopeReading
{
    /// <summary>The bytes that an envelope's signature is over, and the signature.</summary>
    public static (byte[] Signed, byte[] Value) Open(byte[] envelope)
    {
        if (envelope[0] != '{')
        {
            var parts = CoseParts.Split(envelope);
            return (parts.SigStructure, parts.Value);
        }

        var json = JsonNode.Parse(envelope)!;
        return (Encoding.ASCII.GetBytes($"{json["protected"]}.{json["payload"]}"), Base64Url.DecodeFromChars((string)json["signature"]!));
    }

    /// <summary>Runs <c>nv2 verify</c> on an envelope and the artifact that its payload is about, with the root trusted.</summary>
    public static ProcessResult Verify(byte[] envelope, string root, params string[] options)
    {
        using var folder = new TemporaryFolder();
        var target = JsonNode.Parse(AssembledEnvelope.PayloadOf(Open(envelope).Signed))!["targetArtifact"]!;
        folder.Write("descriptor.json", target.ToJsonString());
        folder.Write("signature", envelope);
        return Nv2Binary.Run(
            ["verify", "-f", "signature", "--ca-cert", Vectors.PathOf(root), "--descriptor", .. options, "descriptor.json"],
            workingDirectory: folder.Path
        );
    }

    /// <summary>Fails unless openssl finds the envelope signed by the key of that certificate.</summary>
    public static void AssertSignedBy(string certificate, string algorithm, byte[] envelope)
    {
        using var signer = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(Vectors.PathOf(certificate));
        var (signed, value) = Open(envelope);
        Assert.True(RawSignature.Verifies(signed, value, algorithm, signer.RawData), "openssl does not verify the envelope");
        value[^1] ^= 1;
        Assert.False(RawSignature.Verifies(signed, value, algorithm, signer.RawData), "openssl verifies anything");
    }
}
