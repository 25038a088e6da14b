using System.Text;
using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests.Keys;

/// <summary>Tokens in a stream of requests: one process of the module and one login for all of them.</summary>
public sealed class TokenStreamTests : IDisposable
{
    private const int Initialize = 0;
    private const int Login = 18;
    private const int Logout = 19;
    private const int SignPlace = 43;
    private const int Lines = 200;

    private readonly KeyFolder folder = new();
    private readonly SoftToken token;
    private readonly KeyCase key = KeyCase.Named("p256");

    public TokenStreamTests()
    {
        token = new SoftToken(folder);
        token.ImportKey(key, "01");
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Initialize)]
    [InlineData(Login)]
    [InlineData(Logout)]
    public void Two_hundred_signatures_take_one_process_one_login_and_one_logout(int place)
    {
        var reference = token.Reference("object=p256", Counting(place));

        var responses = Run(Enumerable.Repeat(Request(reference), Lines));

        Assert.Equal(Lines, responses.Count);
        Assert.All(responses, RequireSigned);
        Assert.Equal(1, Count);
    }

    [Fact]
    public void Every_signature_is_valid()
    {
        var responses = Run(Enumerable.Repeat(Request(token.Reference("object=p256")), 8));

        foreach (var response in responses)
        {
            folder.Write("signature", Convert.FromBase64String(response["signature"]!.GetValue<string>()));
            folder.Nv2("verify", "-f", folder["signature"], "-c", key.CertificatePath, KeyCase.ManifestPath).RequireSuccess();
        }
    }

    [Fact]
    public void A_wrong_PIN_is_tried_once_in_all_lines()
    {
        var reference = token.Reference("object=p256", Counting(Login));
        folder.Write("pin", "0000");

        var responses = Run(Enumerable.Repeat(Request(reference), Lines), exitCode: 1);

        Assert.Equal(Lines, responses.Count);
        Assert.All(
            responses,
            response => Assert.Contains("the PIN is wrong", response["errorMessage"]!.GetValue<string>(), StringComparison.Ordinal)
        );
        Assert.Equal(1, Count);
    }

    [Fact]
    public void A_request_with_a_wrong_PIN_does_not_get_the_session_of_one_with_the_right_PIN()
    {
        var reference = $"pkcs11:token={Uri.EscapeDataString(SoftToken.Label)};object=p256?module-path={Counting(Login)}";
        folder.Write("wrong-pin", "0000");
        JsonObject With(string pin) => Request(reference, new JsonObject { ["passphraseFrom"] = $"file:{folder[pin]}" });

        var responses = Run([With("pin"), With("wrong-pin"), With("pin"), With("wrong-pin"), Request(reference), With("pin")], exitCode: 1);

        Assert.Equal([true, false, true, false, false, true], responses.Select(response => response["signature"] is not null));
        Assert.Contains("the PIN is wrong", responses[3]["errorMessage"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("is required", responses[4]["errorMessage"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(2, Count); // The right one and the wrong one, each once.
    }

    [Fact]
    public void After_a_crash_the_next_request_has_a_new_session()
    {
        var once = folder["crashed"];
        var module = token.MakeModule(
            SignPlace,
            $"if (access(\"{once}\", F_OK)) {{ fclose(fopen(\"{once}\", \"w\")); abort(); }} return real(a, b, c, d, e);"
        );

        var responses = Run(Enumerable.Repeat(Request(token.Reference("object=p256", module)), 20), exitCode: 1);

        var failed = responses.Where(response => response["signature"] is null).ToList();
        Assert.InRange(failed.Count, 1, Environment.ProcessorCount); // Also those that were waiting for the same session.
        Assert.Contains(failed, response => response["errorMessage"]!.GetValue<string>().Contains("crashed (signal 6)", StringComparison.Ordinal));
    }

    [Fact]
    public void More_keys_than_sessions_are_served_in_turn()
    {
        for (var number = 2; number <= 12; number++)
            token.ImportKey(key, $"{number:x2}", $"key{number}");
        var requests = Enumerable.Range(0, 48).Select(number => Request(token.Reference($"object=key{2 + (number % 11)}"))).ToList();

        Assert.All(Run(requests), RequireSigned);
    }

    [Fact]
    public void Commands_that_sign_are_run_one_for_each_core_at_most()
    {
        folder.WriteProgram(
            "sign.sh",
            $$"""
            #!/bin/bash
            mkdir -p running && touch running/$$ && ls running | wc -l >>most
            openssl pkeyutl -sign -inkey {{key.KeyPath}} -pkeyopt digest:sha256
            rm running/$$
            """
        );
        var request = Request("exec:./sign.sh", new JsonObject { ["certificate"] = key.CertificatePath });

        Assert.All(Run(Enumerable.Repeat(request, 40)), RequireSigned);
        Assert.InRange(File.ReadLines(folder["most"]).Max(int.Parse), 1, Environment.ProcessorCount);
    }

    private int Count => File.ReadAllText(folder["calls"]).Length;

    private static void RequireSigned(JsonNode response) => Assert.True(response["signature"] is not null, response.ToJsonString());

    // A module that notes each call of a function.
    private string Counting(int place) =>
        token.MakeModule(place, $"FILE *f = fopen(\"{folder["calls"]}\", \"a\"); fputs(\"x\", f); fclose(f); return real(a, b, c, d, e);");

    private JsonObject Request(string reference, JsonObject? config = null)
    {
        var request = new JsonObject
        {
            ["protocolVersion"] = "1.0",
            ["manifest"] = Convert.ToBase64String(File.ReadAllBytes(KeyCase.ManifestPath)),
            ["keyId"] = reference,
        };
        config ??= [];
        config.TryAdd("certificate", key.CertificatePath);
        request["pluginConfig"] = config;
        return request;
    }

    private List<JsonNode> Run(IEnumerable<JsonObject> requests, int exitCode = 0)
    {
        var input = string.Concat(requests.Select(request => request.ToJsonString() + "\n"));
        var result = Nv2Binary.Run(["generate-signature", "--stream"], Encoding.UTF8.GetBytes(input), folder.Path, folder.Environment);
        Assert.True(result.ExitCode == exitCode && result.Stderr.Length == 0, $"exit code {result.ExitCode}: {result.Stderr}\n{result.Stdout}");
        return [.. result.Stdout.TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!)];
    }
}
