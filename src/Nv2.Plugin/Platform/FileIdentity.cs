using System.Runtime.InteropServices;

namespace Nv2.Plugin.Platform;

/// <summary>The identity of a file, links followed, and whether it is a regular one.</summary>
internal sealed partial record FileIdentity(bool IsRegular, ulong Inode, ulong Device)
{
    // statx(2): the layout is the kernel's and the same on every architecture.
    private const int CurrentFolder = -100;
    private const int EmptyPath = 0x1000;
    private const uint TypeAndInode = 0x1 | 0x100;
    private const int SizeOfStatx = 256;
    private const int ModeOffset = 28;
    private const int InodeOffset = 32;
    private const int DeviceOffset = 136;
    private const int TypeMask = 0xf000;
    private const int RegularFile = 0x8000;

    /// <summary>
    /// The identity of what <paramref name="path"/> names, or <see langword="null"/> when there is nothing, or the system cannot tell (elsewhere than
    /// on Linux).
    /// </summary>
    public static FileIdentity? Find(string path) => Find(CurrentFolder, path, 0);

    /// <summary>
    /// The identity of what is open as <paramref name="descriptor"/>, or <see langword="null"/> when nothing is, or the system cannot tell.
    /// </summary>
    public static FileIdentity? OfFileDescriptor(int descriptor) => Find(descriptor, "", EmptyPath);

    private static unsafe FileIdentity? Find(int folder, string path, int flags)
    {
        if (!OperatingSystem.IsLinux())
            return null;

        var buffer = stackalloc byte[SizeOfStatx];
        return statx(folder, path, flags, TypeAndInode, buffer) == 0
            ? new FileIdentity(
                (*(ushort*)(buffer + ModeOffset) & TypeMask) == RegularFile, *(ulong*)(buffer + InodeOffset), *(ulong*)(buffer + DeviceOffset))
            : null;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int statx(int folder, string path, int flags, uint mask, byte* buffer);
}
