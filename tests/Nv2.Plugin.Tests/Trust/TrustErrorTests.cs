using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Trust;

/// <summary>What the exec protocol says of a trust home that cannot be used: a path in the request, or none.</summary>
public sealed class TrustErrorTests : IDisposable
{
    private const string StoreFolder = "truststore/x509/ca/wabbit";
    private const string PathOfHome = "$.trustHome";

    private readonly TrustUser user = new TrustUser().Trusts("wabbit");

    [Theory]
    [InlineData("trustpolicy.json", """{"version":"9.9"}""", "$.version")]
    [InlineData(
        "trustpolicy.json",
        """{"version":"1.0","trustPolicies":[{"name":"app","registryScopes":[]}]}""",
        "$.trustPolicies[0].registryScopes"
    )]
    [InlineData("trustpolicy.json", "[]", "is an array")]
    [InlineData("nv2.json", """{"version":"9.9"}""", "$.version")]
    [InlineData("nv2.json", "{", "is not one well-formed JSON object")]
    [InlineData($"{StoreFolder}/wabbit.crt", "damaged", "wabbit.crt")]
    [InlineData($"{StoreFolder}/wabbit.crt", null, "has no certificate")]
    [InlineData("crls/wabbit.crl", "damaged", "wabbit.crl")]
    public void The_message_names_a_damaged_file_and_the_path_is_one_in_the_request(string name, string? content, string says)
    {
        if (content is not null)
            user.Folder.Write($"{TrustUser.Home}/{name}", content);
        else
            Array.ForEach(Directory.GetFiles(user.Folder[$"{TrustUser.Home}/{StoreFolder}"]), File.Delete);

        var named = Error(Verify(Request(isHomeNamed: true), []));
        Assert.Equal(("VALIDATION_ERROR", PathOfHome), (named.Code, named.Path));
        Assert.StartsWith($"the request: {PathOfHome}: ", named.Message, StringComparison.Ordinal);
        Assert.Contains(says, named.Message, StringComparison.Ordinal);

        var found = Error(Verify(Request(isHomeNamed: false), [$"NV2_HOME={TrustUser.Home}"]));
        Assert.Equal(("VALIDATION_ERROR", null), (found.Code, found.Path));
        Assert.Contains(says, found.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trustpolicy.json")]
    [InlineData("nv2.json")]
    [InlineData(StoreFolder)]
    [InlineData($"{StoreFolder}/wabbit.crt")]
    [InlineData("crls")]
    public void What_may_not_be_read_is_ACCESS_DENIED(string name)
    {
        if (OperatingSystem.IsWindows())
            return; // There are no file modes.

        Directory.CreateDirectory(user.Folder[$"{TrustUser.Home}/crls"]);
        user.Folder.Write(TrustUser.Settings, """{"version":"1.0"}""");
        var denied = user.Folder[$"{TrustUser.Home}/{name}"];
        if (!Path.Exists(denied))
            denied = Assert.Single(Directory.GetFiles(user.Folder[$"{TrustUser.Home}/{StoreFolder}"]));
        var mode = File.GetUnixFileMode(denied);
        using var unprivileged = new UnprivilegedRun(user.Folder);
        File.SetUnixFileMode(denied, UnixFileMode.None);
        try
        {
            var named = Error(unprivileged.Run(Request(isHomeNamed: true), "verify-signature"));
            Assert.Equal(("ACCESS_DENIED", PathOfHome), (named.Code, named.Path));
            Assert.EndsWith(": permission denied", named.Message, StringComparison.Ordinal);

            var environment = new Dictionary<string, string?> { ["NV2_HOME"] = TrustUser.Home };
            var found = Error(unprivileged.Run(Request(isHomeNamed: false), environment, "verify-signature"));
            Assert.Equal(("ACCESS_DENIED", null), (found.Code, found.Path));
        }
        finally
        {
            File.SetUnixFileMode(denied, mode);
        }
    }

    [Fact]
    public void An_empty_name_of_a_home_is_refused_with_its_path()
    {
        var request = VectorRequests.Verify().Without("trustedCertificates").With("trustHome", "");
        var error = Error(Nv2Binary.Request("verify-signature", request.ToJsonString()));

        Assert.Equal(("VALIDATION_ERROR", PathOfHome), (error.Code, error.Path));
    }

    public void Dispose() => user.Dispose();

    private static byte[] Request(bool isHomeNamed)
    {
        var request = VectorRequests.Verify().Without("trustedCertificates").With("reference", TrustUser.Name);
        return Encoding.UTF8.GetBytes((isHomeNamed ? request.With("trustHome", TrustUser.Home) : request).ToJsonString());
    }

    private static (string Code, string Message, string? Path) Error(ProcessResult result)
    {
        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        var error = JsonNode.Parse(result.Stderr)!;
        Assert.Equal(["valid"], JsonSchemas.Validate([("error", error)]));
        return ((string)error["errorCode"]!, (string)error["errorMessage"]!, (string?)error["errorMetadata"]!["path"]);
    }

    private ProcessResult Verify(byte[] request, string[] environment) =>
        Tool.Run("env", [.. environment, Nv2Binary.Path, "verify-signature"], request, user.Folder.Path);
}
