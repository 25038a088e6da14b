using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Standard output and standard error may be files that others write to as well: a script's log, a CI job's output. nv2 does not
/// overwrite their output.</summary>
public sealed class RedirectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly KeyCase _key = KeyCase.Named("p256");

    [Fact]
    public void What_the_command_line_prints_to_a_file_stays_when_the_script_goes_on_writing()
    {
        var signature = _folder.Write("signature", _key.Sign("jwt", withCertificate: true));

        var lines = RunBetweenTwoLines("1", ["verify", "-f", signature, "-c", _key.CertificatePath, KeyCase.ManifestPath]);

        Assert.Collection(
            lines,
            line => Assert.Equal("before", line),
            line => Assert.StartsWith("sha256:", line, StringComparison.Ordinal),
            line => Assert.Equal("after", line)
        );
    }

    [Fact]
    public void What_the_exec_protocol_prints_to_a_file_stays_when_the_script_goes_on_writing()
    {
        var lines = RunBetweenTwoLines("1", ["describe"], """{"protocolVersion":"1.0"}""");

        Assert.Collection(
            lines,
            line => Assert.Equal("before", line),
            line => Assert.StartsWith("{\"name\":", line, StringComparison.Ordinal),
            line => Assert.Equal("after", line)
        );
    }

    [Fact]
    public void What_is_said_on_standard_error_in_a_file_stays_when_the_script_goes_on_writing()
    {
        var lines = RunBetweenTwoLines("2", ["verify", "-f", _folder["missing"], "-c", _key.CertificatePath, KeyCase.ManifestPath]);

        Assert.Equal("before", lines[0]);
        Assert.StartsWith("nv2: ", lines[1], StringComparison.Ordinal);
        Assert.Equal("after", lines[^1]);
    }

    public void Dispose() => _folder.Dispose();

    // The shell opens the file once, and all that it runs share the place that is written next.
    private string[] RunBetweenTwoLines(string descriptor, string[] arguments, string stdin = "")
    {
        var log = _folder["log"];
        var script = $$"""log=$1; shift; { echo before >&{{descriptor}}; "$@"; echo after >&{{descriptor}}; } {{descriptor}}>"$log" """;
        Tool.Run("sh", ["-c", script, "sh", log, Nv2Binary.Path, .. arguments], System.Text.Encoding.UTF8.GetBytes(stdin)).RequireSuccess();
        return File.ReadAllLines(log);
    }
}
