using System.Buffers;
using Nv2.Plugin.Files;
using Nv2.Plugin.Platform;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Json;

namespace Nv2.Plugin.Contracts;

/// <summary>
/// Many calls in one process: a request a line on standard input, a response a line on standard output, in the same order. All cores work on the requests. No more are
/// read than are being worked on, so that memory is bounded and a host that does not read is not read from.
/// </summary>
internal sealed class HostStream
{
    /// <summary>What a host adds to the command.</summary>
    public const string Option = "--stream";

    /// <summary>The option in one line, for the help.</summary>
    public const string OptionText = "Answer many requests: one a line, and one response a line, in the same order";

    private const int RequestsPerWorker = 4;
    private const int BufferBytes = 64 * 1024;
    private const int Success = 0;
    private const int Failure = 1;
    private const string Id = "id";

    /// <summary>The most bytes of requests that are worked on at a time. One request is, however long.</summary>
    private const long MaxBytesInFlight = 4L * HostCall.MaxRequestBytes;

    /// <summary>How long a signal waits for the responses to what has been read.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Func<JsonNode, HostAnswer> answer;
    private readonly int maxInFlight = RequestsPerWorker * Environment.ProcessorCount;

    // All of the following belongs to who holds this lock.
    private readonly object gate = new();
    private readonly Queue<Call> inOrder = [];
    private readonly Queue<Call> waiting = [];
    private long bytesInFlight;
    private bool isAtEnd;
    private volatile bool isSignalled;
    private bool isWritten;

    private HostStream(Func<JsonNode, HostAnswer> answer) => this.answer = answer;

    /// <summary>Answers requests until the input ends, a line is too long, the output is closed, or a signal comes.</summary>
    /// <param name="answer">Answers one request; called by several threads.</param>
    /// <param name="input">The requests.</param>
    /// <param name="output">The responses.</param>
    /// <returns>The exit code: 1 if any line failed.</returns>
    public static int Run(Func<JsonNode, HostAnswer> answer, Stream input, Stream output)
    {
        var stream = new HostStream(answer);
        for (var i = 0; i < Environment.ProcessorCount; i++)
            Start(stream.Work);
        Start(() => stream.Read(input));
        using var termination = new Termination(stream.Stop);
        var exitCode = stream.Write(output);
        if (stream.isSignalled)
            Thread.Sleep(Patience); // The signal ends the process.
        return exitCode;
    }

    // A thread of its own that does not keep the process from ending.
    private static void Start(Action run) => new Thread(() => run()) { IsBackground = true }.Start();

    private void Read(Stream input)
    {
        var line = new ArrayBufferWriter<byte>();
        var buffer = new byte[BufferBytes];
        try
        {
            int read;
            while ((read = input.Read(buffer)) > 0)
            {
                var rest = buffer.AsSpan(0, read);
                while (rest.IndexOf((byte)'\n') is >= 0 and var end)
                {
                    line.Write(rest[..end]);
                    rest = rest[(end + 1)..];
                    if (!Add(line))
                        return;
                }

                line.Write(rest);
                if (line.WrittenCount > HostCall.MaxRequestBytes)
                    break; // The line is too long already: Add says so.
            }

            if (line.WrittenCount > 0)
                Add(line);
        }
        catch (IOException exception)
        {
            AddFailure(exception);
        }
        finally
        {
            End();
        }
    }

    // Whether to go on.
    private bool Add(ArrayBufferWriter<byte> line)
    {
        if (line.WrittenCount > HostCall.MaxRequestBytes)
        {
            AddFailure(new InvalidInputException($"{HostCall.RequestName} is larger than {HostCall.MaxRequestBytes} bytes: expected one line, and nothing is read after it") { Path = "$" });
            return false;
        }

        var call = new Call(line.WrittenSpan.ToArray());
        line.ResetWrittenCount();
        return Add(call, isAnswered: false);
    }

    private void AddFailure(Exception exception)
    {
        var call = new Call([]);
        call.Response.SetResult(Line(default, null, ErrorObject.Of(exception)));
        Add(call, isAnswered: true);
    }

    private bool Add(Call call, bool isAnswered)
    {
        lock (gate)
        {
            while (!isAtEnd && inOrder.Count > 0 && (inOrder.Count >= maxInFlight || bytesInFlight + call.Request.Length > MaxBytesInFlight))
                Monitor.Wait(gate);
            if (isAtEnd)
                return false;
            bytesInFlight += call.Request.Length;
            inOrder.Enqueue(call);
            if (!isAnswered)
                waiting.Enqueue(call);
            Monitor.PulseAll(gate);
            return true;
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

    private void Work()
    {
        while (Next(waiting) is { } call)
            call.Response.SetResult(Answer(call.Request));
    }

    // The next call of a queue, which stays there until it is written; or null once there will be none.
    private Call? Next(Queue<Call> calls)
    {
        lock (gate)
        {
            while (calls.Count == 0 && !isAtEnd)
                Monitor.Wait(gate);
            return calls.Count == 0 ? null : ReferenceEquals(calls, waiting) ? calls.Dequeue() : calls.Peek();
        }
    }

    private (ReadOnlyMemory<byte> Line, bool Failed) Answer(byte[] request)
    {
        ReadOnlyMemory<byte> id = default;
        try
        {
            var json = HostCall.Parse(request);
            id = ReadId(json);
            var result = answer(json);
            return Line(id, result, result.Error);
        }
#pragma warning disable CA1031 // Every failure is the response of the line that caused it, as HostCall turns it into an error object.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Line(id, null, ErrorObject.Of(exception));
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

    // One object of the id, the response, the warnings and the error, as far as there are any.
    private static (ReadOnlyMemory<byte> Line, bool Failed) Line(ReadOnlyMemory<byte> id, HostAnswer? answer, ErrorObject? error)
    {
        var line = new ArrayBufferWriter<byte>();
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
        return (line.WrittenMemory, error is not null);
    }

    // What is added is an object and a newline.
    private static void AppendProperties(ArrayBufferWriter<byte> line, ReadOnlyMemory<byte> added)
    {
        var properties = added.Span[1..^2];
        if (line.WrittenCount > 1 && !properties.IsEmpty)
            line.Write(","u8);
        line.Write(properties);
    }

    private int Write(Stream output)
    {
        var exitCode = Success;
        var buffered = new BufferedStream(output, BufferBytes);
        try
        {
            while (Next(inOrder) is { } call)
            {
                // A response that is ready does not wait for one that is not.
                if (!call.Response.Task.IsCompleted)
                    buffered.Flush();
                var (line, failed) = call.Response.Task.GetAwaiter().GetResult();
                buffered.Write(line.Span);
                exitCode = failed ? Failure : exitCode;
                if (Remove(call))
                    buffered.Flush();
            }

            buffered.Flush();
            return exitCode;
        }
        catch (IOException exception)
        {
            StandardStreams.WriteErrorLine($"nv2: the responses cannot be written: {exception.Message}");
            return Failure;
        }
        finally
        {
            lock (gate)
            {
                isWritten = true;
                Monitor.PulseAll(gate);
            }
        }
    }

    // Whether nothing is in flight any more.
    private bool Remove(Call call)
    {
        lock (gate)
        {
            inOrder.Dequeue();
            bytesInFlight -= call.Request.Length;
            Monitor.PulseAll(gate);
            return inOrder.Count == 0;
        }
    }

    // What has been read is answered before the signal ends the process.
    private void Stop()
    {
        isSignalled = true;
        End();
        lock (gate)
        {
            var deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
            while (!isWritten && deadline - Environment.TickCount64 is > 0 and var rest)
                Monitor.Wait(gate, (int)rest);
        }
    }

    private sealed record Call(byte[] Request)
    {
        public TaskCompletionSource<(ReadOnlyMemory<byte> Line, bool Failed)> Response { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>What a person must know although a call of a stream succeeds.</summary>
internal sealed record StreamWarnings(IReadOnlyList<string> Warnings) : IJsonRecord
{
    public void WriteTo(JsonProperties json) => json.Texts("warnings"u8, Warnings);
}
