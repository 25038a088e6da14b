using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Trust;

/// <summary>Signers whose clocks are ahead: a tolerance of some seconds for the beginning of a signature, which is off unless somebody asks for
/// it.</summary>
public sealed class ClockToleranceTests : IDisposable
{
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan OldCertificate = TimeSpan.FromDays(1);

    private readonly TrustUser user = new();

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void A_signature_that_is_not_valid_yet_passes_within_the_tolerance_of_an_option(string format)
    {
        var signature = user.SignAhead(Ahead, OldCertificate, format, "early");
        foreach (
            var (options, passes) in new (string[], bool)[]
            {
                ([], false),
                (["--clock-tolerance", "0"], false),
                (["--clock-tolerance", "10"], false),
                (["--clock-tolerance", "300"], true),
            }
        )
        {
            var result = user.Folder.Run(["verify", "-c", "early.crt", "-r", TrustUser.Name, "-f", signature, .. options, "app.json"]);

            Assert.True((passes ? 0 : 1) == result.ExitCode, result.Stderr);
            Assert.Equal(!passes, result.Stderr.Contains("\n  validity: the signature is not valid before ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_settings_decide_unless_the_option_does()
    {
        var signature = user.SignAhead(Ahead, OldCertificate, "jwt", "early");
        user.Trusts("early");
        foreach (
            var (setting, option, passes) in new[]
            {
                ("0", null, false),
                ("10", null, false),
                ("300", null, true),
                ("300", "0", false),
                ("0", "300", true),
            }
        )
        {
            user.Folder.Write(TrustUser.Settings, "{\"version\":\"1.0\",\"clockToleranceInSeconds\":" + setting + "}");
            string[] options = option is null ? [] : ["--clock-tolerance", option];

            var result = user.VerifyFile(signature, ["-r", TrustUser.Name, .. options]);

            Assert.True((passes ? 0 : 1) == result.ExitCode, $"{setting} {option}: {result.Stderr}");
        }

        Assert.Contains(
            "\nclock        signatures may be valid from up to 300 seconds from now (nv2.json)\n",
            Check("300"),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("\nclock ", Check("0"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_of_the_protocol_can_ask_for_it()
    {
        var signature = user.SignAhead(Ahead, OldCertificate, "jwt", "early");
        var request = new JsonObject
        {
            ["protocolVersion"] = "1.0",
            ["subject"] = VectorRequests.Descriptor(LayoutContent.ImageType, user.Folder.Read("app.json")),
            ["signature"] = Convert.ToBase64String(user.Folder.Read(signature)),
            ["trustedCertificates"] = new JsonArray(
                Convert.ToBase64String(
                    System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(user.Folder["early.crt"]).RawData
                )
            ),
        };
        Assert.Equal(1, Ask().ExitCode);
        Assert.Equal(1, Ask(10).ExitCode);
        Assert.Equal(0, Ask(300).ExitCode);

        foreach (var value in new[] { 301, -1 })
        {
            var refused = Ask(value);
            Assert.Equal((1, ""), (refused.ExitCode, refused.Stdout));
            Assert.Equal("$.clockToleranceInSeconds", JsonNode.Parse(refused.Stderr)!["errorMetadata"]!["path"]!.GetValue<string>());
        }

        ProcessResult Ask(int? seconds = null)
        {
            if (seconds is not null)
                request["clockToleranceInSeconds"] = seconds;
            var outcome = JsonSchemas.Validate([("verify-signature-request", request)])[0];
            Assert.Equal(seconds is null or (>= 0 and <= 300), outcome == "valid");
            return user.Folder.Request("verify-signature", request.ToJsonString());
        }
    }

    [Fact]
    public void The_dates_of_certificates_and_the_end_of_a_signature_are_not_concerned()
    {
        var young = user.SignAhead(Ahead, TimeSpan.FromSeconds(1), "jwt", "young");
        var refused = user.Folder.Run("verify", "-c", "young.crt", "-r", TrustUser.Name, "-f", young, "--clock-tolerance", "300", "app.json");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("\n  validity: the certificate ", refused.Stderr, StringComparison.Ordinal);

        // It ended a minute ago.
        var late = user.SignAhead(TimeSpan.FromHours(-1) - TimeSpan.FromMinutes(1), OldCertificate, "jwt", "late");
        var expired = user.Folder.Run("verify", "-c", "late.crt", "-r", TrustUser.Name, "-f", late, "--clock-tolerance", "300", "app.json");
        Assert.Equal(1, expired.ExitCode);
        Assert.Contains("the signature expired at ", expired.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("301")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("5s")]
    [InlineData("")]
    public void What_is_no_number_of_seconds_in_range_is_refused(string value)
    {
        var result = user.Folder.Run("verify", "-c", "wabbit.crt", "-f", "any", $"--clock-tolerance={value}", "app.json");

        Assert.Equal((2, ""), (result.ExitCode, result.Stdout));
        Assert.Contains("--clock-tolerance", result.Stderr, StringComparison.Ordinal);
    }

    public void Dispose() => user.Dispose();

    private string Check(string setting)
    {
        user.Folder.Write(TrustUser.Settings, "{\"version\":\"1.0\",\"clockToleranceInSeconds\":" + setting + "}");
        return user.Trust("check", TrustUser.Name).RequireSuccess().Stdout;
    }
}
