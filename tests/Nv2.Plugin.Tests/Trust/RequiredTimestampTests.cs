using System.Text.Json.Nodes;
using Nv2.Plugin.Tests.Containerd;
using Nv2.Signing.Formats;

namespace Nv2.Plugin.Tests.Trust;

/// <summary>A statement that requires timestamps in <c>nv2.json</c>: the same on the command line, in the exec protocol and for containerd.</summary>
public sealed class RequiredTimestampTests : IDisposable
{
    private const string Settings = """{"version":"1.0","statements":{"app":{"requireTimestamp":true}}}""";
    private const string OfAuthority =
        "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping";

    private readonly TrustUser user = new();

    public RequiredTimestampTests()
    {
        user.Certify("clock-root", "/CN=clock root", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign");
        user.Certify("clock", "/CN=clock", OfAuthority, "clock-root");
        user.Trusts("acme");
        user.Trust("add", "clock", "clock-root.crt", "--type", "tsa").RequireSuccess();
        WritePolicy("ca:acme", "tsa:clock");
        user.WriteRevocationList();
    }

    [Theory]
    [InlineData("jws")]
    [InlineData("cose")]
    public void A_signature_without_a_timestamp_is_refused_by_the_command_line_and_the_protocol(string format)
    {
        var signature = user.SignFile(format, "acme");
        user.VerifyFile(signature, "-r", TrustUser.Name).RequireSuccess();
        user.Folder.Write(TrustUser.Settings, Settings);

        var refused = user.VerifyFile(signature, "-r", TrustUser.Name);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("the signature has no timestamp, which the settings require", refused.Stderr, StringComparison.Ordinal);
        var response = Ask(signature);
        Assert.Equal(1, response.ExitCode);
        Assert.Contains("the signature has no timestamp, which the settings require", response.Stdout, StringComparison.Ordinal);

        var stamped = Stamp(signature);
        user.VerifyFile(stamped, "-r", TrustUser.Name).RequireSuccess();
        Ask(stamped).RequireSuccess();
    }

    [Fact]
    public void A_stored_signature_without_a_timestamp_is_refused()
    {
        user.Sign("cose", "acme");
        user.VerifyNamed().RequireSuccess();
        user.Folder.Write(TrustUser.Settings, Settings);

        var refused = user.VerifyNamed();
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("the signature has no timestamp, which the settings require", refused.Stderr, StringComparison.Ordinal);
        user.Folder.Run("attach", Stamp(user.SignFile("cose", "acme")), "--oci-layout", $"{TrustUser.Layout}:v1").RequireSuccess();
        user.VerifyNamed().RequireSuccess();
    }

    [Fact]
    public void Trust_check_says_so()
    {
        Assert.DoesNotContain("timestamps", user.Trust("check", TrustUser.Name).RequireSuccess().Stdout, StringComparison.Ordinal);
        user.Folder.Write(TrustUser.Settings, Settings);
        Assert.Contains(
            "timestamps   required: a signature without a timestamp is not valid\n",
            user.Trust("check", TrustUser.Name).RequireSuccess().Stdout,
            StringComparison.Ordinal
        );

        WritePolicy("ca:acme");
        var refused = user.Trust("check", TrustUser.Name);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(
            "\"app\" has requireTimestamp, but that statement of the trust policy has no trust store of timestamp authorities",
            refused.Stderr,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Containerd_refuses_it_too()
    {
        using var machine = new VerifierMachine();
        Assert.Equal(0, machine.Call().ExitCode);
        var policy = JsonNode.Parse(machine.Folder.Read("trust/trustpolicy.json"))!;
        var statement = policy["trustPolicies"]![0]!;
        statement["trustStores"]!.AsArray().Add("tsa:clock");
        machine.Folder.Write("trust/trustpolicy.json", policy.ToJsonString());
        machine.Folder.Write("clock-root.crt", user.Folder.Read("clock-root.crt"));
        machine.Folder.Run("trust", "add", "clock", "clock-root.crt", "--type", "tsa", "--trust-home", "trust").RequireSuccess();
        Assert.Equal(0, machine.Call().ExitCode);

        machine.Folder.Write("trust/nv2.json", Settings.Replace("\"app\"", statement["name"]!.ToJsonString(), StringComparison.Ordinal));

        var refused = machine.Call();
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("the settings require a timestamp, which the format jwt does not support", refused.Stdout, StringComparison.Ordinal);
    }

    public void Dispose() => user.Dispose();

    private void WritePolicy(params string[] stores)
    {
        var statement = TrustUser.Statement("app", "ca:acme", TrustUser.Repository);
        statement["trustStores"] = new JsonArray([.. stores.Select(store => (JsonNode)store)]);
        user.WritePolicy(statement);
    }

    private string Stamp(string signature)
    {
        var authority = new TimestampAuthority(user.Folder["clock.key"], user.Folder["clock.crt"], user.Folder["clock-root.crt"]);
        var token = authority.Stamp(SignatureFormats.Parse(user.Folder.Read(signature)).Value.Span, new StampPlan(DateTimeOffset.UtcNow));
        user.Folder.Write("token", token);
        user.Folder.Run("timestamp", "attach", signature, "token", "-o", $"stamped.{signature}").RequireSuccess();
        return $"stamped.{signature}";
    }

    private ProcessResult Ask(string signature) =>
        user.Folder.Request(
            "verify-signature",
            new JsonObject
            {
                ["protocolVersion"] = "1.0",
                ["manifest"] = Convert.ToBase64String(user.Folder.Read("app.json")),
                ["signature"] = Convert.ToBase64String(user.Folder.Read(signature)),
                ["reference"] = TrustUser.Name,
                ["trustHome"] = TrustUser.Home,
            }.ToJsonString()
        );
}
