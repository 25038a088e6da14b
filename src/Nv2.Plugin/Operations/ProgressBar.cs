using System.Globalization;
using Nv2.Plugin.Files;

namespace Nv2.Plugin.Operations;

/// <summary>
/// Shows the progress of some work if standard error is a terminal. Work that is part of other work shows nothing.
/// </summary>
/// <param name="total">How much work there is, 1 or more.</param>
/// <param name="describe">The progress in words: <c>3 of 10</c>.</param>
internal sealed class ProgressBar(long total, Func<long, string> describe) : IDisposable
{
    private const int MinBar = 4;
    private const int MaxBar = 40;

    /// <summary>The interval between updates: as often as a person can follow.</summary>
    private static readonly long Pause = TimeSpan.FromMilliseconds(100).Ticks;

    private int? width = StatusLine.TryTake();
    private long next;

    /// <summary>Shows the progress.</summary>
    public void Show(long done)
    {
        if (width is not { } columns || Environment.TickCount64 * TimeSpan.TicksPerMillisecond < next)
            return;
        next = (Environment.TickCount64 * TimeSpan.TicksPerMillisecond) + Pause;
        StatusLine.Show(Format(done, total, describe(done), columns));
    }

    /// <summary>Removes the bar.</summary>
    public void Dispose()
    {
        if (width is not null)
            StatusLine.Release();
        width = null;
    }

    /// <summary>The line: words, a bar if there is room, and the percentage.</summary>
    internal static string Format(long done, long total, string words, int columns)
    {
        var share = Math.Clamp((double)done / total, 0, 1);
        var percentage = string.Create(CultureInfo.InvariantCulture, $"{(int)(share * 100), 3}%");
        var room = Math.Min(columns - words.Length - percentage.Length - "nv2:  [] ".Length, MaxBar);
        if (room >= MinBar)
        {
            var filled = (int)(share * room);
            return $"nv2: {words} [{new string('#', filled)}{new string('.', room - filled)}] {percentage}";
        }

        var line = $"{words} {percentage}";
        return line.Length <= columns ? line : line[..Math.Max(columns, 0)];
    }
}

/// <summary>Shows how much of a large file has been read.</summary>
internal sealed class ReadingProgress : Stream
{
    private const int Mebibyte = 1024 * 1024;

    /// <summary>Smaller files are read too fast for a progress bar.</summary>
    private const long LargeFile = 256L * Mebibyte;

    private readonly Stream file;
    private readonly ProgressBar bar;
    private long position;

    private ReadingProgress(Stream file)
    {
        this.file = file;
        bar = new(file.Length, read => string.Create(CultureInfo.InvariantCulture, $"{read / Mebibyte} of {file.Length / Mebibyte} MiB"));
    }

    /// <summary>Reads a file, and shows the progress if the file is large.</summary>
    public static T Of<T>(Stream file, Func<Stream, T> read)
    {
        if (file is not FileStream { CanSeek: true, Length: >= LargeFile } || !StatusLine.IsPossible)
            return read(file);
        using var progress = new ReadingProgress(file);
        return read(progress);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var read = file.Read(buffer);
        position += read;
        bar.Show(position);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        bar.Dispose();
        base.Dispose(disposing);
    }
}
