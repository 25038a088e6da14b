using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Notation;

/// <summary>SIGNATURE_GENERATOR.RAW to its end: what notation makes of the answers verifies, by nv2 and by openssl.</summary>
public sealed class RawEnvelopeTests : IDisposable
{
    private readonly RecordedHost host = new();

    public static TheoryData<string, string, string, string, string> Keys()
    {
        var data = new TheoryData<string, string, string, string, string>();
        foreach (var recording in new[] { "raw", "raw-cose" })
        {
            foreach (var (key, keySpec, hash, algorithm) in RecordedHost.Keys)
                data.Add(recording, key, keySpec, hash, algorithm);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void What_notation_assembles_verifies(string recording, string key, string keySpec, string hash, string algorithm)
    {
        host.Use($"keys/{key}.key", $"keys/{key}.crt");
        var request = RecordedHost
            .Request($"{recording}/04-generate-signature")
            .With("keySpec", keySpec)
            .With("hashAlgorithm", hash)
            .With("pluginConfig", new JsonObject { ["certificate"] = RecordedHost.Bundle });
        var toSign = AssembledEnvelope.ToSign(Convert.FromBase64String((string)request["payload"]!), algorithm);
        var envelope = AssembledEnvelope.Assemble(toSign, host.Answer("generate-signature", request.With("payload", Convert.ToBase64String(toSign))));

        EnvelopeReading.Verify(envelope, $"keys/{key}.crt").RequireSuccess();
        EnvelopeReading.AssertSignedBy($"keys/{key}.crt", algorithm, envelope);
        Assert.Equal(1, EnvelopeReading.Verify(envelope, "keys/root.crt").ExitCode);
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("raw-cose")]
    public void The_bytes_of_the_recording_verify_as_they_were_sent(string recording)
    {
        var request = RecordedHost
            .Request($"{recording}/04-generate-signature")
            .With("pluginConfig", new JsonObject { ["certificate"] = RecordedHost.Bundle });
        var envelope = AssembledEnvelope.Assemble(Convert.FromBase64String((string)request["payload"]!), host.Answer("generate-signature", request));
        var report = JsonNode.Parse(EnvelopeReading.Verify(envelope, "keys/root.crt", "--json").Stdout)!;

        // One of the recordings has an expiry, which passes some day.
        Assert.All(
            report["checks"]!.AsArray().Where(check => (string)check!["check"]! != "validity"),
            check => Assert.True((bool)check!["passed"]!, check.ToJsonString())
        );
        EnvelopeReading.AssertSignedBy("keys/leaf.crt", "RSASSA-PSS-SHA-384", envelope);
    }

    [Fact]
    public void The_chain_of_the_answer_is_that_of_the_file_in_its_order()
    {
        var request = RecordedHost.Request("raw/04-generate-signature");

        Assert.Equal(
            new[] { "leaf", "intermediate", "root" }.Select(name => VectorRequests.Certificate($"keys/{name}.crt")),
            host.Answer("generate-signature", request)["certificateChain"]!.AsArray().Select(certificate => (string)certificate!)
        );
    }

    public void Dispose() => host.Dispose();
}
