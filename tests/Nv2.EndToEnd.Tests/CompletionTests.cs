using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Completion as a person has it: in bash and zsh at a terminal, where a tab is pressed, and through fish's own command for it.</summary>
public sealed class CompletionTests : IDisposable
{
    // Types lines into a shell at a terminal, presses tab twice in each, and prints what the terminal shows of it. The shell says when it is ready.
    private const string Typist = """
        import os, pty, select, sys, time
        shell, setup, lines = sys.argv[1].split(), sys.argv[2], sys.argv[3:]
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
                    seen += os.read(terminal, 65536)
        def quiet(least):
            global seen
            while select.select([terminal], [], [], least)[0]:
                seen += os.read(terminal, 65536)
        os.write(terminal, (setup + "; echo REA''DY\n").encode())
        read(b"READY", 60)
        quiet(1)
        for line in lines:
            seen = b""
            os.write(terminal, line.encode() + b"\t")
            quiet(0.7)
            os.write(terminal, b"\t")
            quiet(0.7)
            sys.stdout.write(seen.decode(errors="replace").replace("\a", "") + "\0")
            os.write(terminal, b"\x15\n")
            quiet(0.3)
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

    // A line, and what must be offered or filled in.
    private static readonly (string Line, string[] Expected)[] Lines =
    [
        ("nv2 ver", ["verify", "verify-signature", "version"]),
        ("nv2 trust ch", ["nv2 trust check"]),
        ("nv2 sign --form", ["nv2 sign --format"]),
        ("nv2 sign --format jw", ["jws", "jwt"]),
        ("nv2 sign --format=co", ["nv2 sign --format=cose"]),
        ("nv2 verify --transfer s", ["nv2 verify --transfer skopeo"]),
        ("nv2 sign --key rel", ["nv2 sign --key release"]),
        ("nv2 sign -k pkc", ["nv2 sign -k pkcs11:"]),
        ("nv2 trust show ac", ["nv2 trust show acme"]),
        ("nv2 trust allow registry.example.com/app --store ca:ac", ["--store ca:acme"]),
        ("nv2 trust allow x --level s", ["skip", "strict"]),
        ("nv2 completion f", ["nv2 completion fish"]),
        ("nv2 help trust a", ["add", "allow"]),
    ];

    private const string Bash = "bash --norc --noprofile -i";
    private const string BashSetup = "source <(nv2 completion bash)";

    [Theory]
    [InlineData(Bash, BashSetup)]
    [InlineData("zsh -f -i", "unsetopt zle_bracketed_paste; autoload -U compinit && compinit -u -D; source <(nv2 completion zsh)")]
    public void A_shell_at_a_terminal_completes(string shell, string setup)
    {
        var shown = Type(shell, setup, [.. Lines.Select(one => one.Line)]);

        Assert.Equal(Lines.Length, shown.Length);
        foreach (var ((_, expected), text) in Lines.Zip(shown))
            Assert.All(expected, one => Assert.Contains(one, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Fish_completes()
    {
        foreach (var (line, expected) in Lines)
        {
            var result = Run("fish", ["--no-config", "-c", $"nv2 completion fish | source; complete -C '{line}'"]).RequireSuccess();
            var offered = result.Stdout.Split('\n').Select(one => one.Split('\t')[0]).ToList();
            Assert.All(expected, one => Assert.Contains(one.Split(' ')[^1], offered));
        }
    }

    [Fact]
    public void Files_are_completed_where_a_file_is_meant_and_not_where_a_name_is()
    {
        folder.Write("app.crt", Vectors.Read("keys/p256.crt"));

        var shown = Type(Bash, BashSetup, "nv2 verify --cert app", "nv2 sign --format ");

        Assert.Contains("nv2 verify --cert app.crt", shown[0], StringComparison.Ordinal);
        Assert.DoesNotContain("app.crt", shown[1], StringComparison.Ordinal);
        Assert.Contains("cose", shown[1], StringComparison.Ordinal);
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

        Assert.DoesNotContain(
            "release",
            Run(folder["bin/nv2"], ["__complete", "sign", "--key", ""]).RequireSuccess().Stdout,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Another_shell_is_refused()
    {
        var result = Run(folder["bin/nv2"], ["completion", "fsh"]);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("nv2: \"fsh\" is not a supported shell: expected bash, zsh or fish", result.Stderr, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private string[] Type(string shell, string setup, params string[] lines) =>
        Run("python3", ["-c", Typist, shell, setup, .. lines]).RequireSuccess().Stdout.Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private ProcessResult Run(string program, string[] arguments) =>
        Tool.Run(
            program,
            arguments,
            workingDirectory: folder.Path,
            environment: new Dictionary<string, string?>
            {
                ["PATH"] = $"{folder["bin"]}:/usr/local/bin:/usr/bin:/bin",
                ["HOME"] = folder.Path,
                ["NV2_HOME"] = folder["home"],
            }
        );
}
