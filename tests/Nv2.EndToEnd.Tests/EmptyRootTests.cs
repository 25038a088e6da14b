using System.Text;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>The binary needs the C library and nothing else: no .NET, no libssl, no ICU, no /proc, no certificates of the machine.</summary>
public sealed class EmptyRootTests : IDisposable
{
    private static readonly string[] CLibrary = ["linux-vdso.so", "libc.so", "libm.so", "ld-linux"];

    private readonly TemporaryFolder _root = new();

    [Fact]
    public void The_binary_links_with_the_C_library_alone()
    {
        var names = Libraries().Select(library => Path.GetFileName(library.Name)).ToList();

        Assert.Contains(names, name => name.StartsWith("libc.so", StringComparison.Ordinal));
        Assert.All(names, name => Assert.Contains(CLibrary, known => name.StartsWith(known, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_binary_describes_itself_signs_and_verifies_in_a_root_folder_with_only_the_C_library()
    {
        Fill("p256");

        Chroot(["describe"], """{"protocolVersion":"1.0","keyId":"/p256.key","pluginConfig":{"certificate":"/p256.crt"}}""").RequireSuccess();
        Chroot(["sign", "-k", "/p256.key", "-c", "/p256.crt", "-r", $"{KeyCase.Registry}/net-monitor:v1", "-o", "/signature", "/manifest.json"])
            .RequireSuccess();
        var verified = Chroot(["verify", "-f", "/signature", "-c", "/p256.crt", "-r", $"{KeyCase.Registry}/net-monitor:v1", "/manifest.json"])
            .RequireSuccess();

        Assert.StartsWith("sha256:", verified.Stdout, StringComparison.Ordinal);
        var key = KeyCase.Named("p256");
        var token = Token.Split("jwt", File.ReadAllBytes(_root["signature"]));
        Assert.True(OpenSsl.Verifies(key, token.SignedBytes, token.Signature), "openssl refuses the signature");
    }

    [Fact]
    public void The_binary_builds_a_chain_in_a_root_folder_with_only_the_C_library()
    {
        Fill("leaf", "leaf-full-chain", "root");

        Chroot(["sign", "-k", "/leaf.key", "-c", "/leaf-full-chain.crt", "-o", "/signature", "/manifest.json"]).RequireSuccess();
        Chroot(["verify", "-f", "/signature", "--ca-cert", "/root.crt", "/manifest.json"]).RequireSuccess();

        _root.Write("manifest.json", "{}");
        var refused = Chroot([
            "verify",
            "--json",
            "-f",
            "/signature",
            "--ca-cert",
            "/root.crt",
            "--media-type",
            KeyCase.ManifestMediaType,
            "/manifest.json",
        ]);
        Verification.Read(refused).AssertFails("subject");
    }

    public void Dispose() => _root.Dispose();

    // A line of ldd: "libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)", "/lib64/ld-linux-x86-64.so.2 (0x…)" or "linux-vdso.so.1 (0x…)".
    private static IReadOnlyList<(string Name, string? Path)> Libraries() =>
        [
            .. Tool.Run("ldd", [Nv2Binary.Path])
                .RequireSuccess()
                .Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                .Select(words =>
                    words[0].Trim() is var name && words.Length > 2 && words[1] == "=>"
                        ? (name, words[2])
                        : (name, name.StartsWith('/') ? name : null)
                ),
        ];

    private void Fill(params string[] keys)
    {
        foreach (var path in Libraries().Select(library => library.Path).OfType<string>().Append(Nv2Binary.Path))
        {
            var copy = _root[path == Nv2Binary.Path ? "nv2" : path[1..]];
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!); // Below the root folder.
            File.Copy(path, copy);
        }

        _root.Write("manifest.json", File.ReadAllBytes(KeyCase.ManifestPath));
        foreach (
            var key in keys.SelectMany(name => new[] { $"{name}.key", $"{name}.crt" }).Where(name => File.Exists(Vectors.PathOf($"keys/{name}")))
        )
            _root.Write(key, Vectors.Read($"keys/{key}"));
    }

    private ProcessResult Chroot(string[] arguments, string stdin = "")
    {
        // Who may not chroot can in a user namespace, where the kernel allows those.
        string[] enter = Environment.IsPrivilegedProcess ? ["chroot"] : ["unshare", "-r", "chroot"];
        return Tool.Run(
            "env",
            ["-i", $"PATH={Environment.GetEnvironmentVariable("PATH")}:/usr/sbin", .. enter, _root.Path, "/nv2", .. arguments],
            Encoding.UTF8.GetBytes(stdin)
        );
    }
}
