using System.Text;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests.Keys;

/// <summary>A folder in which the published binary signs with keys that are kept in one way or another.</summary>
internal sealed class KeyFolder : IDisposable
{
    public const string Passphrase = "open-sesame-4711";

    private readonly TemporaryFolder folder = new();

    public KeyFolder()
    {
        Write("passphrase", $"{Passphrase}\n");
        Write("wrong", "open-barley\n");
    }

    /// <summary>The environment of all programs that are run here.</summary>
    public Dictionary<string, string?> Environment { get; } = [];

    public string Path => folder.Path;

    public string this[string name] => folder[name];

    /// <summary>Writes a file that only its owner may read.</summary>
    public string Write(string name, byte[] content)
    {
        var path = folder.Write(name, content);
        ChangeMode(path, "600");
        return path;
    }

    public string Write(string name, string content) => Write(name, Encoding.UTF8.GetBytes(content));

    /// <summary>Writes a program.</summary>
    public string WriteProgram(string name, string script)
    {
        var path = folder.Write(name, script);
        ChangeMode(path, "700");
        return path;
    }

    public static void ChangeMode(string path, string mode) => Tool.Run("chmod", [mode, path]).RequireSuccess();

    public ProcessResult Nv2(params string[] arguments) => Tool.Run(Nv2Binary.Path, arguments, workingDirectory: Path, environment: Environment);

    public ProcessResult Run(string program, params string[] arguments) =>
        Tool.Run(program, arguments, workingDirectory: Path, environment: Environment).RequireSuccess();

    /// <summary>Runs openssl and writes what it prints to a file that only its owner may read.</summary>
    public string OpenSsl(string output, params string[] arguments) => Write(output, Run("openssl", arguments).StdoutBytes);

    /// <summary>Signs, and verifies with the certificate of a test key that it is by that key.</summary>
    public void SignAndVerify(string key, KeyCase by, string format, params string[] options)
    {
        var signature = this[$"signature.{format}"];
        File.Delete(signature);
        var result = Nv2(["sign", "-k", key, "--format", format, "-o", signature, .. options, KeyCase.ManifestPath]).RequireSuccess();
        Assert.DoesNotContain("warning", result.Stderr, StringComparison.Ordinal);
        Nv2("verify", "-f", signature, "-c", by.CertificatePath, KeyCase.ManifestPath).RequireSuccess();
    }

    /// <summary>Signs in vain: one line, exit code 1, and no signature.</summary>
    /// <returns>The line.</returns>
    public string RefuseToSign(string key, params string[] options)
    {
        var signature = this["refused"];
        var result = Nv2(["sign", "-k", key, "-o", signature, .. options, KeyCase.ManifestPath]);
        Assert.True(result.ExitCode == 1, $"exit code {result.ExitCode}: {result.Stdout}{result.Stderr}");
        Assert.Equal("", result.Stdout);
        Assert.False(File.Exists(signature));
        Assert.Single(result.Stderr.TrimEnd('\n').Split('\n'), line => line.StartsWith("nv2: ", StringComparison.Ordinal));
        return result.Stderr;
    }

    public void Dispose() => folder.Dispose();
}
