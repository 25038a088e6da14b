using Nv2.Signing.Files;

namespace Nv2.Plugin.Platform;

/// <summary>The identity of a file, links followed, and whether it is a regular one.</summary>
internal sealed record FileIdentity(bool IsRegular, ulong Inode, ulong Device)
{
    /// <summary>
    /// The identity of what <paramref name="path"/> names, or <see langword="null"/> when there is nothing, or the system cannot tell (elsewhere than
    /// on Linux).
    /// </summary>
    public static FileIdentity? Find(string path) => Of(FileStatus.Find(path));

    /// <summary>
    /// The identity of what is open as <paramref name="descriptor"/>, or <see langword="null"/> when nothing is, or the system cannot tell.
    /// </summary>
    public static FileIdentity? OfFileDescriptor(int descriptor) => Of(FileStatus.OfDescriptor(descriptor));

    private static FileIdentity? Of(FileStatus? status) => status is { } known ? new(known.IsRegular, known.Inode, known.Device) : null;
}
