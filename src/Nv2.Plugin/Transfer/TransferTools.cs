using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Files;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Transfer;

/// <summary>The transfer tools, and the choice among them.</summary>
internal static class TransferTools
{
    /// <summary>The environment variable that names the tool to use.</summary>
    public const string Variable = "NV2_TRANSFER";

    /// <summary>All tools, the preferred one first. A new one is added here.</summary>
    public static IReadOnlyList<TransferTool> All { get; } =
    [
        new("oras", "https://oras.land", CarriesSignatures: true, (runner, reference, settings) => new OrasTool(runner, reference, settings)),
        new(
            "skopeo",
            "package skopeo of most Linux distributions",
            CarriesSignatures: true,
            (runner, reference, settings) => new SkopeoTool(runner, reference, settings)
        ),
        new(
            "crane",
            "https://github.com/google/go-containerregistry",
            CarriesSignatures: true,
            (runner, reference, settings) => new CraneTool(runner, reference, settings)
        ),
        new(
            "docker",
            "https://docs.docker.com/engine/install",
            CarriesSignatures: false,
            (runner, reference, settings) => new DockerTool(runner, reference, settings)
        ),
    ];

    /// <summary>The tools that can transfer signatures and where to get them, for error messages.</summary>
    public static string Advice { get; } = Alternatives.Of(All.Where(tool => tool.CarriesSignatures).Select(tool => $"{tool.Name} ({tool.Source})"));

    /// <summary>Whether there is a tool with a name.</summary>
    public static bool IsName(string name) => All.Any(tool => tool.Name == name);

    /// <summary>Makes sure that there is a tool with a name.</summary>
    /// <exception cref="InvalidInputException">It does not exist.</exception>
    public static string RequireName(string name) =>
        IsName(name)
            ? name
            : throw new InvalidInputException(
                $"{Quoted.Text(name)} is not a transfer tool: expected {Names}{NearestName.Suggest(name, All.Select(tool => tool.Name))}"
            );

    private static string Names => Alternatives.Of(All.Select(tool => tool.Name));

    /// <summary>Opens the repository of a reference.</summary>
    /// <param name="name">The tool to use; <see langword="null"/> for the one in NV2_TRANSFER, or the first installed one.</param>
    /// <param name="reference">The artifact.</param>
    /// <param name="settings">How to run the tool.</param>
    /// <exception cref="InvalidInputException">The tool does not exist, or no tool is installed.</exception>
    public static IRegistryStore Open(string? name, Reference reference, TransferSettings settings) =>
        Open(name, reference, settings, Environment.GetEnvironmentVariable);

    /// <summary>As above, with environment variables from <paramref name="variable"/>.</summary>
    public static IRegistryStore Open(string? name, Reference reference, TransferSettings settings, Func<string, string?> variable)
    {
        var (tool, path) = Choose(name, variable);
        if (settings.RequiresOwnProgram)
            RequireOwn(path, settings.Home ?? variable("HOME"));
        return tool.Open(new ToolRunner(tool.Name, path, settings), reference, settings);
    }

    private static void RequireOwn(string program, string? home)
    {
        TrustedPath.RequireProgram(program);
        if (home is null)
            return;
        try
        {
            TrustedPath.RequireFolder(home);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"cannot use {Quoted.Text(home)} as the home folder of the program: {exception.Message}", exception);
        }
    }

    private static (TransferTool Tool, string Path) Choose(string? name, Func<string, string?> variable)
    {
        var search = variable("PATH");
        if (name is null && variable(Variable) is { Length: > 0 } preferred)
            return Named(preferred, $"{Variable}: ", search);
        if (name is not null)
            return Named(name, "", search);

        foreach (var tool in All.Where(tool => tool.CarriesSignatures))
        {
            if (ProgramSearch.Find(tool.Name, search) is { } path)
                return (tool, path);
        }

        throw new InvalidInputException(
            All.FirstOrDefault(tool => ProgramSearch.Find(tool.Name, search) is not null) is { } other
                ? $"no transfer tool that can transfer signatures is installed (and {other.Name} cannot): install {Advice}"
                : $"no transfer tool is installed: install {Advice}"
        );
    }

    private static (TransferTool Tool, string Path) Named(string name, string origin, string? search)
    {
        var tool =
            All.FirstOrDefault(tool => tool.Name == name)
            ?? throw new InvalidInputException(
                $"{origin}{Quoted.Text(name)} is not a transfer tool: expected {Names}{NearestName.Suggest(name, All.Select(tool => tool.Name))}"
            );
        var path =
            ProgramSearch.Find(tool.Name, search)
            ?? throw new InvalidInputException(
                $"{origin}the transfer tool {tool.Name} is not installed, or not in PATH: install it ({tool.Source}), or use another one"
            );
        return (tool, path);
    }
}

/// <summary>A program that moves artifacts to and from registries.</summary>
/// <param name="Name">The name of the program, by which it is chosen too.</param>
/// <param name="Source">Where a user gets it.</param>
/// <param name="CarriesSignatures">Whether it can fetch and push signatures. If not, it is used only if it is named.</param>
/// <param name="Open">The repository of a reference, through this program.</param>
internal sealed record TransferTool(
    string Name,
    string Source,
    bool CarriesSignatures,
    Func<ToolRunner, Reference, TransferSettings, IRegistryStore> Open
);

/// <summary>
/// Finds programs. The platform's own search looks beside this program and in the current folder first, where another user may be able to put a file.
/// </summary>
internal static class ProgramSearch
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The absolute path of a program, or <see langword="null"/> if it is not in any of the folders.</summary>
    /// <param name="name">The program's name, without a folder.</param>
    /// <param name="folders">The value of PATH. Relative and empty entries (the current folder) are skipped.</param>
    public static string? Find(string name, string? folders)
    {
        var fileName = OperatingSystem.IsWindows() ? name + ".exe" : name;
        foreach (var folder in (folders ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Path.IsPathFullyQualified(folder))
                continue;
            var path = Path.Combine(folder, fileName);
            if (IsFile(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & Executable) != 0))
                return path;
        }

        return null;
    }

    // The platform reports a dangling link as existing.
    private static bool IsFile(string path) =>
        File.Exists(path) && File.Exists(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
}
