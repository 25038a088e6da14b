using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests;

/// <summary>The Notary Project's envelopes by its own program, by the command line: each holds against its root and its artifact, and against nothing
/// else.</summary>
public sealed class EnvelopeTests
{
    public static TheoryData<string> Names { get; } = new(Vectors.Envelopes.Select(envelope => envelope.Signature));

    [Theory]
    [MemberData(nameof(Names))]
    public void An_envelope_holds_against_its_root_and_no_other(string name)
    {
        var trusted = Vectors.Envelopes.Single(envelope => envelope.Signature == name).Trusted;
        foreach (var root in Vectors.Envelopes.Select(envelope => envelope.Trusted).Append("keys/leaf.crt").Distinct())
            AssertOutcome(root == trusted ? [] : ["authenticity"], name, $"{name}.artifact.json", "--ca-cert", Vectors.PathOf(root));
        AssertOutcome(["authenticity"], name, $"{name}.artifact.json");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_envelope_holds_for_its_artifact_and_no_other(string name)
    {
        var trusted = Vectors.PathOf(Vectors.Envelopes.Single(envelope => envelope.Signature == name).Trusted);
        var own = Vectors.Read($"{name}.artifact.json");
        foreach (var other in Vectors.Envelopes.Select(envelope => $"{envelope.Signature}.artifact.json").Append("manifests/oci-image.json"))
            AssertOutcome(own.SequenceEqual(Vectors.Read(other)) ? [] : ["subject"], name, other, "--ca-cert", trusted);
    }

    private static void AssertOutcome(string[] failing, string envelope, string artifact, params string[] trust)
    {
        var result = Nv2Binary.Run(["verify", "--json", "-s", Vectors.PathOf(envelope), .. trust, Vectors.PathOf(artifact)]);

        var response = JsonNode.Parse(result.Stdout)!; // There is one, or the test fails.
        var failed = response["checks"]!
            .AsArray()
            .Where(check => !check!["passed"]!.GetValue<bool>())
            .Select(check => check!["check"]!.GetValue<string>());
        Assert.Equal(failing, failed);
        Assert.Equal(failing.Length == 0, response["verified"]!.GetValue<bool>());
        Assert.Equal(failing.Length == 0 ? 0 : 1, result.ExitCode);
    }
}
