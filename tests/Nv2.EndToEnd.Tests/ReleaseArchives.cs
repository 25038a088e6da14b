using System.Runtime.InteropServices;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>The archives of a release of the binary under test, packed once for all tests of a class.</summary>
public sealed class ReleaseArchives : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ReleaseArchives() => Pack(folder, Folder, ManPages);

    /// <summary>Packs the archives of the binary under test.</summary>
    /// <param name="folder">A folder for what that needs.</param>
    /// <param name="archives">Where the archives are written.</param>
    /// <param name="manPages">Where the man pages are.</param>
    public static void Pack(TemporaryFolder folder, string archives, string manPages)
    {
        // scripts/man-pages.sh makes the pages of a release, and must build for that; the tests of man pages look at what is in them.
        foreach (var page in new[] { "nv2", "nv2-verify" })
            folder.Write(Path.Combine(manPages, $"{page}.1"), $".TH {page} 1\n.SH NAME\n{page}\n");
        var settings = new Dictionary<string, string?> { ["NV2_BINARY"] = Nv2Binary.Path, ["NV2_MAN_PAGES"] = manPages };
        Tool.Run(Script, [archives], environment: settings).RequireSuccess();
    }

    public static string Script { get; } = Path.Combine(Repository.Root, "scripts", "package.sh");

    public static string Version { get; } = Nv2Binary.Run("--version").RequireSuccess().Stdout.Trim();

    public string Folder => folder["archives"];

    public string ManPages => folder["man"];

    /// <summary>The path of an archive, by its name without version and platform.</summary>
    public string this[string name] =>
        Path.Combine(Folder, $"{name}_{Version}_linux_{(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "amd64")}.tar.gz");

    public void Dispose() => folder.Dispose();
}
