using System.Security.Cryptography;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests.Installing;

/// <summary>A user with an empty home, who runs scripts/install.sh alone, as it is downloaded with a release.</summary>
internal sealed class InstallingUser : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<string, string?> environment;

    public InstallingUser()
    {
        Directory.CreateDirectory(Home);
        Directory.CreateDirectory(folder["bin"]);
        File.Copy(Path.Combine(Repository.Root, "scripts", "install.sh"), Script);
        environment = new Dictionary<string, string?> { ["HOME"] = Home, ["PATH"] = $"{folder["bin"]}:{Environment.GetEnvironmentVariable("PATH")}" };
    }

    public string this[string name] => folder[name];

    public string Root => folder.Path;

    public string Home => folder["home"];

    public string Script => folder["install.sh"];

    public string Prefix => folder["home/my tools"];

    public string Containerd => folder["home/containerd/image-verifier/bin"];

    /// <summary>The arguments for all faces, below the home.</summary>
    public string[] AllFaces => ["cli", $"docker={folder["home/plug-ins"]}", "notation", $"containerd={Containerd}"];

    /// <summary>Every file in the home with its mode and its content's hash, and every folder.</summary>
    public IReadOnlyList<string> State =>
        [
            .. Directory
                .GetFileSystemEntries(Home, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(path =>
                    Directory.Exists(path)
                        ? path
                        : $"{path} {File.GetUnixFileMode(path)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))}"
                ),
        ];

    public SmallRelease Release(string version = SmallRelease.Version, string? program = null) => new(folder.Path, version, program);

    /// <summary>Puts a program before those of the machine.</summary>
    public void AddProgram(string name, string script)
    {
        File.WriteAllText(folder[$"bin/{name}"], $"#!/bin/sh\n{script}\n");
        Tool.Run("chmod", ["755", folder[$"bin/{name}"]]).RequireSuccess();
    }

    /// <summary>Leaves the programs of the machine as they are, but for one.</summary>
    public void RemoveProgram(string name)
    {
        var programs = Directory.CreateDirectory(folder["programs"]).FullName;
        foreach (var file in Environment.GetEnvironmentVariable("PATH")!.Split(':').Where(Directory.Exists).SelectMany(Directory.GetFiles))
        {
            var link = Path.Combine(programs, Path.GetFileName(file));
            if (Path.GetFileName(file) != name && !Path.Exists(link))
                File.CreateSymbolicLink(link, file);
        }

        Set("PATH", $"{folder["bin"]}:{programs}");
    }

    public void Set(string variable, string? value) => environment[variable] = value;

    public ProcessResult Install(SmallRelease release, params string[] arguments) =>
        Run(["--from", release.Folder, "--root", SmallRelease.RootHash, "--prefix", Prefix, .. arguments]);

    public ProcessResult Uninstall(params string[] arguments) => Run(["--uninstall", "--prefix", Prefix, .. arguments]);

    public ProcessResult Run(string[] arguments, string shell = "sh") =>
        Tool.Run(shell, [Script, .. arguments], workingDirectory: folder.Path, environment: environment);

    /// <summary>Runs it as a user who is not root, also if root runs the tests.</summary>
    public ProcessResult RunUnprivileged(params string[] arguments)
    {
        Tool.Run("chmod", ["-R", "a+rX", folder.Path]).RequireSuccess();
        string[] drop = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] : ["env"];
        return Tool.Run(drop[0], [.. drop[1..], "sh", Script, .. arguments], workingDirectory: folder.Path, environment: environment);
    }

    public void Dispose() => folder.Dispose();
}
