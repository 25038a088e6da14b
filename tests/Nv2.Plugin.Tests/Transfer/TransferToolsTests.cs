using Nv2.Plugin.Transfer;
using Nv2.Signing;

namespace Nv2.Plugin.Tests.Transfer;

/// <summary>Which tool is used, and the error if it is not installed.</summary>
public sealed class TransferToolsTests : IDisposable
{
    private const string Reference = "registry.example.com/app:v1";

    private readonly ToolFolder folder = new();

    [Fact]
    public void The_preferred_tool_comes_first_and_docker_last() =>
        Assert.Equal(["oras", "skopeo", "crane", "docker"], TransferTools.All.Select(tool => tool.Name));

    [Theory]
    [InlineData("oras", "oras", "skopeo", "crane", "docker")]
    [InlineData("skopeo", "docker", "crane", "skopeo")]
    [InlineData("crane", "docker", "crane")]
    public void Without_a_choice_the_first_that_is_installed_is_used(string expected, params string[] installed)
    {
        Install(installed);

        Assert.Equal(expected, folder.Open(null, Reference).ToolName);
        Assert.Equal(expected, folder.Open(null, Reference, preferred: "").ToolName);
    }

    [Fact]
    public void The_environment_chooses_and_the_name_that_is_given_decides()
    {
        Install("oras", "skopeo", "docker");

        Assert.Equal("skopeo", folder.Open(null, Reference, preferred: "skopeo").ToolName);
        Assert.Equal("docker", folder.Open("docker", Reference, preferred: "skopeo").ToolName);
    }

    [Fact]
    public void Without_any_tool_it_is_said_what_to_install()
    {
        var message = Refused(() => folder.Open(null, Reference));

        Assert.Equal(
            "no transfer tool is installed: install oras (https://oras.land), skopeo (package skopeo of most Linux distributions) "
                + "or crane (https://github.com/google/go-containerregistry)",
            message
        );
    }

    [Fact]
    public void Docker_is_not_chosen_for_what_it_cannot_do()
    {
        Install("docker");

        Assert.StartsWith(
            "no transfer tool that can transfer signatures is installed (and docker cannot): install oras",
            Refused(() => folder.Open(null, Reference)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_unknown_name_is_refused_with_those_that_there_are()
    {
        Assert.Equal("\"curl\" is not a transfer tool: expected oras, skopeo, crane or docker", Refused(() => folder.Open("curl", Reference)));
        Assert.Equal(
            "NV2_TRANSFER: \"../oras\" is not a transfer tool: expected oras, skopeo, crane or docker",
            Refused(() => folder.Open(null, Reference, preferred: "../oras"))
        );
    }

    [Fact]
    public void A_tool_that_was_asked_for_is_not_replaced_by_another()
    {
        Install("skopeo");

        Assert.Equal(
            "the transfer tool oras is not installed, or not in PATH: install it (https://oras.land), or use another one",
            Refused(() => folder.Open("oras", Reference))
        );
        Assert.StartsWith(
            "NV2_TRANSFER: the transfer tool crane is not installed",
            Refused(() => folder.Open(null, Reference, preferred: "crane")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_program_is_looked_for_in_absolute_folders_alone()
    {
        Install("oras");
        var relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), folder.Path);

        Assert.Null(ProgramSearch.Find("oras", relative));
        Assert.Null(ProgramSearch.Find("oras", $"::.:{relative}:~"));
        Assert.Equal(Path.Combine(folder.Path, "oras"), ProgramSearch.Find("oras", $"::.:/nowhere:{folder.Path}:"));
        Assert.Null(ProgramSearch.Find("oras", null));
    }

    [Fact]
    public void What_is_not_a_program_is_passed_over()
    {
        File.WriteAllText(Path.Combine(folder.Path, "oras"), "text");
        Directory.CreateDirectory(Path.Combine(folder.Path, "skopeo"));
        File.CreateSymbolicLink(Path.Combine(folder.Path, "crane"), "/nowhere");

        foreach (var name in new[] { "oras", "skopeo", "crane" })
            Assert.Null(ProgramSearch.Find(name, folder.Path));
    }

    public void Dispose() => folder.Dispose();

    private static string Refused(Action action) => Assert.Throws<InvalidInputException>(action).Message;

    private void Install(params string[] names)
    {
        foreach (var name in names)
            folder.Write(name, "exit 0");
    }
}
