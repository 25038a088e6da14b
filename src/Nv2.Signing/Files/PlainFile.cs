using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace Nv2.Signing.Files;

/// <summary>Opens and reads a file that is no link in four calls of the system, where thousands are read. Known on Linux only.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class PlainFile
{
    // open(2): the numbers are the same on x64 and arm64, but for O_NOFOLLOW.
    private const int ReadOnly = 0;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;

    private static readonly int NoFollow = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    /// <summary>Reads a regular file.</summary>
    /// <param name="path">Its path, of which the last part must not be a link.</param>
    /// <param name="maxBytes">The most bytes that it may have.</param>
    /// <param name="status">The status of what was opened.</param>
    /// <returns>The content; <see langword="null"/> where it is something else, larger, not there, or cannot be read: who opens it by other means
    /// says what is wrong.</returns>
    public static byte[]? TryRead(string path, int maxBytes, out FileStatus status)
    {
        status = default;
        var length = Encoding.UTF8.GetByteCount(path);
        Span<byte> name = length < 512 ? stackalloc byte[length + 1] : new byte[length + 1];
        Encoding.UTF8.GetBytes(path, name);
        name[length] = 0;
        int descriptor;
        fixed (byte* pointer = name)
            descriptor = open(pointer, ReadOnly | NonBlocking | CloseOnExec | NoFollow);
        if (descriptor < 0)
            return null;
        try
        {
            if (FileStatus.OfDescriptor(descriptor) is not { IsRegular: true } found || found.Size < 0 || found.Size > maxBytes)
                return null;
            status = found;
            var content = new byte[found.Size];
            return ReadAll(descriptor, content) ? content : null;
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    // All of it and nothing more: a file that grows or shrinks meanwhile is not read so.
    private static bool ReadAll(int descriptor, byte[] content)
    {
        var position = 0;
        byte more;
        fixed (byte* pointer = content)
        {
            while (position < content.Length)
            {
                var count = read(descriptor, pointer + position, (nuint)(content.Length - position));
                if (count <= 0)
                    return false;
                position += (int)count;
            }
        }

        return read(descriptor, &more, 1) == 0;
    }

    [LibraryImport("libc")]
    private static partial int open(byte* path, int flags);

    [LibraryImport("libc")]
    private static partial nint read(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
