using System.Diagnostics;
using System.IO.Pipes;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Nv2.Plugin.Contracts;
using Nv2.Plugin.Contracts.Nv2;
using Nv2.Plugin.Tests.Trust;

namespace Nv2.Plugin.Tests.Contracts;

/// <summary>
/// A stream of requests keeps what follows from bytes, and accepts nothing that a new process would refuse: whatever changes between two lines
/// is seen by the second.
/// </summary>
public sealed class StreamReuseTests
{
    [Fact]
    public void A_policy_that_changes_is_seen_by_the_next_request()
    {
        using var user = new TrustUser();
        using var stream = new PolicyStream(user);
        stream.Accepts();

        var statement = TrustUser.Statement("app", "ca:wabbit", TrustUser.Repository);
        statement["trustedIdentities"] = new JsonArray("x509.subject: C=US, ST=WA, O=acme");
        user.WritePolicy(statement);
        stream.Refuses("VERIFICATION_FAILED", "matches none of the trusted identities");

        user.WritePolicy(TrustUser.Statement("app", "ca:wabbit", TrustUser.Repository));
        stream.Accepts();
        user.Folder.Write(TrustUser.Policy, "{");
        stream.Refuses("VALIDATION_ERROR", "trustpolicy.json");
        File.Delete(user.Folder[TrustUser.Policy]);
        stream.Refuses("VERIFICATION_FAILED", "there is no trust policy");
    }

    [Theory]
    [InlineData(TrustUser.Policy)]
    [InlineData(TrustUser.Home)]
    [InlineData($"{TrustUser.Home}/truststore/x509/ca/wabbit")]
    public void A_policy_or_a_store_that_others_can_change_is_refused_by_the_next_request(string path)
    {
        using var user = new TrustUser();
        using var stream = new PolicyStream(user);
        stream.Accepts();
        var mode = File.GetUnixFileMode(user.Folder[path]);

        File.SetUnixFileMode(user.Folder[path], mode | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite);
        stream.Refuses("VALIDATION_ERROR", "can be changed by users other than its owner");
        File.SetUnixFileMode(user.Folder[path], mode);
        stream.Accepts();
    }

    [Fact]
    public void A_policy_that_becomes_a_link_is_refused_by_the_next_request()
    {
        using var user = new TrustUser();
        using var stream = new PolicyStream(user);
        stream.Accepts();

        File.Move(user.Folder[TrustUser.Policy], user.Folder["same.json"]);
        File.CreateSymbolicLink(user.Folder[TrustUser.Policy], user.Folder["same.json"]);
        stream.Refuses("VALIDATION_ERROR", "it is a symbolic link");
    }

    [Fact]
    public void A_store_that_changes_or_is_removed_is_seen_by_the_next_request()
    {
        using var user = new TrustUser();
        using var stream = new PolicyStream(user);
        stream.Accepts();
        var store = user.Folder[$"{TrustUser.Home}/truststore/x509/ca/wabbit"];
        var file = Assert.Single(Directory.GetFiles(store));
        var content = File.ReadAllBytes(file);

        File.WriteAllBytes(file, user.Folder.Read("acme-root.crt"));
        stream.Refuses("VERIFICATION_FAILED", "");
        File.WriteAllBytes(file, content);
        stream.Accepts();
        Directory.Delete(store, recursive: true);
        stream.Refuses("VALIDATION_ERROR", "the trust store ca:wabbit does not exist");
    }

    [Fact]
    public void A_certificate_that_is_revoked_is_seen_by_the_next_request()
    {
        using var user = new TrustUser();
        user.WriteRevocationList();
        using var stream = new PolicyStream(user, "acme");
        stream.Accepts();

        user.WriteRevocationList("acme");
        stream.Refuses("VERIFICATION_FAILED", "is revoked");
    }

    [Fact]
    public void A_key_or_a_certificate_that_goes_away_or_is_changed_is_seen_by_the_next_request()
    {
        using var folder = new WorkingFolder();
        using var stream = new LiveStream(folder.Path, "generate-signature");
        var request = VectorRequests.Sign().With("pluginConfig", new JsonObject { ["certificate"] = WorkingFolder.P256Certificate });
        Assert.Null(stream.Ask(request)["warnings"]);
        Assert.Null(stream.Ask(request)["warnings"]);

        File.SetUnixFileMode(folder[WorkingFolder.P256Key], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Contains(
            "can be read by users other than its owner",
            stream.Ask(request)["warnings"]![0]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        folder.Write(WorkingFolder.P256Certificate, folder.Read(WorkingFolder.RsaCertificate));
        Assert.Contains("does not belong to the certificate", stream.Error(request), StringComparison.Ordinal);
        folder.Write(WorkingFolder.P256Certificate, Vectors.Read("keys/p256.crt"));
        Assert.Null(stream.Ask(request)["errorCode"]);
        folder.WriteKey(WorkingFolder.P256Key, folder.Read(WorkingFolder.RsaKey));
        Assert.Contains("does not belong to the certificate", stream.Error(request), StringComparison.Ordinal);
        File.Delete(folder[WorkingFolder.P256Key]);
        Assert.Contains("there is no such file", stream.Error(request), StringComparison.Ordinal);
    }

    [Fact]
    public void The_passphrase_of_a_key_is_needed_by_each_request()
    {
        using var folder = new WorkingFolder();
        folder.WriteKey("right", "sesame"u8.ToArray());
        folder.WriteKey("wrong", "barley"u8.ToArray());
        Tool.Run(
                "openssl",
                ["pkcs8", "-topk8", "-in", folder[WorkingFolder.P256Key], "-out", folder["encrypted.key"], "-passout", $"file:{folder["right"]}"]
            )
            .RequireSuccess();
        using var stream = new LiveStream(folder.Path, "generate-signature");
        JsonObject With(string passphrase) =>
            VectorRequests.Sign().With("keyId", "encrypted.key").With("pluginConfig", new JsonObject { ["passphraseFrom"] = $"file:{passphrase}" });

        Assert.Null(stream.Ask(With("right"))["errorCode"]);
        Assert.Contains("the passphrase is wrong", stream.Error(With("wrong")), StringComparison.Ordinal);
        Assert.Contains("passphrase", stream.Error(VectorRequests.Sign().With("keyId", "encrypted.key")), StringComparison.Ordinal);
        Assert.Null(stream.Ask(With("right"))["errorCode"]);
        folder.WriteKey("right", "barley"u8.ToArray());
        Assert.Contains("the passphrase is wrong", stream.Error(With("right")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nv2-jwt/p256-x5c.jwt")]
    [InlineData("nv2-jwt/chain.jwt")]
    [InlineData("nv2-json/chain.json")]
    public void A_certificate_that_expires_while_the_stream_runs_is_refused_from_then_on(string signature)
    {
        var vector = VectorRequests.Find(signature);
        using var trusted = X509CertificateLoader.LoadCertificateFromFile(Vectors.PathOf(vector.Trusted));
        var clock = new FakeTimeProvider(new DateTimeOffset(trusted.NotBefore.ToUniversalTime()).AddDays(1));
        using var toStream = new AnonymousPipeServerStream(PipeDirection.Out);
        using var fromStream = new AnonymousPipeServerStream(PipeDirection.In);
        using var input = new AnonymousPipeClientStream(PipeDirection.In, toStream.ClientSafePipeHandle);
        using var output = new AnonymousPipeClientStream(PipeDirection.Out, fromStream.ClientSafePipeHandle);
        var isEnded = 0;
        var exitCode = -1;
        var running = new Thread(() =>
            exitCode = HostCall.RunStream("verify-signature", [ExecProtocol.Contract], clock, input, output, () => isEnded++)
        );
        running.Start();
        using var responses = new StreamReader(fromStream);
        bool Verified()
        {
            toStream.Write(Encoding.UTF8.GetBytes(VectorRequests.Verify(vector).ToJsonString() + "\n"));
            return JsonNode.Parse(responses.ReadLine()!)!["verified"]!.GetValue<bool>();
        }

        // As many times as there are threads, and more: each of them keeps results of its own.
        for (var time = 0; time < 3 * Environment.ProcessorCount; time++)
            Assert.True(Verified());
        clock.SetUtcNow(new DateTimeOffset(trusted.NotAfter.ToUniversalTime()).AddSeconds(1));
        for (var time = 0; time < 3 * Environment.ProcessorCount; time++)
            Assert.False(Verified());
        toStream.Dispose();
        running.Join();
        Assert.Equal((1, 1), (exitCode, isEnded));
    }

    /// <summary>A stream that is asked one thing after the other.</summary>
    private sealed class LiveStream : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
        private readonly Process process;

        public LiveStream(string folder, string command)
        {
            process = Process.Start(
                new ProcessStartInfo(Nv2Binary.Path, [command, "--stream"])
                {
                    WorkingDirectory = folder,
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                }
            )!;
        }

        public JsonNode Ask(JsonObject request)
        {
            process.StandardInput.Write(request.ToJsonString() + "\n");
            process.StandardInput.Flush();
            return JsonNode.Parse(process.StandardOutput.ReadLine()!)!;
        }

        public string Error(JsonObject request)
        {
            var response = Ask(request);
            Assert.Null(response["signature"]);
            return response["errorMessage"]!.GetValue<string>();
        }

        public void Dispose()
        {
            process.StandardInput.Close();
            Assert.True(process.WaitForExit(Patience), "it does not end");
            process.Dispose();
        }
    }

    /// <summary>A stream of verifications of one signature by the policy of a trust home.</summary>
    private sealed class PolicyStream : IDisposable
    {
        private readonly LiveStream stream;
        private readonly JsonObject request;

        public PolicyStream(TrustUser user, string signer = "wabbit")
        {
            user.Trusts(signer);
            request = new JsonObject
            {
                ["protocolVersion"] = "1.0",
                ["subject"] = VectorRequests.Descriptor(LayoutContent.ImageType, user.Folder.Read("app.json")),
                ["signature"] = Convert.ToBase64String(user.Folder.Read(user.SignFile("jwt", signer))),
                ["reference"] = TrustUser.Name,
                ["trustHome"] = TrustUser.Home,
            };
            stream = new(user.Folder.Path, "verify-signature");
        }

        // As often as there are threads, so that each has something to keep.
        public void Accepts()
        {
            for (var time = 0; time < 2 * Environment.ProcessorCount; time++)
                Assert.True(stream.Ask(request) is var response && response["accepted"]?.GetValue<bool>() == true, response.ToJsonString());
        }

        public void Refuses(string errorCode, string says)
        {
            for (var time = 0; time < 2 * Environment.ProcessorCount; time++)
            {
                var response = stream.Ask(request);
                Assert.NotEqual(true, response["accepted"]?.GetValue<bool>());
                Assert.Equal(errorCode, response["errorCode"]?.GetValue<string>());
                Assert.Contains(says, response["errorMessage"]!.GetValue<string>(), StringComparison.Ordinal);
            }
        }

        public void Dispose() => stream.Dispose();
    }
}
