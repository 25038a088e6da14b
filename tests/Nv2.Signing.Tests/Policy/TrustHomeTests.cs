using Nv2.Signing.Policy;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Policy;

/// <summary>Which files of a trust home count, and which make it useless.</summary>
public sealed class TrustHomeTests : IDisposable
{
    private const string OciPolicy = "trustpolicy.oci.json";
    private const string Policy = "trustpolicy.json";
    private const string Settings = "nv2.json";

    private readonly TemporaryFolder folder = new();

    private TrustHome Home => new(folder.Path);

    [Fact]
    public void A_home_that_is_not_there_has_no_policy_no_lists_and_the_default_settings()
    {
        var home = new TrustHome(folder["nowhere"]);

        Assert.Null(home.ReadPolicy());
        Assert.Equal(TrustSettings.Default, home.ReadSettings());
        Assert.Empty(home.ReadRevocationLists());
        Assert.Equal(folder["nowhere/trustpolicy.json"], home.PolicyFile);
        Assert.Equal(folder["nowhere/nv2.json"], home.SettingsFile);
        Assert.Equal(folder["nowhere/crls"], home.CrlFolder);
        Assert.Equal(folder["nowhere/truststore/x509/ca/acme"], home.Store.FolderOf(TrustStoreName.Parse("ca:acme")));
    }

    [Fact]
    public void A_name_that_is_relative_is_one_in_the_present_folder_and_an_empty_one_is_refused()
    {
        Assert.Equal(Path.Combine(Environment.CurrentDirectory, "home"), new TrustHome("home").Folder);
        Refusal.Of(() => _ = new TrustHome(""), "the name of the folder with the trust policy is empty");
    }

    [Fact]
    public void The_policy_for_OCI_artifacts_comes_before_the_older_one()
    {
        Write(Policy, "older");
        Assert.Equal("older", Home.ReadPolicy()!.Statements[0].Name);
        Assert.Equal(folder[Policy], Home.PolicyFile);

        Write(OciPolicy, "newer");
        Assert.Equal("newer", Home.ReadPolicy()!.Statements[0].Name);
        Assert.Equal(folder[OciPolicy], Home.PolicyFile);
    }

    [Theory]
    [InlineData(Policy, "the trust policy")]
    [InlineData(OciPolicy, "the trust policy")]
    [InlineData(Settings, "the settings")]
    public void A_file_that_is_a_symbolic_link_is_refused_wherever_it_leads(string name, string what)
    {
        Write("elsewhere.json", "linked");
        Write(Policy, "own");
        if (name == Policy)
            File.Delete(folder[Policy]);
        File.CreateSymbolicLink(folder[name], folder["elsewhere.json"]);
        Refusal.Of(Read, $"cannot read {what} \"{folder[name]}\": it is a symbolic link, which is not allowed");

        // One that leads nowhere must not make another file count in its place.
        File.Delete(folder["elsewhere.json"]);
        Refusal.Of(Read, $"cannot read {what} \"{folder[name]}\": it is a symbolic link, which is not allowed");
    }

    [Theory]
    [InlineData(Policy, TrustPolicy.MaxBytes)]
    [InlineData(Settings, TrustSettings.MaxBytes)]
    public void A_file_is_read_up_to_its_limit(string name, int limit)
    {
        Write(Policy, "one");
        var content = name == Policy ? File.ReadAllText(folder[Policy]) : """{"version":"1.0","trustRequired":false}""";
        folder.Write(name, content + new string(' ', limit - content.Length));
        Read();

        File.AppendAllText(folder[name], " ");
        Refusal.Of(Read, $"{limit}");
    }

    [Fact]
    public void Settings_and_policy_that_are_damaged_are_named()
    {
        folder.Write(Policy, "{");
        Refusal.Of(() => Home.ReadPolicy(), $"the trust policy \"{folder[Policy]}\"");
        folder.Write(Settings, "{");
        Refusal.Of(() => Home.ReadSettings(), $"the settings \"{folder[Settings]}\"");
    }

    [Fact]
    public void In_the_place_of_the_revocation_lists_there_must_be_a_folder_whose_lists_are_whole()
    {
        folder.Write("crls", "a file");
        Refusal.Of(() => Home.ReadRevocationLists(), $"cannot read the folder \"{folder["crls"]}\"");
        File.Delete(folder["crls"]);

        File.CreateSymbolicLink(folder["crls"], folder["nowhere"]);
        Refusal.Of(() => Home.ReadRevocationLists());
        File.Delete(folder["crls"]);

        folder.Write("crls/readme.txt", "passed over");
        Assert.Empty(Home.ReadRevocationLists());
        folder.Write("crls/one.PEM", "damaged");
        Refusal.Of(
            () => Home.ReadRevocationLists(),
            $"cannot read the revocation lists \"{folder["crls"]}\": the revocation status of the certificates is unknown: \"one.PEM\": "
                + "it contains no revocation list"
        );
    }

    public void Dispose() => folder.Dispose();

    private void Read()
    {
        Home.ReadSettings();
        Home.ReadPolicy();
    }

    private void Write(string name, string statement) =>
        folder.Write(
            name,
            new System.Text.Json.Nodes.JsonObject
            {
                ["version"] = "1.0",
                ["trustPolicies"] = new System.Text.Json.Nodes.JsonArray(Policies.Statement(statement, "ca:acme", "*")),
            }.ToJsonString()
        );
}
