using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nv2.Plugin.Contracts;
using Nv2.Plugin.Contracts.Notation;
using Nv2.Plugin.Contracts.Nv2;

namespace Nv2.Fuzz.Targets;

/// <summary>
/// Requests of the two contracts. An input is a command on the first line and the request behind it, in which <c>KEYS/</c> means the folder
/// with the keys of the vectors and <c>HOME/</c> for a trust home.
/// </summary>
internal static class RequestTargets
{
    private const byte NewLine = (byte)'\n';

    private static readonly HostContract[] Contracts = [ExecProtocol.Contract, NotationContract.Contract];
    private static readonly HashSet<string> RefusalCodes = [ErrorCodes.Validation, ErrorCodes.UnsupportedVersion, ErrorCodes.AccessDenied];
    private static readonly TemporaryFolder Folder = MakeHome();

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [new("protocol", "requests of the exec protocol", () => [], Check), new("notation", "requests of notation's contract", NotationRequests, Check)];

    private static IEnumerable<byte[]> NotationRequests()
    {
        var files = Directory.EnumerateFiles(Vectors.PathOf("notation-host"), "*.request.json", SearchOption.AllDirectories);
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            // A key that signs faster.
            var request = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
            if (request.ContainsKey("keyId"))
            {
                request["keyId"] = "KEYS/p256.key";
                request["pluginConfig"] = new JsonObject { ["certificate"] = "KEYS/p256.crt" };
            }

            if (request.ContainsKey("keySpec"))
                (request["keySpec"], request["hashAlgorithm"]) = ("EC-256", "SHA-256");
            if (request.ContainsKey("trustPolicy"))
                request["pluginConfig"] = new JsonObject { ["crlFolder"] = "HOME/crls" };
            yield return Encoding.UTF8.GetBytes($"{Path.GetFileName(file)[3..^".request.json".Length]}\n{request.ToJsonString()}");
        }
    }

    private static bool Check(byte[] input)
    {
        var end = Array.IndexOf(input, NewLine);
        if (end < 0)
            return false;
        var command = Encoding.UTF8.GetString(input, 0, end);
        if (!HostCall.IsCommand(command, Contracts))
            return false;
        var request = Expand(input[(end + 1)..]);
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var exitCode = HostCall.Run(command, Contracts, Known.Clock, () => new MemoryStream(request), output, error);

        // One line for each outcome: a response, an error object, or for a signature that is not valid both.
        if (exitCode == 0)
        {
            using var response = Line(output);
            if (response.RootElement.TryGetProperty("verified", out var verified) && verified.GetBoolean())
            {
                var digest = response.RootElement.GetProperty("subject").GetProperty("digest").GetString();
                Require.That(Known.IsSignedDigest(digest!), "verified, and never signed"); // Never null: the record has one.
            }

            return true;
        }

        using var failure = Line(error);
        var code = failure.RootElement.GetProperty("errorCode").GetString();
        Require.That(exitCode == 1, $"the exit code {exitCode}");
        if (code == ErrorCodes.VerificationFailed)
        {
            using var response = Line(output);
            return true;
        }

        Require.That(RefusalCodes.Contains(code!), $"an error that is not the request's: {failure.RootElement}");
        Require.That(output.Length == 0, "a response beside an error");
        return false;
    }

    private static JsonDocument Line(MemoryStream stream)
    {
        var bytes = stream.ToArray();
        Require.That(bytes is [.., NewLine] && bytes.AsSpan().Count(NewLine) == 1, $"not one line: {Encoding.UTF8.GetString(bytes)}");
        return JsonDocument.Parse(bytes);
    }

    private static byte[] Expand(byte[] request) =>
        Encoding.Latin1.GetBytes(
            Encoding
                .Latin1.GetString(request)
                .Replace("KEYS/", Vectors.PathOf("keys/"), StringComparison.Ordinal)
                .Replace("HOME/", Folder.Path, StringComparison.Ordinal)
        );

    private static TemporaryFolder MakeHome()
    {
        var folder = new TemporaryFolder();
        folder.Write("trustpolicy.json", CheckedIn.Seed("policy", "for-everything"));
        folder.Write("truststore/x509/ca/wabbit/p256.crt", Vectors.Read("keys/p256.crt"));
        foreach (var name in new[] { "empty-root.crl", "revoked-leaf.crl" })
            folder.Write($"crls/{name}", CheckedIn.Seed(RevocationTarget.Name, name));
        return folder;
    }
}
