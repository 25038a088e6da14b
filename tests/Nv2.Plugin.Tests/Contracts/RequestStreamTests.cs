using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Contracts;

/// <summary>Many requests to one process: a request a line, a response a line, in the same order.</summary>
public sealed class RequestStreamTests
{
    private const int Many = 10_000;
    private const int MaxRequestBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public void Ten_thousand_good_and_bad_lines_are_answered_in_their_order()
    {
        using var folder = new WorkingFolder();
        var lines = Enumerable
            .Range(0, Many)
            .Select(position =>
                (position % 20) switch
                {
                    0 => VectorRequests.Sign().With("command", "generate-signature").With("id", position).ToJsonString(),
                    1 => VectorRequests.Verify().With("command", "verify-signature").With("id", position).ToJsonString(),
                    2 => $$"""{"protocolVersion":"1.0","command":"no-such-command","id":{{position}}}""",
                    3 => "not JSON",
                    4 => "",
                    5 => $$"""{"protocolVersion":"9.9","command":"describe","id":"{{position}}"}""",
                    _ => $$"""{"protocolVersion":"1.0","command":"describe","id":"{{position}}"}""",
                }
            )
            .ToList();

        var result = Run(folder, "plugin", lines);

        Assert.Equal((1, ""), (result.ExitCode, result.Stderr));
        Assert.Equal(Many, result.Responses.Count);
        for (var position = 0; position < Many; position++)
        {
            var response = result.Responses[position];
            var kind = position % 20;
            Assert.Equal(kind is >= 2 and <= 5, response["errorCode"] is not null);
            Assert.Equal(kind is 3 or 4 ? null : position.ToString(CultureInfo.InvariantCulture), response["id"]?.ToString());
            Assert.Equal(kind == 1 ? true : null, response["verified"]?.GetValue<bool>());
            Assert.Equal(kind == 0, response["signature"] is not null);
        }
    }

    [Fact]
    public void A_stream_of_good_lines_alone_succeeds_and_needs_no_newline_at_its_end()
    {
        using var folder = new WorkingFolder();

        var result = Run(
            folder,
            "generate-signature",
            [VectorRequests.Sign().ToJsonString(), VectorRequests.Sign().With("id", "x\"y").ToJsonString()],
            endsWithNewline: false
        );

        Assert.Equal(0, result.ExitCode);
        Assert.Null(result.Responses[0]["id"]);
        Assert.Equal("x\"y", result.Responses[1]["id"]!.GetValue<string>());
        foreach (var response in result.Responses)
        {
            var verified = VectorRequests.Verify().With("signature", response["signature"]!.DeepClone());
            folder.Request("verify-signature", verified.ToJsonString()).RequireSuccess();
        }
    }

    [Fact]
    public void A_response_is_that_of_a_single_call_with_the_id_before_it()
    {
        using var folder = new WorkingFolder();
        var request = VectorRequests.Verify();
        var single = folder.Request("verify-signature", request.ToJsonString()).RequireSuccess().Stdout;

        var streamed = Nv2Binary
            .Run(["verify-signature", "--stream"], Encoding.UTF8.GetBytes(request.With("id", 7).ToJsonString() + "\n"), folder.Path)
            .RequireSuccess()
            .Stdout;

        Assert.Equal(string.Concat("{\"id\":7,", single.AsSpan(1)), streamed);
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("\"\\ud800\"")]
    public void An_id_that_is_no_text_or_whole_number_fails_its_line(string id)
    {
        using var folder = new WorkingFolder();

        var result = Run(folder, "describe", [$$"""{"protocolVersion":"1.0","id":{{id}}}""", """{"protocolVersion":"1.0","id":1}"""]);

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            ("VALIDATION_ERROR", "$.id"),
            (result.Responses[0]["errorCode"]!.GetValue<string>(), result.Responses[0]["errorMetadata"]!["path"]!.GetValue<string>())
        );
        Assert.Null(result.Responses[1]["errorCode"]);
    }

    [Fact]
    public void A_signature_that_is_not_valid_has_its_checks_and_the_error_in_one_line()
    {
        using var folder = new WorkingFolder();
        var bad = VectorRequests.Verify(VectorRequests.Find("nv2-jwt/tampered-claims.jwt"));

        var result = Run(folder, "verify-signature", [bad.ToJsonString(), VectorRequests.Verify().ToJsonString()]);

        Assert.Equal(1, result.ExitCode);
        Assert.False(result.Responses[0]["verified"]!.GetValue<bool>());
        Assert.NotEmpty(result.Responses[0]["checks"]!.AsArray());
        Assert.Equal("VERIFICATION_FAILED", result.Responses[0]["errorCode"]!.GetValue<string>());
        Assert.True(result.Responses[1]["verified"]!.GetValue<bool>());
    }

    [Fact]
    public void A_warning_is_part_of_its_response()
    {
        using var folder = new WorkingFolder();
        Tool.Run("chmod", ["644", folder[WorkingFolder.P256Key]]).RequireSuccess();

        var result = Run(folder, "generate-signature", [VectorRequests.Sign().ToJsonString()]);

        Assert.Equal((0, ""), (result.ExitCode, result.Stderr));
        Assert.Contains("can be read", result.Responses[0]["warnings"]!.AsArray().Single()!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_is_replaced_is_seen_by_the_next_request()
    {
        using var folder = new WorkingFolder();
        using var stream = Start(folder, "generate-signature");
        string Algorithm()
        {
            stream.StandardInput.Write(VectorRequests.Sign().ToJsonString() + "\n");
            stream.StandardInput.Flush();
            return JsonNode.Parse(stream.StandardOutput.ReadLine()!)!["signingAlgorithm"]!.GetValue<string>();
        }

        Assert.Equal("ES256", Algorithm()); // And each is answered before the next is written.
        folder.WriteKey(WorkingFolder.P256Key, folder.Read(WorkingFolder.RsaKey));
        Assert.Equal("RS256", Algorithm());
        stream.StandardInput.Close();
        Assert.Equal(0, Wait(stream));
    }

    [Fact]
    public void A_host_that_does_not_read_is_not_read_from_and_memory_stays_bounded()
    {
        using var folder = new WorkingFolder();
        using var stream = Start(folder, "describe");
        var line = $$"""{"protocolVersion":"1.0","filling":"{{new string('x', 100_000)}}"}""" + "\n";
        const int Lines = 3000;
        var written = 0;
        var writer = new Thread(() =>
        {
            for (; written < Lines; written++)
                stream.StandardInput.Write(line);
            stream.StandardInput.Close();
        });
        writer.Start();

        // It stops while nothing is read: when there is no progress any more, most lines have not been taken.
        int seen;
        do
        {
            seen = written;
            Thread.Sleep(500);
        } while (seen != written);
        Assert.InRange(written, 1, Lines / 2);
        stream.Refresh();
        Assert.InRange(stream.WorkingSet64, 1, 192L * 1024 * 1024);

        for (var position = 0; position < Lines; position++)
            Assert.Contains("\"signatureFormats\"", stream.StandardOutput.ReadLine(), StringComparison.Ordinal);
        Assert.Null(stream.StandardOutput.ReadLine());
        writer.Join();
        Assert.Equal(0, Wait(stream));
    }

    [Fact]
    public void Memory_does_not_grow_with_the_stream()
    {
        using var folder = new WorkingFolder();
        using var stream = Start(folder, "verify-signature");
        var line = VectorRequests.Verify().ToJsonString() + "\n";
        long After(int requests)
        {
            var reader = new Thread(() =>
            {
                for (var position = 0; position < requests; position++)
                    stream.StandardOutput.ReadLine();
            });
            reader.Start();
            for (var position = 0; position < requests; position++)
                stream.StandardInput.Write(line);
            stream.StandardInput.Flush();
            reader.Join();
            stream.Refresh();
            return stream.WorkingSet64;
        }

        var start = After(1000);
        Assert.InRange(After(6000), 1, start + (16 * 1024 * 1024));
        stream.StandardInput.Close();
        Assert.Equal(0, Wait(stream));
    }

    [Fact]
    public void A_line_that_is_too_long_is_answered_and_ends_the_stream()
    {
        using var folder = new WorkingFolder();
        var good = """{"protocolVersion":"1.0","id":1}""";

        var result = Run(folder, "describe", [good, $$"""{"a":"{{new string('x', MaxRequestBytes)}}"}""", good]);

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(2, result.Responses.Count);
        Assert.Equal(1, result.Responses[0]["id"]!.GetValue<int>());
        Assert.Contains("larger than 16777216 bytes", result.Responses[1]["errorMessage"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_that_goes_away_ends_the_stream()
    {
        using var folder = new WorkingFolder();
        using var stream = Start(folder, "describe");
        stream.StandardOutput.Close();
        try
        {
            for (var position = 0; position < Many; position++)
                stream.StandardInput.Write("{\"protocolVersion\":\"1.0\"}\n");
            stream.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is not read any more.
        }

        var errors = stream.StandardError.ReadToEnd();
        Assert.Equal(1, Wait(stream));
        Assert.StartsWith("nv2: the responses cannot be written: ", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public void A_signal_ends_the_stream_with_all_responses_written(string signal, int exitCode)
    {
        using var folder = new WorkingFolder();
        using var stream = Start(folder, "generate-signature");
        const int Requests = 200;
        for (var position = 0; position < Requests; position++)
            stream.StandardInput.Write(VectorRequests.Sign().With("id", position).ToJsonString() + "\n");
        stream.StandardInput.Flush();
        Assert.Equal(0, JsonNode.Parse(stream.StandardOutput.ReadLine()!)!["id"]!.GetValue<int>());

        Tool.Run("kill", [$"-{signal}", stream.Id.ToString(CultureInfo.InvariantCulture)]).RequireSuccess();

        // What was answered is whole, and without a gap.
        var position2 = 1;
        while (stream.StandardOutput.ReadLine() is { } line)
            Assert.Equal(position2++, JsonNode.Parse(line)!["id"]!.GetValue<int>());
        Assert.Equal(exitCode, Wait(stream));
    }

    private static int Wait(Process process)
    {
        Assert.True(process.WaitForExit(Patience), "it does not end");
        return process.ExitCode;
    }

    // A shell starts what is in the background with SIGINT ignored, and that is inherited. A stream that does not end fails its test.
    private static Process Start(WorkingFolder folder, string command)
    {
        var stream = Process.Start(
            new ProcessStartInfo("env", ["--default-signal", Nv2Binary.Path, command, "--stream"])
            {
                WorkingDirectory = folder.Path,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        // Nothing, once it has ended.
        _ = Task.Delay(Patience).ContinueWith(_ => stream.Kill(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return stream;
    }

    private static (int ExitCode, IReadOnlyList<JsonNode> Responses, string Stderr) Run(
        WorkingFolder folder,
        string command,
        IReadOnlyList<string> lines,
        bool endsWithNewline = true
    )
    {
        var input = string.Join('\n', lines) + (endsWithNewline ? "\n" : "");
        var result = Nv2Binary.Run([command, "--stream"], Encoding.UTF8.GetBytes(input), folder.Path);
        Assert.EndsWith("\n", result.Stdout, StringComparison.Ordinal);
        return (result.ExitCode, [.. result.Stdout.TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!)], result.Stderr);
    }
}
