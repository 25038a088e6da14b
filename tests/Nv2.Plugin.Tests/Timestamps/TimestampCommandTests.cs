using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Nv2.Plugin.Tests.Timestamps;

/// <summary><c>nv2 timestamp</c>, and what becomes of the timestamps, with <c>openssl ts</c> as the authority.</summary>
public sealed class TimestampCommandTests : IDisposable
{
    private const string Signature = "app.sig";
    private const string Request = "app.sig.tsq";
    private const string Reply = "app.sig.tsr";

    private readonly StampedFolder stamped = new();

    private WorkingFolder Folder => stamped.Folder;

    [Theory]
    [InlineData("jws", WorkingFolder.P256Key, WorkingFolder.P256Certificate)]
    [InlineData("jws", WorkingFolder.RsaKey, WorkingFolder.RsaCertificate)]
    [InlineData("cose", WorkingFolder.P256Key, WorkingFolder.P256Certificate)]
    [InlineData("cose", WorkingFolder.RsaKey, WorkingFolder.RsaCertificate)]
    public void A_signature_is_timestamped_step_by_step_and_says_when(string format, string key, string certificate)
    {
        Sign(format, key, certificate);
        Assert.Equal($"{Request}\n", Folder.Run("timestamp", "request", Signature).RequireSuccess().Stdout);
        stamped.Reply(Request, Reply, TimestampAuthority.Accuracy);
        Assert.Equal(
            $"{Signature}\n",
            Folder.Run("timestamp", "attach", "--tsa-cert", StampedFolder.TimestampRoot, Signature, Reply).RequireSuccess().Stdout
        );

        Assert.Matches(
            @"(?m)^timestamp +20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ, give or take 1\.5 s\n  by +CN=timestamps$",
            Folder.Run("inspect", Signature).RequireSuccess().Stdout
        );
        var claimed = JsonNode.Parse(Folder.Run("inspect", "--json", Signature).RequireSuccess().Stdout)!["timestamp"]!;
        var proven = Verify(certificate, "--tsa-cert", StampedFolder.TimestampRoot)["timestamp"]!;
        Assert.True(JsonNode.DeepEquals(claimed, proven));
        Assert.Equal("CN=timestamps", proven["authority"]!["subject"]!.GetValue<string>());
        Assert.Equal(1.5m, proven["accuracyInSeconds"]!.GetValue<decimal>());
        Assert.Null(Verify(certificate)["timestamp"]);

        var untrusted = Folder.Run("verify", "-f", Signature, "-c", certificate, "--tsa-cert", StampedFolder.OtherRoot, WorkingFolder.Manifest);
        Assert.Equal(1, untrusted.ExitCode);
        Assert.Empty(untrusted.Stdout);
        Assert.Contains(
            "  validity: the timestamp is not valid: the issuer of CN=timestamp issuer, CN=timestamp root, is neither among the trusted roots nor "
                + "in the timestamp\n",
            untrusted.Stderr,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "  hint: if you trust the timestamp authority, give its certificate or its root's with --tsa-cert",
            untrusted.Stderr,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Request_and_reply_go_through_pipes()
    {
        Sign("jws");
        var request = Folder.Run("timestamp", "request", "-o", "-", Signature).RequireSuccess().StdoutBytes;
        var before = Folder.Read(Signature);

        var piped = Folder.RunWithInput(stamped.Reply(request), "timestamp", "attach", "-o", "-", Signature, "-").RequireSuccess().StdoutBytes;
        Assert.Equal(before, Folder.Read(Signature));
        Folder.Write(Signature, piped);
        Assert.NotNull(Verify(WorkingFolder.P256Certificate, "--tsa-cert", StampedFolder.TimestampRoot)["timestamp"]);
        Assert.DoesNotContain(Folder.Names, name => name.EndsWith(".tsq", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("jws")]
    [InlineData("cose")]
    public void A_signature_whose_certificate_has_ended_holds_by_its_timestamp_on_the_command_line_and_in_the_protocol(string format)
    {
        stamped.WriteExpired(Signature, "token", format);
        Folder.Run("timestamp", "attach", "--tsa-cert", StampedFolder.TimestampRoot, Signature, "token").RequireSuccess();

        var verified = Verify(StampedFolder.ExpiredRoot, "--tsa-cert", StampedFolder.TimestampRoot);
        Assert.Equal("2020-06-01T12:00:00Z", verified["timestamp"]!["time"]!.GetValue<string>());
        var request = new JsonObject
        {
            ["protocolVersion"] = "1.0",
            ["manifest"] = Convert.ToBase64String(Folder.Read(WorkingFolder.Manifest)),
            ["signature"] = Convert.ToBase64String(Folder.Read(Signature)),
            ["trustedCertificates"] = new JsonArray(Certificate(StampedFolder.ExpiredRoot)),
        };
        var unlooked = Folder.Request("verify-signature", request.ToJsonString());
        Assert.Equal(1, unlooked.ExitCode);
        Assert.Contains("the timestamp of the signature was ignored", unlooked.Stdout, StringComparison.Ordinal);

        request["trustedTimestampAuthorities"] = new JsonArray(Certificate(StampedFolder.TimestampRoot));
        var response = Folder.Request("verify-signature", request.ToJsonString()).RequireSuccess().Stdout;
        Assert.True(JsonNode.DeepEquals(verified, JsonNode.Parse(response)));
        Assert.Equal(
            ["valid", "valid", "valid"],
            JsonSchemas.Validate([
                ("verify-signature-request", request),
                ("verify-signature-response", JsonNode.Parse(response)!),
                ("verify-signature-response", JsonNode.Parse(unlooked.Stdout)!),
            ])
        );

        // A timestamp authority is not trusted for signatures, and the other way round.
        request["trustedTimestampAuthorities"] = new JsonArray(Certificate(StampedFolder.ExpiredRoot));
        Assert.Equal(1, Folder.Request("verify-signature", request.ToJsonString()).ExitCode);
        Assert.Equal(
            1,
            Folder
                .Run(
                    "verify",
                    "-f",
                    Signature,
                    "--ca-cert",
                    StampedFolder.TimestampRoot,
                    "--tsa-cert",
                    StampedFolder.TimestampRoot,
                    WorkingFolder.Manifest
                )
                .ExitCode
        );
    }

    [Fact]
    public void A_timestamp_that_is_there_gives_way_only_when_asked()
    {
        Sign("cose");
        Attach();
        var first = Folder.Read(Signature);
        Folder.Run("timestamp", "request", Signature).RequireSuccess();
        stamped.Reply(Request, Reply);
        BadInput.AssertRefused("timestamp-there", Folder, [new("another timestamp", 1, "timestamp", "attach", Signature, Reply)]);
        Folder.Run("timestamp", "attach", "--force", Signature, Reply).RequireSuccess();

        Assert.NotEqual(first, Folder.Read(Signature));
        Assert.NotNull(Verify(WorkingFolder.P256Certificate, "--tsa-cert", StampedFolder.TimestampRoot)["timestamp"]);
    }

    [Fact]
    public void What_cannot_be_attached_is_refused_and_nothing_is_written()
    {
        Sign("jws");
        Folder.Run("timestamp", "request", Signature).RequireSuccess();
        Folder.Run("timestamp", "request", "-o", "other.tsq", Signature).RequireSuccess();
        stamped.Reply(Request, Reply);
        stamped.Reply("other.tsq", "other.tsr");
        stamped.Reply(Request, "refused.tsr", "digests = sha512");
        Folder.Write("changed.tsr", ChangeLast(Folder.Read(Reply)));
        Folder.Write("zeros.tsr", new byte[1024 * 1024]);
        Folder.Write("large.tsr", new byte[1024 * 1024 + 1]);
        Folder.Write("page.tsr", "<html>502 Bad Gateway</html>");
        Folder.Write("empty.tsr", "");
        Folder
            .Run(
                "sign",
                "-k",
                WorkingFolder.P256Key,
                "-c",
                WorkingFolder.P256Certificate,
                "--format",
                "cose",
                "-o",
                "second.sig",
                WorkingFolder.Manifest
            )
            .RequireSuccess();
        stamped.WriteExpired("expired.sig", "late.tsr", "jws", year: 2022);

        BadInput.AssertRefused(
            "bad-timestamps",
            Folder,
            [
                new("of another signature", 1, "timestamp", "attach", "second.sig", Reply),
                new("an answer to another request", 1, "timestamp", "attach", Signature, "other.tsr"),
                new("an answer to another request, which is named", 1, "timestamp", "attach", "--request", "other.tsq", Signature, Reply),
                new("a refusal", 1, "timestamp", "attach", Signature, "refused.tsr"),
                new("one bit changed", 1, "timestamp", "attach", Signature, "changed.tsr"),
                new("by an authority that is not trusted", 1, "timestamp", "attach", "--tsa-cert", StampedFolder.OtherRoot, Signature, Reply),
                new("after the certificate has ended", 1, "timestamp", "attach", "expired.sig", "late.tsr"),
                new("1 MiB of zeros", 1, "timestamp", "attach", Signature, "zeros.tsr"),
                new("over 1 MiB", 1, "timestamp", "attach", Signature, "large.tsr"),
                new("a web page", 1, "timestamp", "attach", Signature, "page.tsr"),
                new("nothing", 1, "timestamp", "attach", Signature, "empty.tsr"),
                new("nothing on standard input", 1, "timestamp", "attach", Signature, "-"),
                new("the request", 1, "timestamp", "attach", Signature, Request),
                new("a reply that is not there", 1, "timestamp", "attach", Signature, "missing.tsr"),
                new("a signature that is not there", 1, "timestamp", "attach", "missing.sig", Reply),
                new("a request that is not there", 1, "timestamp", "attach", "--request", "missing.tsq", Signature, Reply),
                new("a request that is none", 1, "timestamp", "attach", "--request", "page.tsr", Signature, Reply),
                new("no certificate", 1, "timestamp", "attach", "--tsa-cert", Signature, Signature, Reply),
                new("in the place of the reply", 1, "timestamp", "attach", "-o", Reply, Signature, Reply),
                new("in the place of the request", 1, "timestamp", "attach", "-o", Request, Signature, Reply),
                new(
                    "in the place of a certificate",
                    1,
                    "timestamp",
                    "attach",
                    "-o",
                    StampedFolder.TimestampRoot,
                    "--tsa-cert",
                    StampedFolder.TimestampRoot,
                    Signature,
                    Reply
                ),
                new("in a missing folder", 1, "timestamp", "attach", "-o", "missing/app.sig", Signature, Reply),
                new("a jwt", 1, "timestamp", "attach", WorkingFolder.Signature, Reply),
                new("request: a jwt", 1, "timestamp", "request", WorkingFolder.Signature),
                new("request: a key", 1, "timestamp", "request", WorkingFolder.P256Key),
                new("request: a signature that is not there", 1, "timestamp", "request", "missing.sig"),
                new("request: in the place of the signature", 1, "timestamp", "request", "-o", Signature, Signature),
                new("request: in a missing folder", 1, "timestamp", "request", "-o", "missing/app.tsq", Signature),
            ]
        );
    }

    [Fact]
    public void Formats_that_have_no_timestamps_verify_with_and_without_authorities() =>
        Folder
            .Run(
                "verify",
                "-f",
                WorkingFolder.Signature,
                "-c",
                WorkingFolder.P256Certificate,
                "--tsa-cert",
                StampedFolder.TimestampRoot,
                WorkingFolder.Manifest
            )
            .RequireSuccess();

    [Fact]
    public void Inspect_shows_what_is_wrong_with_a_timestamp_that_cannot_be_read()
    {
        Sign("jws");
        var envelope = JsonNode.Parse(Folder.Read(Signature))!;
        envelope["header"]!["io.cncf.notary.timestampSignature"] = "AAAA";
        Folder.Write(Signature, envelope.ToJsonString());

        Assert.Matches(
            new Regex("^timestamp +the timestamp has bytes after its end$", RegexOptions.Multiline),
            Folder.Run("inspect", Signature).RequireSuccess().Stdout
        );
        Assert.Contains(
            "\"timestamp\":{\"reason\":\"the timestamp has bytes after its end\"}",
            Folder.Run("inspect", "--json", Signature).RequireSuccess().Stdout,
            StringComparison.Ordinal
        );
    }

    public void Dispose() => stamped.Dispose();

    private void Sign(string format, string key = WorkingFolder.P256Key, string certificate = WorkingFolder.P256Certificate) =>
        Folder.Run("sign", "--format", format, "-k", key, "-c", certificate, "-o", Signature, WorkingFolder.Manifest).RequireSuccess();

    private void Attach()
    {
        Folder.Run("timestamp", "request", Signature).RequireSuccess();
        stamped.Reply(Request, Reply);
        Folder.Run("timestamp", "attach", Signature, Reply).RequireSuccess();
    }

    private JsonNode Verify(string certificate, params string[] more) =>
        JsonNode.Parse(
            Folder.Run(["verify", "--json", "-f", Signature, "-c", certificate, .. more, WorkingFolder.Manifest]).RequireSuccess().Stdout
        )!;

    private string Certificate(string name)
    {
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(Folder[name]);
        return Convert.ToBase64String(certificate.RawData);
    }

    private static byte[] ChangeLast(byte[] content)
    {
        content[^1] ^= 1;
        return content;
    }
}
