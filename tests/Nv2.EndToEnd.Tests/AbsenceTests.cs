using Nv2.Testing;
using Answer = Nv2.Testing.StandInRegistry.Answer;

namespace Nv2.EndToEnd.Tests;

/// <summary>
/// An artifact without signatures, in registries that say so in many ways, through each transfer program: a 404 is an empty list, in whatever words;
/// any other answer is a failure, and the user is told what to do.
/// </summary>
public sealed class AbsenceTests : IDisposable
{
    private const string Skopeo = "skopeo";
    private const string Oras = "oras";
    private const string Crane = "crane";
    private const string Version = "version";
    private const string Html = "<html><head><title>404 Not Found</title></head><body>nginx</body></html>";

    private readonly RegistryStory story = new();

    public static TheoryData<string, string?> Absences =>
        new()
        {
            { "", null },
            { "", "application/json" },
            { "{}", "application/json" },
            { "{\"errors\":[]}", "application/json" },
            { "{\"details\":\"Not Found\"}", "application/json" },
            { "404 page not found\n", "text/plain" },
            { Html, "text/html" },
            { "<p>The requested URL /v2/net-monitor/manifests/TAG was not found on this server: sorry</p>", "text/html" },
            { Code("MANIFEST_UNKNOWN", "manifest unknown"), "application/json" },
            { Code("MANIFEST_UNKNOWN", "Tag TAG was deleted or has expired. To pull, revive via time machine"), "application/json; charset=utf-8" },
            { Code("NAME_UNKNOWN", "repository name not known to registry"), "application/json" },
            { "{\"errors\":[{\"code\":\"NAME_UNKNOWN\"}]}", "application/json" },
            { Code("TAG_EXPIRED", "Tag TAG was deleted or has expired. To pull, revive via time machine"), "application/json" },
            { Code("NOT_FOUND", "artifact net-monitor:TAG not found"), "application/json" },
            { Code("UNKNOWN", "unknown error"), "application/json" },
            { Code("NO_SUCH_THING", "nothing is kept under this name"), "application/json" },
        };

    public static TheoryData<int, string, string> Failures =>
        new()
        {
            { 400, Html, "run the command above yourself" },
            { 401, "", "log in with 'PROGRAM login" },
            { 401, Code("UNAUTHORIZED", "authentication required: the manifest is unknown or not found"), "log in with 'PROGRAM login" },
            { 403, Html, "access denied by the registry" },
            { 403, Code("DENIED", "requested access to the resource is denied: not found"), "access denied by the registry" },
            { 405, "", "run the command above yourself" },
            { 410, Html, "run the command above yourself" },
            { 429, "", "too many requests" },
            { 429, Code("TOOMANYREQUESTS", "404 Not Found"), "too many requests" },
            { 500, Html, "the registry failed" },
            { 502, Code("MANIFEST_UNKNOWN", "manifest unknown"), "hint: " },
            { 503, "", "the registry failed" },
        };

    [Theory]
    [MemberData(nameof(Absences))]
    public void An_artifact_without_signatures_is_signed_and_verified_with_skopeo(string body, string? contentType) =>
        AssertAbsent(Skopeo, body, contentType);

    [TheoryWith(Version, Oras)]
    [MemberData(nameof(Absences))]
    public void An_artifact_without_signatures_is_signed_and_verified_with_oras(string body, string? contentType) =>
        AssertAbsent(Oras, body, contentType);

    [TheoryWith(Version, Crane)]
    [MemberData(nameof(Absences))]
    public void An_artifact_without_signatures_is_signed_and_verified_with_crane(string body, string? contentType) =>
        AssertAbsent(Crane, body, contentType);

    [Theory]
    [MemberData(nameof(Failures))]
    public void Any_other_answer_is_a_failure_with_skopeo(int status, string body, string hint) => AssertFails(Skopeo, new(status, body), hint);

    [TheoryWith(Version, Oras)]
    [MemberData(nameof(Failures))]
    public void Any_other_answer_is_a_failure_with_oras(int status, string body, string hint) => AssertFails(Oras, new(status, body), hint);

    [TheoryWith(Version, Crane)]
    [MemberData(nameof(Failures))]
    public void Any_other_answer_is_a_failure_with_crane(int status, string body, string hint) => AssertFails(Crane, new(status, body), hint);

    [TheoryWith(Version, Crane)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(410)]
    public void The_status_counts_and_not_the_code_where_a_program_tells_both(int status) =>
        AssertFails(Crane, new(status, Code("MANIFEST_UNKNOWN", "manifest unknown")), "hint: ");

    [Theory]
    [InlineData(403, "DENIED", "no list of tags for you", 1)]
    [InlineData(403, "FORBIDDEN", "no list of tags for you", 1)]
    [InlineData(404, "NAME_UNKNOWN", "repository name not known to registry", 0)]
    public void Where_skopeo_tells_neither_status_nor_code_the_list_of_tags_decides(int status, string code, string message, int exitCode)
    {
        using var registry = Put(new Answer(404, Code("NO_SUCH_THING", "nothing is kept under this name")), new Answer(status, Code(code, message)));

        var result = Nv2(Skopeo, "list", Image(registry));

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(registry.Requests, request => request.Contains("/tags/list", StringComparison.Ordinal));
    }

    [Fact]
    public void A_list_of_signatures_that_is_refused_in_unknown_words_is_a_failure_where_its_tag_is_there()
    {
        var tag = Digest().Replace(':', '-');
        using var registry = Put(
            new Answer(403, Code("FORBIDDEN", "not found for you")),
            new Answer(200, $"{{\"name\":\"net-monitor\",\"tags\":[\"v1\",\"{tag}\"]}}")
        );

        Assert.Equal(1, Nv2(Skopeo, "list", Image(registry)).ExitCode);
    }

    [Fact]
    public void A_registry_that_cannot_be_reached_is_a_failure()
    {
        var result = Nv2(Skopeo, "list", "127.0.0.1:1/net-monitor:v1");

        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Contains("check the address and port", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_forgets_plain_http_is_told_of_it()
    {
        story.Push($"{story.Address}/net-monitor:v1");

        var result = story.Nv2(false, "list", $"{story.Address}/net-monitor:v1");

        Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
        Assert.Contains(
            "hint: the registry answers without TLS; if that is intended, allow it with --plain-http",
            result.Stderr,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_program_that_looks_at_the_tag_alone_says_so_where_it_finds_no_signature()
    {
        story.MakeSigner("alice");
        var image = $"{story.Address}/net-monitor:v1";
        var digest = story.Push(image);

        foreach (
            var command in new string[][]
            {
                ["verify", "-c", "alice.crt"],
                ["verify", "-c", "alice.crt", "--json"],
                ["list"],
                ["list", "--json"],
                ["inspect"],
            }
        )
        {
            var said = story.Nv2(false, [.. command, "--plain-http", image]).Stderr;
            Assert.Contains(
                $"skopeo looked for the list of signatures under the tag {story.Address}/net-monitor:{digest.Replace(':', '-')}",
                said,
                StringComparison.Ordinal
            );
            Assert.Contains("oras (https://oras.land) looks in both places", said, StringComparison.Ordinal);
        }

        story.Succeed(story.Nv2(false, "sign", "-k", "alice.key", "-c", "alice.crt", "--plain-http", image));
        Assert.DoesNotContain(
            "looked for",
            story.Succeed(story.Nv2(false, "verify", "-c", "alice.crt", "--plain-http", image)).Stderr,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("looked for", story.Succeed(story.Nv2(false, "list", "--plain-http", image)).Stderr, StringComparison.Ordinal);
    }

    public void Dispose() => story.Dispose();

    private static string Code(string code, string message) => $$"""{"errors":[{"code":"{{code}}","message":"{{message}}","detail":"TAG"}]}""";

    private static string Image(StandInRegistry registry) => $"{registry.Address}/net-monitor:v1";

    private void AssertAbsent(string program, string body, string? contentType)
    {
        using var registry = Put(new Answer(404, body, contentType));
        story.MakeSigner("alice");
        string[] signer = ["-c", "alice.crt"];

        var unsigned = Nv2(program, ["verify", .. signer, Image(registry)]);
        Assert.Equal((1, ""), (unsigned.ExitCode, unsigned.Stdout));
        Assert.Contains("it has no signature", unsigned.Stderr, StringComparison.Ordinal);
        var signed = Nv2(program, ["sign", "-k", "alice.key", .. signer, Image(registry)]);
        Assert.True(signed.ExitCode == 0, signed.Stderr);
        if (body.Length == 0)
            Assert.Equal(signed.Stdout, Nv2(program, ["verify", .. signer, Image(registry)]).RequireSuccess().Stdout);
    }

    private void AssertFails(string program, Answer answer, string hint)
    {
        using var registry = Put(answer);

        var failed = Nv2(program, "list", Image(registry));

        Assert.Equal((1, ""), (failed.ExitCode, failed.Stdout));
        Assert.Contains(
            hint.Replace("PROGRAM login", program == Crane ? "crane auth login" : $"{program} login", StringComparison.Ordinal),
            failed.Stderr,
            StringComparison.Ordinal
        );
    }

    private string Digest() => LayoutContent.DigestOf(story.Layout.Manifest);

    private StandInRegistry Put(Answer missing, Answer? tags = null)
    {
        story.Push($"{story.Address}/net-monitor:v1");
        return new StandInRegistry(
            story.Registry,
            missing with
            {
                Body = missing.Body.Replace("TAG", Digest().Replace(':', '-'), StringComparison.Ordinal),
            },
            tags
        );
    }

    private ProcessResult Nv2(string program, params string[] arguments) => story.Nv2(false, [.. arguments, "--plain-http", "--transfer", program]);
}
