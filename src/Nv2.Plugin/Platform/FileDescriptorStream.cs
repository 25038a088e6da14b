using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Nv2.Signing.Files;

namespace Nv2.Plugin.Platform;

/// <summary>
/// A stream over an open Unix file descriptor. The platform has two of the kind: the streams of <see cref="Console"/> set up terminal and signal
/// handling with a thread before the first byte, and <see cref="FileStream"/> tracks its own position, so it overwrites the output of other processes
/// in the same log.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed unsafe partial class FileDescriptorStream(int descriptor) : Stream
{
    /// <summary>EINTR of Linux and macOS: interrupted by a signal; try again.</summary>
    private const int Interrupted = 4;

    // poll(2)
    private const short PollIn = 1;
    private const short PollOut = 4;

    /// <summary>EAGAIN: the descriptor is non-blocking, and full or empty at the moment.</summary>
    private static readonly int WouldBlock = OperatingSystem.IsLinux() ? 11 : 35;

    public override bool CanRead => descriptor == FileDescriptor.StandardInput;

    public override bool CanWrite => descriptor != FileDescriptor.StandardInput;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            nint count;
            while ((count = read(descriptor, pointer, buffer.Length)) < 0)
                RequireTransient("read from standard input");
            return (int)count;
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            fixed (byte* pointer = buffer)
            {
                var count = write(descriptor, pointer, buffer.Length);
                if (count < 0)
                    RequireTransient(descriptor == FileDescriptor.StandardOutput ? "write to standard output" : "write to standard error");
                else
                    buffer = buffer[(int)count..];
            }
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is buffered.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // The caller tries again after this.
    private void RequireTransient(string action)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error == WouldBlock)
        {
            var wait = new PollDescriptor { Descriptor = descriptor, Events = CanRead ? PollIn : PollOut };
            _ = poll(&wait, 1, -1);
        }
        else if (error != Interrupted)
        {
            throw new StandardStreamException($"cannot {action}: {new Win32Exception(error).Message}");
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc")]
    private static partial int poll(PollDescriptor* descriptors, nuint count, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, byte* buffer, nint count);
}

/// <summary>The file descriptors that every program is started with.</summary>
internal static class FileDescriptor
{
    public const int StandardInput = 0;
    public const int StandardOutput = 1;
    public const int StandardError = 2;
}

/// <summary>The identity of a file, links followed, and whether it is a regular one.</summary>
internal sealed record FileIdentity(bool IsRegular, ulong Inode, ulong Device)
{
    /// <summary>
    /// The identity of the file at <paramref name="path"/>, or <see langword="null"/> if it does not exist, or if the
    /// system cannot tell (only Linux can).
    /// </summary>
    public static FileIdentity? Find(string path) => Of(FileStatus.Find(path));

    /// <summary>
    /// The identity of the open <paramref name="descriptor"/>, or <see langword="null"/> if it is closed, or if the system cannot tell.
    /// </summary>
    public static FileIdentity? OfFileDescriptor(int descriptor) => Of(FileStatus.OfDescriptor(descriptor));

    private static FileIdentity? Of(FileStatus? status) => status is { } known ? new(known.IsRegular, known.Inode, known.Device) : null;
}
