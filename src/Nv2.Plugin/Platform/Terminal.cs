using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Nv2.Plugin.Platform;

/// <summary>
/// Properties of the terminal, from the system. <see cref="Console"/> knows them too, but writes control sequences to a terminal at its first use.
/// </summary>
internal static unsafe partial class Terminal
{
    // tty_ioctl(4)
    private const nuint GetWindowSize = 0x5413;

    /// <summary>Whether standard input is a terminal.</summary>
    public static bool IsInput => !OperatingSystem.IsWindows() && isatty(FileDescriptor.StandardInput) == 1;

    /// <summary>The columns of the terminal on standard output; <see langword="null"/> if it is not a terminal, or the system cannot tell.</summary>
    public static int? OutputWidth => WidthOf(FileDescriptor.StandardOutput);

    /// <summary>The same for standard error.</summary>
    public static int? ErrorWidth => WidthOf(FileDescriptor.StandardError);

    private static int? WidthOf(int descriptor)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        WindowSize size;
        return ioctl(descriptor, GetWindowSize, &size) == 0 && size.Columns > 0 ? size.Columns : null;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
    }

    [UnsupportedOSPlatform("windows")]
    [LibraryImport("libc")]
    private static partial int isatty(int descriptor);

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc")]
    private static partial int ioctl(int descriptor, nuint request, WindowSize* size);
}
