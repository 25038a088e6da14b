using System.Buffers;
using Nv2.Plugin.Files;
using Nv2.Plugin.Platform;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Json;
using Nv2.Signing.Reuse;

namespace Nv2.Plugin.Contracts;

/// <summary>
/// Many calls in one process: one request per line on standard input, one response per line on standard output, in the same order. Each core has a
/// thread that reads a line, answers it, and writes the responses that are ready. Lines are read only while a thread is free, so memory is bounded,
/// and reading stops if the host does not read.
/// </summary>
internal sealed class HostStream
{
    /// <summary>What a host adds to the command.</summary>
    public const string Option = "--stream";

    /// <summary>The option in one line, for the help.</summary>
    public const string OptionText = "Answer many requests: one request per line, one response per line, in the same order";

    private const int RequestsPerWorker = 4;
    private const int Success = 0;
    private const int Failure = 1;
    private const string Id = "id";

    /// <summary>The most bytes of requests in work at a time. A single request may be longer.</summary>
    private const long MaxBytesInFlight = 4L * HostCall.MaxRequestBytes;

    /// <summary>The most memory for the results that a thread keeps.</summary>
    private const long MaxKeptBytes = 16L * 1024 * 1024;

    /// <summary>How long a signal waits for the responses to what has been read.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Func<JsonNode, HostAnswer> answer;
    private readonly Action whenAnswered;
    private readonly RequestLines lines;
    private readonly ResponseLines responses;
    private readonly int workers = Environment.ProcessorCount;

    // Locked while a line is read and while there is no room for it: other threads do not read then.
    private readonly Lock reading = new();

    // All of the following is protected by this lock.
    private readonly object gate = new();
    private readonly Dictionary<long, Response> ready = [];
    private long taken;
    private long written;
    private long bytesInFlight;
    private bool isAtEnd;
    private bool isRoomAwaited;
    private bool isWriting;
    private bool isBroken;
    private int exitCode = Success;
    private volatile bool isSignalled;

    private HostStream(Func<JsonNode, HostAnswer> answer, Stream input, Stream output, Action whenAnswered)
    {
        this.answer = answer;
        this.whenAnswered = whenAnswered;
        lines = new(input, HostCall.MaxRequestBytes);
        responses = new(output);
    }

    /// <summary>Answers requests until the input ends, a line is too long, the output is closed, or a signal comes.</summary>
    /// <param name="answer">Answers one request; called by several threads.</param>
    /// <param name="input">The requests.</param>
    /// <param name="output">The responses.</param>
    /// <param name="whenAnswered">Called when all requests are answered, also before a signal ends this program.</param>
    /// <returns>The exit code: 1 if any line failed.</returns>
    public static int Run(Func<JsonNode, HostAnswer> answer, Stream input, Stream output, Action whenAnswered)
    {
        var stream = new HostStream(answer, input, output, whenAnswered);
        using var termination = new Termination(stream.Stop);
        for (var i = 0; i < stream.workers; i++)
            new Thread(stream.Work) { IsBackground = true }.Start(); // A thread that waits for input must not keep the process alive.
        stream.WaitUntilWritten(Timeout.InfiniteTimeSpan);
        if (stream.isSignalled)
            Thread.Sleep(Patience); // The signal ends the process meanwhile.
        whenAnswered();
        return stream.exitCode;
    }

    private void Work()
    {
        KeptResults.BeginOnThisThread(MaxKeptBytes);
        while (Take() is { } call)
            Write(call.Position, call.Request is { } request ? Answer(request) : call.Refusal);
    }

    // The next line, once there is room for it; null at the end.
    private Call? Take()
    {
        lock (reading)
        {
            try
            {
                if (!IsAtEnd && lines.Read() is { } request)
                    return Admit(request, default);
                End();
                return null;
            }
            catch (Exception exception) when (exception is InvalidInputException or IOException)
            {
                var refused = Admit(null, Line(default, null, ErrorObject.Of(exception)));
                End();
                return refused;
            }
        }
    }

    private Call? Admit(byte[]? request, Response refusal)
    {
        var length = request?.Length ?? 0;
        lock (gate)
        {
            while (!isAtEnd && taken > written && (taken - written >= RequestsPerWorker * workers || bytesInFlight + length > MaxBytesInFlight))
                WaitForRoom();
            if (isAtEnd)
                return null;
            bytesInFlight += length;
            return new(taken++, request, refusal with { RequestBytes = length });
        }
    }

    // A waiting thread is woken only if it has something to do, not at every response.
    private void WaitForRoom()
    {
        isRoomAwaited = true;
        Monitor.Wait(gate);
        isRoomAwaited = false;
    }

    private bool IsAtEnd
    {
        get
        {
            lock (gate)
                return isAtEnd;
        }
    }

    private void End()
    {
        lock (gate)
        {
            isAtEnd = true;
            Monitor.PulseAll(gate);
        }
    }

    // Writes a response and all that are ready after it. Does nothing if another thread is writing (it writes these too) or an earlier response is
    // not ready.
    private void Write(long position, Response response)
    {
        lock (gate)
        {
            ready.Add(position, response);
            if (isWriting || isBroken)
                return;
            isWriting = true;
        }

        while (TakeReady() is { Count: > 0 } next)
        {
            try
            {
                responses.Write(next);
                Remove(next);
            }
            catch (IOException exception)
            {
                Break(exception);
                return;
            }
        }
    }

    private List<Response> TakeReady()
    {
        lock (gate)
        {
            var next = new List<Response>();
            while (ready.Remove(written + next.Count, out var response))
                next.Add(response);
            isWriting = next.Count > 0;
            return next;
        }
    }

    private void Remove(List<Response> done)
    {
        lock (gate)
        {
            written += done.Count;
            foreach (var (_, failed, requestBytes) in done)
            {
                bytesInFlight -= requestBytes;
                exitCode = failed ? Failure : exitCode;
            }

            if (isRoomAwaited || isAtEnd)
                Monitor.PulseAll(gate);
        }
    }

    private void Break(IOException exception)
    {
        StandardStreams.WriteErrorLine($"nv2: the responses cannot be written: {exception.Message}");
        lock (gate)
        {
            (isBroken, isAtEnd, exitCode) = (true, true, Failure);
            Monitor.PulseAll(gate);
        }
    }

    // Waits until everything that was read has a response.
    private void WaitUntilWritten(TimeSpan patience)
    {
        var deadline = patience == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)patience.TotalMilliseconds;
        lock (gate)
        {
            while (!isBroken && !(isAtEnd && written == taken) && deadline - Environment.TickCount64 is > 0 and var rest)
                Monitor.Wait(gate, (int)Math.Min(rest, int.MaxValue));
        }
    }

    // Requests that were read are answered before the signal ends the process.
    private void Stop()
    {
        isSignalled = true;
        End();
        WaitUntilWritten(Patience);
        whenAnswered();
    }

    private Response Answer(byte[] request)
    {
        ReadOnlyMemory<byte> id = default;
        try
        {
            var json = HostCall.Parse(request);
            id = ReadId(json);
            var result = answer(json);
            return Line(id, result, result.Error) with { RequestBytes = request.Length };
        }
#pragma warning disable CA1031 // Every failure becomes the response of its line, as an error object.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Line(id, null, ErrorObject.Of(exception)) with { RequestBytes = request.Length };
        }
    }

    private static byte[] ReadId(JsonNode request)
    {
        if (request.Optional(Id) is not { } id)
            return [];
        if (!id.IsText)
            id.WholeNumber(long.MinValue, long.MaxValue);
        else
            id.Text();
        return id.RawBytes();
    }

    // One object with the id, the response, the warnings and the error, if present.
    private static Response Line(ReadOnlyMemory<byte> id, HostAnswer? answer, ErrorObject? error)
    {
        const int Usual = 1024; // Without the response.
        var line = new ArrayBufferWriter<byte>((answer?.Response.Length ?? 0) + Usual);
        line.Write("{"u8);
        if (!id.IsEmpty)
        {
            line.Write("\"id\":"u8);
            line.Write(id.Span);
        }

        if (answer is not null)
            AppendProperties(line, answer.Response);
        if (answer is { Warnings.Count: > 0 })
            AppendProperties(line, JsonOutput.Line(new StreamWarnings(answer.Warnings)));
        if (error is not null)
            AppendProperties(line, JsonOutput.Line(error));
        line.Write("}\n"u8);
        return new(line.WrittenMemory, error is not null);
    }

    // What is added: an object and a newline.
    private static void AppendProperties(ArrayBufferWriter<byte> line, ReadOnlyMemory<byte> added)
    {
        var properties = added.Span[1..^2];
        if (line.WrittenCount > 1 && !properties.IsEmpty)
            line.Write(","u8);
        line.Write(properties);
    }

    /// <summary>A line to answer, or the response if it cannot be answered.</summary>
    private sealed record Call(long Position, byte[]? Request, Response Refusal);
}

/// <summary>A warning for a person although a call of a stream succeeds.</summary>
internal sealed record StreamWarnings(IReadOnlyList<string> Warnings) : IJsonRecord
{
    public void WriteTo(JsonProperties json) => json.Texts("warnings"u8, Warnings);
}
