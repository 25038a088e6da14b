using System.Text.RegularExpressions;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Every block of the pages with recipes, run as it stands there but for the names of the registries, which are two of this machine, and for ports.</summary>
public sealed partial class RecipeTests
{
    /// <summary>Programs that Debian does not have as they are needed here; docker also needs a daemon. Their recipes run where they are, and are reported as skipped elsewhere.</summary>
    private static readonly string[] Others = ["oras", "crane", "docker"];

    private static readonly string[] Pages = ["recipes.md", "access-control.md"];

    public static TheoryData<string> OfDebian => [.. Recipes().Where(recipe => !recipe.Needs.Any(Others.Contains)).Select(recipe => recipe.Title)];

    public static TheoryData<string> OfOras => Of("oras");

    public static TheoryData<string> OfCrane => Of("crane");

    public static TheoryData<string> OfDocker => Of("docker");

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

    private static TheoryData<string> Of(string program) => [.. Recipes().Where(recipe => recipe.Needs.Contains(program)).Select(recipe => recipe.Title)];

    private static void Run(string title)
    {
        var recipe = Recipes().Single(recipe => recipe.Title == title);
        using var story = new RegistryStory();
        using var mirror = new DockerRegistry();
        story.MakeSigner("app");
        story.MakeSigner("company");

        // Where skopeo and podman look for what a user has set up: that these registries speak plain HTTP.
        Directory.CreateDirectory(story.Folder["home/.config/containers"]);
        story.Folder.Write("home/.config/containers/registries.conf", string.Concat(new[] { story.Address, mirror.Address }.Select(address => $"[[registry]]\nlocation = \"{address}\"\ninsecure = true\n")));
        story.Folder.Write("storage.conf", $"[storage]\ndriver = \"vfs\"\nrunroot = \"{story.Folder["run"]}\"\ngraphroot = \"{story.Folder["containers"]}\"\n");
        var script = recipe.Script.Replace("registry.example.com", story.Address, StringComparison.Ordinal).Replace("mirror.example.net", mirror.Address, StringComparison.Ordinal)
            .Replace("127.0.0.1:5000", FreePort(), StringComparison.Ordinal).Replace("127.0.0.1:5001", FreePort(), StringComparison.Ordinal);

        var result = Tool.Run("bash", ["-c", $"set -euo pipefail\n{script}"], workingDirectory: story.Folder.Path, environment: new Dictionary<string, string?>
        {
            ["PATH"] = $"{Path.GetDirectoryName(Nv2Binary.Path)}:{Environment.GetEnvironmentVariable("PATH")}",
            ["HOME"] = story.Folder["home"],
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

    private static List<Recipe> Recipes()
    {
        var page = string.Concat(Pages.Select(name => File.ReadAllText(Path.Combine(Repository.Root, "docs", name))));
        var recipes = Block().Matches(page).Select((match, number) => new Recipe(
            $"{number + 1}: {page[..match.Index].Split("\n## ")[^1].Split('\n')[0]} ({match.Groups["needs"].Value})",
            match.Groups["needs"].Value.Split(' '),
            match.Groups["script"].Value)).ToList();
        Assert.Equal(page.Split("```bash\n").Length - 1, recipes.Count); // No block without its comment.
        return recipes;
    }

    [GeneratedRegex(@"<!-- needs: (?<needs>[a-z -]+?) -->\n```bash\n(?<script>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    private sealed record Recipe(string Title, string[] Needs, string Script);
}
