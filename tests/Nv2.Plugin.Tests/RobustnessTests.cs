using System.Text;
using System.Text.Json.Nodes;
using CsCheck;

namespace Nv2.Plugin.Tests;

/// <summary>Requests damaged at random: the binary answers or refuses, and never breaks down.</summary>
public sealed class RobustnessTests
{
    // Each sample is a process.
    private const int Samples = 120;

    private static readonly (string Command, byte[] Request)[] Requests =
    [
        ("describe", Bytes(new JsonObject { ["protocolVersion"] = "1.0", ["keyId"] = WorkingFolder.P256Key })),
        (
            "generate-signature",
            Bytes(
                VectorRequests
                    .Sign()
                    .With("references", new JsonArray("registry.wabbit-networks.io/app:v1"))
                    .With("expiryDurationInSeconds", 60)
                    .With("pluginConfig", new JsonObject { ["certificate"] = WorkingFolder.P256Certificate })
            )
        ),
        ("verify-signature", Bytes(VectorRequests.Verify())),
        ("verify-signature", Bytes(VectorRequests.Verify(VectorRequests.Find("nv2-json/p256-x5c.json")))),
    ];

    // A byte replaced, removed or put in, with a liking for those that mean something in JSON and base64.
    private static readonly byte[] Meaningful = [.. "{}[]\":,\\0129-.eE+/=A \n"u8];
    private static readonly Gen<byte> GenByte = Gen.Frequency(
        (2, Gen.Byte),
        (3, Gen.Int[0, Meaningful.Length - 1].Select(index => Meaningful[index]))
    );
    private static readonly Gen<(double Place, int Kind, byte Value)[]> GenMutations = Gen.Select(
        Gen.Double[0, 0.999999],
        Gen.Int[0, 2],
        GenByte
    ).Array[1, 4];

    [Fact]
    public void A_damaged_request_is_answered_or_refused_with_one_object()
    {
        using var folder = new WorkingFolder();
        var before = folder.Fingerprint();
        Gen.Select(Gen.Int[0, Requests.Length - 1].Select(index => Requests[index]), GenMutations)
            .Sample(
                (request, mutations) =>
                {
                    var damaged = Mutate(request.Request, mutations);
                    var result = folder.RunWithInput(damaged, request.Command);
                    var text = Encoding.UTF8.GetString(damaged);
                    if (result.ExitCode == 0)
                    {
                        Assert.True(result.Stderr.Length == 0, text);
                        AssertOneObject(result.Stdout, text);
                        return;
                    }

                    Assert.True(result.ExitCode == 1, $"exit code {result.ExitCode}: {text}");
                    var code = AssertOneObject(result.Stderr, text)["errorCode"]!.GetValue<string>();
                    Assert.True(
                        code is "VALIDATION_ERROR" or "UNSUPPORTED_CONTRACT_VERSION" or "VERIFICATION_FAILED",
                        $"{code}: {result.Stderr}: {text}"
                    );
                    if (code == "VERIFICATION_FAILED")
                        Assert.False(AssertOneObject(result.Stdout, text)["verified"]!.GetValue<bool>());
                    else
                        Assert.Empty(result.Stdout);
                },
                iter: Samples,
                threads: 2
            );

        Assert.Equal(before, folder.Fingerprint());
    }

    private static byte[] Mutate(byte[] request, (double Place, int Kind, byte Value)[] mutations)
    {
        var bytes = new List<byte>(request);
        foreach (var (place, kind, value) in mutations)
        {
            var index = (int)(place * bytes.Count);
            if (kind != 0)
                bytes.RemoveAt(index);
            if (kind != 1)
                bytes.Insert(index, value);
        }

        return [.. bytes];
    }

    private static JsonObject AssertOneObject(string text, string request)
    {
        Assert.True(
            text.EndsWith("}\n", StringComparison.Ordinal) && text.Count(character => character == '\n') == 1,
            $"no object on one line: {text}: {request}"
        );
        return JsonNode.Parse(text)!.AsObject();
    }

    private static byte[] Bytes(JsonObject request) => Encoding.UTF8.GetBytes(request.ToJsonString());
}
