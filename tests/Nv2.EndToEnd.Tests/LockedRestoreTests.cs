using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Every restore takes the packages of the lock files and no others, in CI and on a desk.</summary>
public sealed class LockedRestoreTests : IDisposable
{
    private const string Project = "src/Nv2.Signing/Nv2.Signing.csproj";
    private const string Lock = "src/Nv2.Signing/packages.lock.json";
    private const string Versions = "Directory.Packages.props";
    private const string Package = "BouncyCastle.Cryptography";
    private const string Hash = "\"contentHash\": \"";

    private readonly TemporaryFolder _folder = new();

    public LockedRestoreTests()
    {
        foreach (var file in new[] { Project, Lock, Versions, "Directory.Build.props", "global.json" })
            _folder.Write(file, File.ReadAllText(Path.Combine(Repository.Root, file)));
    }

    [Fact]
    public void A_lock_file_that_fits_is_restored() => Restore().RequireSuccess();

    [Fact]
    public void Another_version_than_the_lock_file_s_is_refused()
    {
        var versions = File.ReadAllLines(_folder[Versions]);
        var line = Array.FindIndex(versions, text => text.Contains(Package, StringComparison.Ordinal));
        versions[line] = $"<PackageVersion Include=\"{Package}\" Version=\"2.6.0\" />";
        _folder.Write(Versions, string.Join('\n', versions));

        AssertRefused();
    }

    [Fact]
    public void Another_content_than_the_lock_file_s_is_refused()
    {
        var text = File.ReadAllText(_folder[Lock]);
        var at = text.IndexOf(Hash, text.IndexOf(Package, StringComparison.Ordinal), StringComparison.Ordinal) + Hash.Length;
        _folder.Write(Lock, $"{text[..at]}{(text[at] == 'A' ? 'B' : 'A')}{text[(at + 1)..]}");

        AssertRefused();
    }

    [Fact]
    public void Every_project_has_a_lock_file()
    {
        var projects = FoldersOf("*.csproj");

        Assert.Contains(Path.GetDirectoryName(Project), projects);
        Assert.Equal(projects, FoldersOf("*packages.lock.json"));
    }

    public void Dispose() => _folder.Dispose();

    private static List<string?> FoldersOf(string pattern) =>
        [
            .. Tool.Run("git", ["ls-files", pattern], workingDirectory: Repository.Root)
                .RequireSuccess()
                .Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(Path.GetDirectoryName)
                .Order(),
        ];

    private void AssertRefused()
    {
        var result = Restore();

        Assert.NotEqual(0, result.ExitCode);
        Assert.Matches("NU1004|NU1403", result.Stdout);
    }

    // As on a desk: the variable by which many build systems are told from one is not set. The user's home holds the packages.
    private ProcessResult Restore()
    {
        var environment = new Dictionary<string, string?> { ["CI"] = null, ["HOME"] = Environment.GetEnvironmentVariable("HOME") };
        return Tool.Run("dotnet", ["restore", Project, "--nologo"], workingDirectory: _folder.Path, environment: environment);
    }
}
