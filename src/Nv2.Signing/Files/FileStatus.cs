using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Nv2.Signing.Files;

/// <summary>The status of a file: its kind, mode, owner and identity. Available only on Linux.</summary>
/// <param name="Mode">The kind and the permissions (inode(7)).</param>
/// <param name="Owner">The user who owns it.</param>
/// <param name="Inode">Its number in its file system.</param>
/// <param name="Device">The file system that it is in.</param>
/// <param name="Size">How many bytes it has.</param>
internal readonly partial record struct FileStatus(int Mode, uint Owner, ulong Inode, ulong Device, long Size)
{
    // statx(2): the layout is the kernel's and the same on every architecture.
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint Wanted = 0x1 | 0x2 | 0x8 | 0x80 | 0x100 | 0x200; // The kind, the mode, the owner, the change time, the inode and the size.
    private const int SizeOfStatx = 256;
    private const int OwnerOffset = 20;
    private const int ModeOffset = 28;
    private const int InodeOffset = 32;
    private const int SizeOffset = 40;
    private const int ChangeSecondsOffset = 96;
    private const int ChangeNanosecondsOffset = 104;
    private const int DeviceOffset = 136;

    // inode(7).
    private const int TypeMask = 0xf000;
    private const int Folder = 0x4000;
    private const int RegularFile = 0x8000;
    private const int Link = 0xa000;
    private const int Sticky = 0x200;
    private const int WritableByOthers = 0x12;

    /// <summary>The user with all rights.</summary>
    public const uint Root = 0;

    /// <summary>Whether the status is available on this system.</summary>
    [SupportedOSPlatformGuard("linux")]
    public static bool IsKnown => OperatingSystem.IsLinux() && !IsHidden;

    // For tests: what happens on a system that cannot tell. Every check is stricter there.
    [ThreadStatic]
    internal static bool IsHidden;

    /// <summary>The user of this process.</summary>
    public static uint CurrentUser => IsKnown ? geteuid() : throw new PlatformNotSupportedException();

    /// <summary>The time of the last change of its content, mode or owner. Only the system sets it.</summary>
    public DateTimeOffset Changed { get; init; }

    /// <summary>Whether it is a regular file.</summary>
    public bool IsRegular => (Mode & TypeMask) == RegularFile;

    /// <summary>Whether it is a folder.</summary>
    public bool IsFolder => (Mode & TypeMask) == Folder;

    /// <summary>Whether it is a symbolic link.</summary>
    public bool IsLink => (Mode & TypeMask) == Link;

    /// <summary>Whether only the owner of an entry, the owner of this folder, or root may rename or remove an entry (sticky).</summary>
    public bool IsSticky => (Mode & Sticky) != 0;

    /// <summary>Whether the group or everybody may write to it.</summary>
    public bool IsWritableByOthers => (Mode & WritableByOthers) != 0;

    /// <summary>Whether it belongs to root or to the current user.</summary>
    public bool HasTrustedOwner => Owner == Root || Owner == CurrentUser;

    /// <summary>The status of <paramref name="path"/>, following links; <see langword="null"/> if it does not exist or is not available.</summary>
    public static FileStatus? Find(string path) => Find(CurrentFolder, path, 0);

    /// <summary>The same for a link itself.</summary>
    public static FileStatus? FindLink(string path) => Find(CurrentFolder, path, NoFollow);

    /// <summary>The status of the open <paramref name="descriptor"/>; <see langword="null"/> if it is closed or not available.</summary>
    public static FileStatus? OfDescriptor(int descriptor) => Find(descriptor, "", EmptyPath);

    /// <summary>Whether <paramref name="path"/> is on a read-only mount, and would be writable otherwise.</summary>
    public static bool IsOnReadOnlyMount(string path)
    {
        const int Write = 2; // access(2)
        const int ReadOnly = 30; // EROFS, errno(3)
        return IsKnown && access(path, Write) != 0 && Marshal.GetLastPInvokeError() == ReadOnly;
    }

    /// <summary>
    /// Whether a path exists without any symbolic link on it (openat2(2)). <see langword="false"/> also if that is not known at once, and the path
    /// must be checked step by step.
    /// </summary>
    public static unsafe bool IsReachedWithoutLinks(string path)
    {
        const nint OpenAt2 = 437; // The same on every architecture.
        const ulong PathOnly = 0x200000;
        const ulong CloseOnExec = 0x80000;
        const ulong NoSymbolicLinks = 0x4;
        if (!IsKnown || path.Length == 0)
            return false;

        // struct open_how { flags, mode, resolve }
        var how = stackalloc ulong[] { PathOnly | CloseOnExec, 0, NoSymbolicLinks };
        var whole = Path.GetFullPath(path); // As the platform does with every path that it opens.
        var descriptor = syscall(OpenAt2, CurrentFolder, whole, how, 3 * sizeof(ulong));
        if (descriptor < 0)
            return false;
        _ = close((int)descriptor);
        return true;
    }

    private static unsafe FileStatus? Find(int folder, string path, int flags)
    {
        if (!IsKnown)
            return null;

        var buffer = stackalloc byte[SizeOfStatx];
        return statx(folder, path, flags, Wanted, buffer) == 0
            ? new FileStatus(
                *(ushort*)(buffer + ModeOffset),
                *(uint*)(buffer + OwnerOffset),
                *(ulong*)(buffer + InodeOffset),
                *(ulong*)(buffer + DeviceOffset),
                *(long*)(buffer + SizeOffset)
            )
            {
                Changed = DateTimeOffset
                    .FromUnixTimeSeconds(*(long*)(buffer + ChangeSecondsOffset))
                    .AddTicks(*(uint*)(buffer + ChangeNanosecondsOffset) / TimeSpan.NanosecondsPerTick),
            }
            : null;
    }

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int statx(int folder, string path, int flags, uint mask, byte* buffer);

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int access(string path, int mode);

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc")]
    private static partial uint geteuid();

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint syscall(nint number, nint folder, string path, ulong* how, nint size);

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
