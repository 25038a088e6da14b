using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>nv2 opens no connection, whatever certificates ask for.</summary>
[Trait("OpenSsl", "Any")]
public sealed class NoNetworkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CertificateAuthority _authority;

    public NoNetworkTests() => _authority = new CertificateAuthority(_folder);

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void Signing_opens_no_socket(string format)
    {
        var calls = TraceNetwork(Nv2Binary.Path, [.. SignArguments(_authority.Chain, format)], expectedExitCode: 0);

        Assert.DoesNotContain("socket", calls, StringComparison.Ordinal);
    }

    [Fact]
    public void An_intermediate_that_is_missing_is_not_fetched_and_the_signature_is_not_authentic()
    {
        Nv2Binary.Run([.. SignArguments(_authority.Leaf, "jwt")]).RequireSuccess();
        string[] arguments = ["-f", _folder["signature"], "--ca-cert", _authority.Root, KeyCase.ManifestPath];

        var calls = TraceNetwork(Nv2Binary.Path, ["verify", .. arguments], expectedExitCode: 1);

        Assert.DoesNotContain("socket", calls, StringComparison.Ordinal);
        Verification.Run(arguments).AssertFails("authenticity");
    }

    [Fact]
    public void A_complete_chain_verifies_without_a_look_at_revocation_lists()
    {
        Nv2Binary.Run([.. SignArguments(_authority.Chain, "jwt")]).RequireSuccess();

        var calls = TraceNetwork(
            Nv2Binary.Path,
            ["verify", "-f", _folder["signature"], "--ca-cert", _authority.Root, KeyCase.ManifestPath],
            expectedExitCode: 0
        );

        Assert.DoesNotContain("socket", calls, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_home_folder_the_system_s_name_service_is_not_asked_for_one()
    {
        Nv2Binary.Run([.. SignArguments(_authority.Chain, "jwt")]).RequireSuccess();

        var calls = TraceNetwork(
            "env",
            ["-u", "HOME", Nv2Binary.Path, "verify", "-f", _folder["signature"], "--ca-cert", _authority.Root, KeyCase.ManifestPath],
            expectedExitCode: 0
        );

        Assert.DoesNotContain("socket", calls, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void Timestamps_are_asked_for_attached_and_verified_without_a_socket(bool withIssuer, int expectedExitCode)
    {
        var signature = _folder["signature"];
        var whole = _folder.Write("whole.crt", File.ReadAllText(_authority.Chain) + File.ReadAllText(_authority.Root));
        Nv2Binary.Run("sign", "-k", _authority.LeafKey, "-c", whole, "--format", "jws", "-o", signature, KeyCase.ManifestPath).RequireSuccess();

        var calls = TraceNetwork(Nv2Binary.Path, ["timestamp", "request", signature], expectedExitCode: 0);
        var reply = _folder.Write("reply", _authority.Timestamps(withIssuer).Reply(File.ReadAllBytes($"{signature}.tsq")));
        calls += TraceNetwork(Nv2Binary.Path, ["timestamp", "attach", "--tsa-cert", _authority.Root, signature, reply], expectedExitCode);
        if (!withIssuer)
            Nv2Binary.Run("timestamp", "attach", signature, reply).RequireSuccess();
        calls += TraceNetwork(
            Nv2Binary.Path,
            ["verify", "-f", signature, "--ca-cert", _authority.Root, "--tsa-cert", _authority.Root, KeyCase.ManifestPath],
            expectedExitCode
        );

        Assert.DoesNotContain("socket", calls, StringComparison.Ordinal);
    }

    [Fact]
    public void The_trace_would_show_a_connection()
    {
        // Nothing listens on the discard port; trying is enough.
        var calls = TraceNetwork("openssl", ["s_client", "-connect", "127.0.0.1:9"], expectedExitCode: 1);

        Assert.Contains("socket(", calls, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private string[] SignArguments(string certificates, string format) =>
        [
            "sign",
            "-k",
            _authority.LeafKey,
            "-c",
            certificates,
            "-r",
            $"{KeyCase.Registry}/app:v1",
            "--format",
            format,
            "-o",
            _folder["signature"],
            KeyCase.ManifestPath,
        ];

    private string TraceNetwork(string program, string[] arguments, int expectedExitCode)
    {
        var log = _folder["trace"];
        var result = Tool.Run("strace", ["-f", "-qq", "-e", "trace=network", "-o", log, program, .. arguments]);
        Assert.True(result.ExitCode == expectedExitCode, $"exit code {result.ExitCode}: {result.Stdout}{result.Stderr}");
        return File.ReadAllText(log);
    }
}
