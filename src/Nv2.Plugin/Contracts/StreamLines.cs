using System.Buffers;
using Nv2.Signing;

namespace Nv2.Plugin.Contracts;

/// <summary>The requests of a stream, one per line. Used by one thread at a time.</summary>
/// <param name="input">Where they come from.</param>
/// <param name="maxBytes">The longest line.</param>
internal sealed class RequestLines(Stream input, int maxBytes)
{
    private const int BufferBytes = 64 * 1024;

    private readonly byte[] buffer = new byte[BufferBytes];
    private readonly ArrayBufferWriter<byte> beginning = new();
    private int position;
    private int end;

    /// <summary>The next line without its end, or <see langword="null"/>.</summary>
    /// <exception cref="InvalidInputException">It is too long.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public byte[]? Read()
    {
        while (true)
        {
            var rest = buffer.AsSpan(position, end - position);
            if (rest.IndexOf((byte)'\n') is >= 0 and var length)
            {
                position += length + 1;
                return Take(rest[..length]);
            }

            beginning.Write(rest);
            RequireShort(beginning.WrittenCount);
            (position, end) = (0, input.Read(buffer));
            if (end == 0)
                return beginning.WrittenCount > 0 ? Take([]) : null;
        }
    }

    private byte[] Take(ReadOnlySpan<byte> rest)
    {
        RequireShort(beginning.WrittenCount + rest.Length);
        byte[] line = [.. beginning.WrittenSpan, .. rest];
        beginning.ResetWrittenCount();
        return line;
    }

    private void RequireShort(int bytes)
    {
        if (bytes > maxBytes)
            throw new InvalidInputException(
                $"{HostCall.RequestName} is larger than {maxBytes} bytes: expected one line, and nothing is read after it"
            )
            {
                Path = "$",
            };
    }
}

/// <summary>A line that answers a request.</summary>
/// <param name="Line">The line.</param>
/// <param name="Failed">Whether it has an error.</param>
/// <param name="RequestBytes">The length of the request.</param>
internal readonly record struct Response(ReadOnlyMemory<byte> Line, bool Failed, int RequestBytes = 0);

/// <summary>The responses of a stream, one per line. Used by one thread at a time.</summary>
internal sealed class ResponseLines(Stream output)
{
    private const int BufferBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> pending = new(BufferBytes);

    /// <summary>Writes responses and flushes them.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void Write(IReadOnlyList<Response> responses)
    {
        foreach (var (line, _, _) in responses)
        {
            if (pending.WrittenCount + line.Length > BufferBytes)
                Flush();
            if (line.Length > BufferBytes)
                output.Write(line.Span);
            else
                pending.Write(line.Span);
        }

        Flush();
    }

    private void Flush()
    {
        output.Write(pending.WrittenSpan);
        pending.ResetWrittenCount();
        output.Flush();
    }
}
