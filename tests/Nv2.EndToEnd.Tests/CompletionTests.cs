using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Completion as a person has it: in bash and zsh at a terminal, where a tab is pressed, and through fish's own command for it.</summary>
public sealed class CompletionTests : IDisposable
{
    // Types a line into a shell at a terminal, presses tab twice, and prints what the terminal shows from the line on. The shell says when it is ready.
    private const string Typist =
        """
        import os, pty, select, sys, time
        shell, setup, line = sys.argv[1].split(), sys.argv[2], sys.argv[3]
        child, terminal = pty.fork()
        if child == 0:
            os.environ.update(TERM="dumb", COLUMNS="200", LINES="200")
            os.execvp(shell[0], shell)
        seen = b""
        def read(until, patience):
            global seen
            end = time.time() + patience
            while time.time() < end and until not in seen:
                if select.select([terminal], [], [], 0.1)[0]:
                    try:
                        seen += os.read(terminal, 65536)
                    except OSError:
                        return
        def quiet():
            global seen
            while select.select([terminal], [], [], 1.5)[0]:
                try:
                    seen += os.read(terminal, 65536)
                except OSError:
                    return
        os.write(terminal, (setup + "; echo REA''DY\n").encode())
        read(b"READY", 60)
        quiet()
        seen = b""
        os.write(terminal, line.encode() + b"\t")
        quiet()
        os.write(terminal, b"\t")
        quiet()
        sys.stdout.write(seen.decode(errors="replace"))
        os.kill(child, 9)
        """;

    private readonly TemporaryFolder folder = new();

    public CompletionTests()
    {
        Directory.CreateDirectory(folder["bin"]);
        File.CreateSymbolicLink(folder["bin/nv2"], Nv2Binary.Path);
        folder.Write("home/truststore/x509/ca/acme/acme.crt", Vectors.Read("keys/root.crt"));
        folder.Write("home/signingkeys.json", """{"keys": [{"name": "release", "reference": "pkcs11:token=T;object=O"}]}""");
        foreach (var file in new[] { "home/truststore/x509/ca/acme/acme.crt", "home/signingkeys.json" })
            File.SetUnixFileMode(folder[file], UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>A line, and what must be offered or filled in.</summary>
    public static TheoryData<string, string[]> Lines { get; } = new()
    {
        { "nv2 ver", ["verify", "verify-signature", "version"] },
        { "nv2 trust ch", ["nv2 trust check"] },
        { "nv2 sign --form", ["nv2 sign --format"] },
        { "nv2 sign --format jw", ["jws", "jwt"] },
        { "nv2 sign --format=co", ["nv2 sign --format=cose"] },
        { "nv2 verify --transfer s", ["nv2 verify --transfer skopeo"] },
        { "nv2 sign --key rel", ["nv2 sign --key release"] },
        { "nv2 sign -k pkc", ["nv2 sign -k pkcs11:"] },
        { "nv2 trust show ac", ["nv2 trust show acme"] },
        { "nv2 trust allow registry.example.com/app --store ca:ac", ["--store ca:acme"] },
        { "nv2 trust allow x --level s", ["skip", "strict"] },
        { "nv2 completion f", ["nv2 completion fish"] },
        { "nv2 help trust a", ["add", "allow"] },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void Bash_completes(string line, string[] expected) =>
        AssertShown("bash --norc --noprofile -i", "source <(nv2 completion bash)", line, expected);

    [Theory]
    [MemberData(nameof(Lines))]
    public void Zsh_completes(string line, string[] expected) =>
        AssertShown("zsh -f -i", "unsetopt zle_bracketed_paste; autoload -U compinit && compinit -u -D; source <(nv2 completion zsh)", line, expected);

    [Theory]
    [MemberData(nameof(Lines))]
    public void Fish_completes(string line, string[] expected)
    {
        var result = Run("fish", ["--no-config", "-c", $"nv2 completion fish | source; complete -C {Quote(line)}"]).RequireSuccess();
        var offered = result.Stdout.Split('\n').Select(one => one.Split('\t')[0]).ToList();

        foreach (var one in expected)
            Assert.Contains(one.Split(' ')[^1], offered);
    }

    [Fact]
    public void Files_are_completed_where_a_file_is_meant_and_not_where_a_name_is()
    {
        folder.Write("app.crt", Vectors.Read("keys/p256.crt"));

        AssertShown("bash --norc --noprofile -i", "source <(nv2 completion bash)", "nv2 verify --cert app", ["nv2 verify --cert app.crt"]);
        Assert.DoesNotContain("app.crt", Type("bash --norc --noprofile -i", "source <(nv2 completion bash)", "nv2 sign --format "), StringComparison.Ordinal);
    }

    [Fact]
    public void Docker_asks_its_plug_in_for_candidates()
    {
        File.CreateSymbolicLink(folder["bin/docker-nv2"], Nv2Binary.Path);

        // As docker's client calls it: the command for completion, the name of the plug-in, and the words.
        var result = Run(folder["bin/docker-nv2"], ["__complete", "nv2", "verify", "--ca"]).RequireSuccess();

        Assert.StartsWith("--ca-cert\t", result.Stdout, StringComparison.Ordinal);
        Assert.EndsWith("\n:4\n", result.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_cannot_be_read_offer_nothing_and_do_not_fail()
    {
        folder.Write("home/signingkeys.json", "{");

        Assert.DoesNotContain("release", Run(folder["bin/nv2"], ["__complete", "sign", "--key", ""]).RequireSuccess().Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_shell_is_refused()
    {
        var result = Run(folder["bin/nv2"], ["completion", "fsh"]);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal("nv2 completion: \"fsh\" is not a shell that nv2 has a completion for: expected bash, zsh or fish; did you mean \"fish\"?\n", result.Stderr);
    }

    public void Dispose() => folder.Dispose();

    private void AssertShown(string shell, string setup, string line, string[] expected)
    {
        var shown = Type(shell, setup, line);
        foreach (var one in expected)
            Assert.Contains(one, shown, StringComparison.Ordinal);
    }

    private string Type(string shell, string setup, string line) => Run("python3", ["-c", Typist, shell, setup, line]).RequireSuccess().Stdout;

    private ProcessResult Run(string program, string[] arguments) => Tool.Run(program, arguments, workingDirectory: folder.Path, environment: new Dictionary<string, string?>
    {
        ["PATH"] = $"{folder["bin"]}:/usr/local/bin:/usr/bin:/bin",
        ["HOME"] = folder.Path,
        ["NV2_HOME"] = folder["home"],
    });

    private static string Quote(string text) => $"'{text}'";
}
