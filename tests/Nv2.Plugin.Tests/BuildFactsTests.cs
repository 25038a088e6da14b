using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Nv2.Plugin.Tests;

/// <summary>
/// What the published binary says of the OpenSSL library and the .NET runtime in it, and the record that scripts/publish.sh writes beside it.
/// NV2_OPENSSL says how the binary was made, as it does for that script.
/// </summary>
[Trait("OpenSsl", "Any")]
public sealed partial class BuildFactsTests
{
    private static readonly string Linkage = Environment.GetEnvironmentVariable("NV2_OPENSSL") ?? "static";

    private readonly JsonNode record = JsonNode.Parse(File.ReadAllText($"{Nv2Binary.Path}.build.json"))!;
    private readonly JsonNode described = JsonNode.Parse(Nv2Binary.Request("describe", """{"protocolVersion":"1.0"}""").RequireSuccess().Stdout)![
        "build"
    ]!;
    private readonly string[] said = Nv2Binary.Run("--version", "--verbose").RequireSuccess().Stdout.Split('\n');

    [Fact]
    public void The_OpenSSL_library_is_the_one_of_this_machine_s_distribution()
    {
        var version = Text(described, "openssl", "version");

        // Both are built from one source: "OpenSSL 3.5.4 30 Sep 2025 (Library: OpenSSL 3.5.4 30 Sep 2025)" is what the command and its library say.
        var openssl = Tool.Run("openssl", ["version"]).RequireSuccess().Stdout;
        Assert.Equal(version, LibraryOfCommand().Match(openssl).Groups[1].Value);

        var package = Text(described, "openssl", "buildPackage").Split(' ');
        Assert.Equal(package[1], Tool.Run("dpkg-query", ["-W", "-f", "${Version}", package[0]]).RequireSuccess().Stdout);
        Assert.StartsWith(version.Split(' ')[1], package[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_the_verbose_version_and_the_record_agree()
    {
        var version = Text(record, "version");
        var (openssl, package) = (Text(record, "openssl", "version"), Text(record, "openssl", "package"));
        var how = Linkage == "static" ? "linked statically" : "the system's library";
        var runtime = Text(record, "dotnet", "runtime");

        Assert.Equal([$"nv2 {version}", $"{openssl}, {how}, built with {package}", $".NET {runtime}, {Text(record, "runtimeIdentifier")}", ""], said);
        Assert.Equal(
            (Linkage, openssl, package),
            (Text(described, "openssl", "linkage"), Text(described, "openssl", "version"), Text(described, "openssl", "buildPackage"))
        );
        Assert.Equal(runtime, Text(described, "dotnet"));
        Assert.Equal(Linkage, Text(record, "openssl", "linkage"));
    }

    [Fact]
    public void The_loader_is_asked_for_OpenSSL_only_where_it_is_the_system_s()
    {
        var dynamic = Tool.Run("readelf", ["-d", Nv2Binary.File]).RequireSuccess().Stdout;
        var needed = Needed().Matches(dynamic).Select(match => match.Groups[1].Value).ToList();

        Assert.Contains("libc.so.6", needed);
        Assert.Equal(Linkage == "static" ? [] : ["libcrypto.so.3"], needed.Where(IsOpenSsl).Order());

        static bool IsOpenSsl(string name) => name.Contains("ssl", StringComparison.Ordinal) || name.Contains("crypto", StringComparison.Ordinal);
    }

    // The platform would set libssl up, and so have it linked in; the executable's own function in its place does not (docs/decisions/0019).
    [Fact]
    public void OpenSSL_is_set_up_without_libssl()
    {
        var binary = File.ReadAllBytes(Nv2Binary.File).AsSpan();

        Assert.True(binary.IndexOf("ssl/ssl_init.c"u8) < 0 && binary.IndexOf("OPENSSL_init_ssl"u8) < 0, "the binary has or needs libssl");
        Assert.True(binary.IndexOf("HASH-DRBG"u8) >= 0);
    }

    [Fact]
    public void The_binary_is_protected_as_its_record_and_the_documentation_say()
    {
        var headers = Tool.Run("readelf", ["-W", "-h", "-l", "-d", Nv2Binary.File]).RequireSuccess().Stdout;
        var independent = record["positionIndependent"]!.GetValue<bool>();

        Assert.Matches(independent ? @"Type:\s+DYN" : @"Type:\s+EXEC", headers);
        Assert.Matches(@"GNU_STACK +(?:0x[0-9a-f]+ +)+RW +0x", headers);
        Assert.Matches(@"GNU_RELRO +0x", headers);
        Assert.Matches(@"\(FLAGS_1\) +Flags: NOW", headers);
        Assert.Matches(@"LOAD +(?:0x[0-9a-f]+ +)+R E +0x", headers);
        Assert.DoesNotMatch(@"LOAD +(?:0x[0-9a-f]+ +)+[R ]WE +0x", headers);
    }

    [Fact]
    public void The_record_is_of_this_binary_this_SDK_and_valid()
    {
        var pinned = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "global.json")))!["sdk"]!;

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Nv2Binary.File))), Text(record, "sha256"));
        Assert.Equal(("disable", Text(pinned, "version")), (Text(pinned, "rollForward"), Text(record, "dotnet", "sdk")));
        Assert.Equal(["valid"], JsonSchemas.Validate([("build-record", record)]));
        foreach (var (name, _) in record.AsObject())
        {
            var incomplete = record.DeepClone().AsObject();
            incomplete.Remove(name);
            Assert.Equal(["$: required"], JsonSchemas.Validate([("build-record", incomplete)]));
        }
    }

    [Theory]
    [InlineData("NV2_OPENSSL", "dynamic", "NV2_OPENSSL is 'dynamic': expected static or system")]
    [InlineData("PIE", "yes", "PIE is 'yes': expected 0 or 1")]
    [InlineData("NV2_RID", "linux-riscv64", "NV2_RID is 'linux-riscv64': expected linux-x64 or linux-arm64")]
    [InlineData("NV2_OPENSSL_PACKAGE", "a\" b", "the package 'a\" b' is not a name and a version")]
    [InlineData("NV2_OPENSSL_PACKAGE", "a;b", "the package 'a;b' is not a name and a version")]
    public void Publish_refuses_settings_that_it_does_not_know(string variable, string value, string failure)
    {
        using var folder = new TemporaryFolder();
        var environment = new Dictionary<string, string?>
        {
            ["HOME"] = Environment.GetEnvironmentVariable("HOME"),
            ["NV2_OPENSSL"] = null,
            ["NV2_RID"] = null,
            [variable] = value,
        };
        var result = Tool.Run(Path.Combine(Repository.Root, "scripts", "publish.sh"), [folder["out"]], environment: environment);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(failure, result.Stderr, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Theory]
    [InlineData("--verbose")]
    [InlineData("--verbose", "verify", "-f", "a", "-c", "b", "c")]
    public void Verbose_without_a_command_is_refused_where_no_version_is_asked_for(params string[] arguments) =>
        Assert.Equal(2, Nv2Binary.Run(arguments).ExitCode);

    private static string Text(JsonNode json, params string[] path) => path.Aggregate(json, (node, name) => node[name]!).GetValue<string>();

    [GeneratedRegex(@"\(Library: (.*)\)")]
    private static partial Regex LibraryOfCommand();

    [GeneratedRegex(@"\(NEEDED\) .*\[(.*)\]")]
    private static partial Regex Needed();
}
