using Nv2.Plugin.Transfer;

namespace Nv2.Plugin.Tests.Transfer;

/// <summary>What a registry answered is read out of what the programs print: in the words of skopeo 1.9 and 1.22, and of crane 0.20.</summary>
public sealed class RegistryAnswerTests
{
    private const string Tag = "sha256-33983d131dfb854b4a21154e6b20a83f756d20920ac24beab5ea5ed66dbedbfc";

    [Theory]
    [InlineData("manifest unknown: manifest unknown", true)]
    [InlineData("manifest unknown", true)]
    [InlineData("name unknown", true)]
    [InlineData("repository name not known to registry", true)]
    [InlineData("StatusCode: 404, <html>500 Internal Server Error", true)]
    [InlineData("StatusCode: 404, ", true)]
    [InlineData("error parsing HTTP 404 response body: no error details found in HTTP response body: \\\"{}\\\"", true)]
    [InlineData("received unexpected HTTP status: 404 Not Found", true)]
    [InlineData("StatusCode: 403, <html>404 Not Found", false)]
    [InlineData("StatusCode: 410, <html>404 Not Found", false)]
    [InlineData("StatusCode: 4040, ", true)] // No such status: three digits are read.
    [InlineData("received unexpected HTTP status: 502 Bad Gateway", false)]
    [InlineData("unauthorized: authentication required", false)]
    [InlineData("denied: manifest unknown", false)]
    [InlineData("requested access to the resource is denied", false)]
    [InlineData("toomanyrequests: 404 Not Found", false)]
    [InlineData("The operation is unsupported.", false)]
    [InlineData("manifest unknowns", false)]
    [InlineData("unknown: Not Found", null)]
    [InlineData("unknown error", null)]
    [InlineData("unknown", null)]
    public void Of_skopeo_the_status_counts_or_else_the_code(string answer, bool? expected)
    {
        var errors =
            $"time=\"2026-11-25T19:58:44Z\" level=fatal msg=\"Error parsing image name \\\"docker://127.0.0.1:5099/app:{Tag}\\\": "
            + $"reading manifest {Tag} in 127.0.0.1:5099/app: {answer}\"\n";

        Assert.Equal(expected, RegistryAnswer.OfSkopeoManifest(errors)!.IsAbsent);
    }

    [Fact]
    public void Of_a_registry_with_mirrors_its_own_answer_counts() =>
        Assert.False(
            RegistryAnswer
                .OfSkopeoManifest(
                    $"(Mirrors also failed: [mirror.example.net/app:{Tag}: reading manifest {Tag} in mirror.example.net/app: manifest unknown]): "
                        + $"registry.example.com/app:{Tag}: "
                        + $"reading manifest {Tag} in registry.example.com/app: denied: requested access to the resource is denied"
                )!
                .IsAbsent
        );

    [Theory]
    [InlineData("pinging container registry 127.0.0.1:1: Get \"https://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused")]
    [InlineData("")]
    public void Where_the_registry_was_not_asked_there_is_no_answer(string errors)
    {
        Assert.Null(RegistryAnswer.OfSkopeoManifest(errors));
        Assert.Null(RegistryAnswer.OfCrane(errors));
    }

    [Theory]
    [InlineData("unexpected status code 404 Not Found", true)]
    [InlineData("unexpected status code 404 Not Found: <p>/v2/app/manifests/" + Tag + ": 500</p>", true)]
    [InlineData("unexpected status code 403 Forbidden: <html>404 Not Found</html>", false)]
    [InlineData("MANIFEST_UNKNOWN: manifest unknown; map[Tag:" + Tag + "]", true)]
    [InlineData("NAME_UNKNOWN: ", true)]
    [InlineData("DENIED: MANIFEST_UNKNOWN", false)]
    [InlineData("TAG_EXPIRED: Tag was deleted or has expired", null)]
    [InlineData("NOT_FOUND: artifact app not found", null)]
    public void Of_crane_the_status_counts_or_else_the_code(string answer, bool? expected) =>
        Assert.Equal(
            expected,
            RegistryAnswer
                .OfCrane($"Error: fetching manifest 127.0.0.1:5099/app:{Tag}: GET http://127.0.0.1:5099/v2/app/manifests/{Tag}: {answer}\n")!
                .IsAbsent
        );

    [Theory]
    [InlineData(404, true)]
    [InlineData(403, false)]
    [InlineData(410, false)]
    public void What_crane_logs_is_the_status(int status, bool expected)
    {
        var errors = $"""
            2026/11/25 19:58:44 --> GET http://127.0.0.1:5099/v2/app/manifests/{Tag}
            2026/11/25 19:58:44 <-- 401 http://127.0.0.1:5099/v2/app/manifests/{Tag} (1.1ms)
            2026/11/25 19:58:44 <-- {status} http://127.0.0.1:5099/v2/app/manifests/{Tag} (3.880485ms)
            2026/11/25 19:58:44 HTTP/1.1 {status}

            Error: fetching manifest 127.0.0.1:5099/app:{Tag}: GET http://127.0.0.1:5099/v2/app/manifests/{Tag}: MANIFEST_UNKNOWN: manifest unknown
            """;

        Assert.Equal(expected, RegistryAnswer.OfCrane(errors)!.IsAbsent);
    }

    [Theory]
    [InlineData("fetching tags list: invalid status code from registry 404 (Not Found)", true)]
    [InlineData("fetching tags list: invalid status code from registry 403 (Forbidden)", false)]
    [InlineData("fetching tags list: denied: no", false)]
    public void The_list_of_tags_has_a_status_too(string errors, bool expected) =>
        Assert.Equal(expected, RegistryAnswer.OfSkopeoTags(errors)!.IsAbsent);
}
