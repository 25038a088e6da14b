using System.Text.RegularExpressions;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Every block of the pages that show whole tasks, run as it stands there but for the names of the registries, which are two of this
/// machine, and for ports.</summary>
public sealed partial class RecipeTests
{
    private const string Notation = "notation";
    private const string Docker = "docker";
    private const string DockerDaemon = "docker-daemon";
    private const string Oras = "oras";
    private const string Crane = "crane";

    private static readonly string[] Pages =
    [
        "../README.md",
        "recipes.md",
        "notation-plugin.md",
        "moving-from-the-prototype.md",
        "access-control.md",
        "keys.md",
    ];

    /// <summary>Programs that Debian's stable release does not have as they are needed here. Their recipes run where they are, and are reported as
    /// skipped elsewhere.</summary>
    private static readonly string[] Others = [Oras, Crane, DockerDaemon, Notation];

    public static TheoryData<string> OfDebian => [.. Recipes().Where(recipe => !recipe.Needs.Any(Others.Contains)).Select(recipe => recipe.Title)];

    public static TheoryData<string> OfOras => Of(Oras);

    public static TheoryData<string> OfCrane => Of(Crane);

    /// <summary>What podman, which stands in for docker's daemon elsewhere, does not do.</summary>
    public static TheoryData<string> OfDocker => Of(DockerDaemon);

    public static TheoryData<string> OfNotation => Of(Notation);

    public static TheoryData<string> OfNotationAndOras => Of(Notation, Oras);

    [Theory]
    [MemberData(nameof(OfDebian))]
    public void A_recipe_does_what_it_says(string title) => Run(title);

    [TheoryWith("version", Oras)]
    [MemberData(nameof(OfOras))]
    public void A_recipe_with_oras_does_what_it_says(string title) => Run(title);

    [TheoryWith("version", Crane)]
    [MemberData(nameof(OfCrane))]
    public void A_recipe_with_crane_does_what_it_says(string title) => Run(title);

    [TheoryWith("info", Docker)]
    [MemberData(nameof(OfDocker))]
    public void A_recipe_with_docker_s_own_daemon_does_what_it_says(string title) => Run(title);

    [TheoryWith("version", Notation)]
    [MemberData(nameof(OfNotation))]
    public void A_recipe_with_notation_does_what_it_says(string title) => Run(title);

    [TheoryWith("version", Notation, Oras)]
    [MemberData(nameof(OfNotationAndOras))]
    public void A_recipe_with_notation_and_oras_does_what_it_says(string title) => Run(title);

    // The recipes that need these of the other programs, and no more of them.
    private static TheoryData<string> Of(params string[] programs) =>
        [.. Recipes().Where(recipe => recipe.Needs.Intersect(Others).Order().SequenceEqual(programs.Order())).Select(recipe => recipe.Title)];

    private static void Run(string title)
    {
        var recipe = Recipes().Single(recipe => recipe.Title == title);
        using var story = new RegistryStory();
        using var mirror = new DockerRegistry();
        // notation and oras speak plain HTTP to the registries of localhost alone, unless each command is told to.
        var host = recipe.Needs.Contains(Notation) || recipe.Needs.Contains(Oras) ? "localhost" : "127.0.0.1";
        story.MakeSigner("app", host);
        story.MakeSigner("company", host);
        var (address, copies) = (AddressAt(story.Address), AddressAt(mirror.Address));
        string AddressAt(string location) => location.Replace("127.0.0.1", host, StringComparison.Ordinal);

        // Where skopeo and podman look for what a user has set up: that these registries speak plain HTTP.
        Directory.CreateDirectory(story.Folder["home/.config/containers"]);
        story.Folder.Write(
            "home/.config/containers/registries.conf",
            string.Concat(new[] { address, copies }.Select(location => $"[[registry]]\nlocation = \"{location}\"\ninsecure = true\n"))
        );
        story.Folder.Write(
            "storage.conf",
            $"[storage]\ndriver = \"vfs\"\nrunroot = \"{story.Folder["run"]}\"\ngraphroot = \"{story.Folder["containers"]}\"\n"
        );
        // A certificate is for a host, without port, and its files have that name.
        var script = recipe
            .Script.Replace("generate-test registry.example.com", $"generate-test {host}", StringComparison.Ordinal)
            .Replace("registry.example.com.key", $"{host}.key", StringComparison.Ordinal)
            .Replace("registry.example.com.crt", $"{host}.crt", StringComparison.Ordinal)
            .Replace("DNS:registry.example.com", host == "localhost" ? "DNS:localhost" : $"IP:{host}", StringComparison.Ordinal)
            .Replace("https://registry.example.com", $"http://{address}", StringComparison.Ordinal)
            .Replace("registry.example.com", address, StringComparison.Ordinal)
            .Replace("mirror.example.net", copies, StringComparison.Ordinal)
            .Replace("127.0.0.1:5000", FreePort(), StringComparison.Ordinal)
            .Replace("127.0.0.1:5001", FreePort(), StringComparison.Ordinal);

        // The binary under both of its names, and for notation its package.
        var programs = Directory.CreateDirectory(story.Folder["programs"]).FullName;
        File.CreateSymbolicLink(Path.Combine(programs, "nv2"), Nv2Binary.Path);
        File.CreateSymbolicLink(Path.Combine(programs, "notation-nv2"), Nv2Binary.Path);
        if (recipe.Needs.Contains(Notation))
            ReleaseArchives.Pack(story.Folder, story.Folder.Path, story.Folder["man"]);

        using var daemon = recipe.Needs.Contains(Docker) ? new PodmanService(story.Folder, story.Folder["home"]) : null;
        var result = Tool.Run(
            "bash",
            ["-c", $"set -euo pipefail\n{script}"],
            workingDirectory: story.Folder.Path,
            environment: new Dictionary<string, string?>
            {
                ["PATH"] = $"{programs}:{Environment.GetEnvironmentVariable("PATH")}",
                ["NV2_TRANSFER"] = TransferProgram(recipe),
                ["HOME"] = story.Folder["home"],
                ["DOCKER_HOST"] = daemon?.Host,
                ["XDG_CONFIG_HOME"] = null,
                ["NV2_HOME"] = null,
                ["CONTAINERS_STORAGE_CONF"] = story.Folder["storage.conf"],
            }
        );
        story.Succeed(result);
    }

    // The one that the recipe is about, whatever else this machine has.
    private static string TransferProgram(Recipe recipe) => recipe.Needs.FirstOrDefault(program => program is Oras or Crane) ?? "skopeo";

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
        var recipes = Block()
            .Matches(page)
            .Select(
                (match, number) =>
                    new Recipe(
                        $"{pageName} {number + 1}: {page[..match.Index].Split("\n## ")[^1].Split('\n')[0]} ({match.Groups["needs"].Value})",
                        match.Groups["needs"].Value.Split(' '),
                        match.Groups["script"].Value
                    )
            )
            .ToList();
        Assert.Equal(page.Split("```bash\n").Length - 1, recipes.Count); // No block without its comment.
        return recipes;
    }

    [GeneratedRegex(@"<!-- needs: (?<needs>[a-z0-9 -]+?) -->\n```bash\n(?<script>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    private sealed record Recipe(string Title, string[] Needs, string Script);
}
