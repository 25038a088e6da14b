using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Trust;

/// <summary>With certificates by hand, too, an artifact is verified under a name only if it is signed for that name.</summary>
public sealed class NameInUseTests : IDisposable
{
    private readonly DockerRegistry registry = new();
    private readonly WorkingFolder folder = new();

    public NameInUseTests()
    {
        folder.Run("certificate", "generate-test", "127.0.0.1").RequireSuccess();
        foreach (var repository in new[] { "app", "other" })
        {
            foreach (var tag in new[] { "v1", "v2", "latest" })
                registry.PutImage(repository, tag);
        }
    }

    [Theory]
    [InlineData("app:v1")]
    [InlineData("other:v1")]
    [InlineData("app")]
    [InlineData("app:v1 other:v2")]
    public void A_reference_in_a_registry_is_the_name_that_must_be_signed(string signedNames)
    {
        var names = signedNames.Split(' ');
        foreach (var repository in new[] { "app", "other" })
            Sign("jwt", repository, names);

        foreach (var used in new[] { "app:v1", "app:v2", "app", "other:v1", "other" })
        {
            var isSigned = names.Select(Whole).Contains(Whole(used));
            foreach (var scheme in used == "other:v1" ? new[] { "", "docker://", "oci://" } : [""])
            {
                var result = Verify($"{scheme}{registry.Address}/{used}");
                Assert.True(result.ExitCode == (isSigned ? 0 : 1), $"{signedNames} as {scheme}{used}: {result.Stderr}");
                Assert.True(isSigned || result.Stderr.Contains("--allow-relocated", StringComparison.Ordinal), result.Stderr);
            }
        }

        foreach (var used in new[] { "app:v2", "other" })
        {
            Assert.Equal(0, Verify("--allow-relocated", $"{registry.Address}/{used}").ExitCode);
            Assert.Equal(0, Verify("-r", $"{registry.Address}/{names[0]}", $"{registry.Address}/{used}").ExitCode);
        }
    }

    [Theory]
    [InlineData("jws")]
    [InlineData("cose")]
    public void A_name_that_nothing_signed_confirms_fails_where_it_was_asked_for(string format)
    {
        Sign(format, "app", []);
        var digest = Verify($"{registry.Address}/app:v1").RequireSuccess().Stdout.Trim();

        foreach (var asked in new[] { "docker.io/library/nginx:1", "nginx", $"{registry.Address}/app:v1", $"{registry.Address}/app@{digest}" })
        {
            var refused = Verify("-r", asked, $"{registry.Address}/app:v1");
            Assert.Equal((1, ""), (refused.ExitCode, refused.Stdout));
            Assert.Contains("carries no names", refused.Stderr, StringComparison.Ordinal);
        }

        var check = JsonNode.Parse(Verify("--json", $"{registry.Address}/app:v1").Stdout)!["signatures"]![0]!["checks"]!
            .AsArray()
            .Single(one => (string)one!["check"]! == "references")!;
        Assert.Equal((false, "notMade"), ((bool)check["passed"]!, (string)check["outcome"]!));

        // A signature that carries the name confirms it.
        Sign("jwt", "app", ["app:v1"]);
        Verify("-r", $"{registry.Address}/app:v1", $"{registry.Address}/app:v1").RequireSuccess();
    }

    [Theory]
    [InlineData("jws")]
    [InlineData("cose")]
    public void Under_a_policy_the_check_is_not_made(string format)
    {
        using var user = new TrustUser();
        user.Trusts("wabbit").Sign(format, "wabbit");

        var report = JsonNode.Parse(user.VerifyNamed("--json").RequireSuccess().Stdout)!;

        Assert.True((bool)report["verified"]!);
        var check = report["signatures"]![0]!["checks"]!.AsArray().Single(one => (string)one!["check"]! == "references")!;
        Assert.Equal((false, "notMade"), ((bool)check["passed"]!, (string)check["outcome"]!));
        Assert.StartsWith("not checked: ", (string)check["reason"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TrustUser.Name, 0)]
    [InlineData("registry.example.com/team/app:v2", 1)]
    [InlineData("registry.example.com/other/app:v1", 1)]
    public void A_whole_reference_in_a_layout_is_a_name_too(string name, int exitCode)
    {
        using var user = new TrustUser();
        var index = JsonNode.Parse(user.Folder.Read("layout/index.json"))!;
        index["manifests"]![0]!["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = name };
        user.Folder.Write("layout/index.json", index.ToJsonString());
        user.Folder.Run("sign", "-k", "wabbit.key", "-c", "wabbit.crt", "-r", TrustUser.Name, "--oci-layout", TrustUser.Layout).RequireSuccess();

        Assert.Equal(exitCode, user.Folder.Run("verify", "-c", "wabbit.crt", "--oci-layout", $"layout:{name}").ExitCode);
        Assert.Equal(0, user.Folder.Run("verify", "-c", "wabbit.crt", "--allow-relocated", "--oci-layout", $"layout:{name}").ExitCode);
    }

    [Fact]
    public void Giving_the_name_up_contradicts_asking_for_one_and_a_policy()
    {
        Assert.Equal(2, Verify("--allow-relocated", "-r", $"{registry.Address}/app:v1", $"{registry.Address}/app:v1").ExitCode);
        Assert.Equal(2, folder.Run("verify", "--plain-http", "--allow-relocated", $"{registry.Address}/app:v1").ExitCode);
        Assert.Equal(2, folder.Run("verify", "--allow-relocated", "-c", "127.0.0.1.crt", "-f", "app.nv2", "manifest.json").ExitCode);
    }

    public void Dispose()
    {
        registry.Dispose();
        folder.Dispose();
    }

    private static string Whole(string name) => name.Contains(':', StringComparison.Ordinal) ? name : $"{name}:latest";

    private ProcessResult Verify(params string[] arguments) =>
        folder.Run(["verify", "--transfer", "skopeo", "--plain-http", "-c", "127.0.0.1.crt", .. arguments]);

    private void Sign(string format, string repository, string[] names) =>
        folder
            .Run([
                "sign",
                "--transfer",
                "skopeo",
                "--plain-http",
                "--format",
                format,
                "-k",
                "127.0.0.1.key",
                "-c",
                "127.0.0.1.crt",
                .. names.SelectMany(name => new[] { "-r", $"{registry.Address}/{name}" }),
                $"{registry.Address}/{repository}:v1",
            ])
            .RequireSuccess();
}
