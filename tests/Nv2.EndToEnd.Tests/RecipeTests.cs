using System.Text.RegularExpressions;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Every block of the pages that show whole tasks, run as it stands there but for the names of the registries, which are two of this machine, and for ports.</summary>
public sealed partial class RecipeTests
{
    private const string Notation = "notation";

    private static readonly string[] Pages = ["recipes.md", "notation-plugin.md", "moving-from-the-prototype.md", "access-control.md", "keys.md"];

    /// <summary>Programs that Debian does not have as they are needed here; docker also needs a daemon. Their recipes run where they are, and are reported as skipped elsewhere.</summary>
    private static readonly string[] Others = ["oras", "crane", "docker", Notation];

    public static TheoryData<string> OfDebian => [.. Recipes().Where(recipe => !recipe.Needs.Any(Others.Contains)).Select(recipe => recipe.Title)];

    public static TheoryData<string> OfOras => Of("oras");

    public static TheoryData<string> OfCrane => Of("crane");

    public static TheoryData<string> OfDocker => Of("docker");

    public static TheoryData<string> OfNotation => Of(Notation);

    [Theory]
    [MemberData(nameof(OfDebian))]
    public void A_recipe_does_what_it_says(string title) => Run(title);

    [TheoryWith("oras", "version")]
    [MemberData(nameof(OfOras))]
    public void A_recipe_with_oras_does_what_it_says(string title) => Run(title);

    [TheoryWith("crane", "version")]
    [MemberData(nameof(OfCrane))]
    public void A_recipe_with_crane_does_what_it_says(string title) => Run(title);

    [TheoryWith("docker", "info")]
    [MemberData(nameof(OfDocker))]
    public void A_recipe_with_docker_does_what_it_says(string title) => Run(title);

    [TheoryWith(Notation, "version")]
    [MemberData(nameof(OfNotation))]
    public void A_recipe_with_notation_does_what_it_says(string title) => Run(title);

    private static TheoryData<string> Of(string program) => [.. Recipes().Where(recipe => recipe.Needs.Contains(program)).Select(recipe => recipe.Title)];

    private static void Run(string title)
    {
        var recipe = Recipes().Single(recipe => recipe.Title == title);
        using var story = new RegistryStory();
        using var mirror = new DockerRegistry();
        story.MakeSigner("app");
        story.MakeSigner("company");

        // notation speaks plain HTTP to the registries of localhost alone, unless each command is told to.
        var address = recipe.Needs.Contains(Notation) ? story.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal) : story.Address;

        // Where skopeo and podman look for what a user has set up: that these registries speak plain HTTP.
        Directory.CreateDirectory(story.Folder["home/.config/containers"]);
        story.Folder.Write("home/.config/containers/registries.conf", string.Concat(new[] { address, mirror.Address }.Select(location => $"[[registry]]\nlocation = \"{location}\"\ninsecure = true\n")));
        story.Folder.Write("storage.conf", $"[storage]\ndriver = \"vfs\"\nrunroot = \"{story.Folder["run"]}\"\ngraphroot = \"{story.Folder["containers"]}\"\n");
        var script = recipe.Script.Replace("registry.example.com", address, StringComparison.Ordinal).Replace("mirror.example.net", mirror.Address, StringComparison.Ordinal)
            .Replace("127.0.0.1:5000", FreePort(), StringComparison.Ordinal).Replace("127.0.0.1:5001", FreePort(), StringComparison.Ordinal);

        // The binary under both of its names, and for notation its package.
        var programs = Directory.CreateDirectory(story.Folder["programs"]).FullName;
        File.CreateSymbolicLink(Path.Combine(programs, "nv2"), Nv2Binary.Path);
        File.CreateSymbolicLink(Path.Combine(programs, "notation-nv2"), Nv2Binary.Path);
        if (recipe.Needs.Contains(Notation))
            Tool.Run(Path.Combine(Repository.Root, "scripts", "package.sh"), [story.Folder.Path], environment: new Dictionary<string, string?> { ["NV2_BINARY"] = Nv2Binary.Path }).RequireSuccess();

        var result = Tool.Run("bash", ["-c", $"set -euo pipefail\n{script}"], workingDirectory: story.Folder.Path, environment: new Dictionary<string, string?>
        {
            ["PATH"] = $"{programs}:{Environment.GetEnvironmentVariable("PATH")}",
            ["HOME"] = story.Folder["home"],
            ["XDG_CONFIG_HOME"] = null,
            ["NV2_HOME"] = null,
            ["CONTAINERS_STORAGE_CONF"] = story.Folder["storage.conf"],
        });
        story.Succeed(result);
    }

    private static string FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return listener.LocalEndpoint.ToString()!; // An address and a port: never null.
    }

    private static List<Recipe> Recipes() => [.. Pages.SelectMany(Recipes)];

    private static List<Recipe> Recipes(string pageName)
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", pageName));
        var recipes = Block().Matches(page).Select((match, number) => new Recipe(
            $"{pageName} {number + 1}: {page[..match.Index].Split("\n## ")[^1].Split('\n')[0]} ({match.Groups["needs"].Value})",
            match.Groups["needs"].Value.Split(' '),
            match.Groups["script"].Value)).ToList();
        Assert.Equal(page.Split("```bash\n").Length - 1, recipes.Count); // No block without its comment.
        return recipes;
    }

    [GeneratedRegex(@"<!-- needs: (?<needs>[a-z0-9 -]+?) -->\n```bash\n(?<script>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    private sealed record Recipe(string Title, string[] Needs, string Script);
}
