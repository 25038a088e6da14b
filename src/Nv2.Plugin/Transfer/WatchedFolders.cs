using System.IO.Enumeration;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Transfer;

/// <summary>The folders that a running program writes to. Whoever watches them learns when it has written more than it may.</summary>
/// <param name="folders">Their paths.</param>
/// <param name="maxBytes">How much all of their files may hold together.</param>
/// <param name="maxEntries">How many files and folders there may be.</param>
internal sealed class WatchedFolders(IReadOnlyList<string> folders, long maxBytes, int maxEntries)
{
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true };

    /// <summary>What is more than may be, or <see langword="null"/>.</summary>
    public string? FindExcess()
    {
        long bytes = 0;
        var entries = 0;
        foreach (var folder in folders.Where(Directory.Exists)) // A cleaner of temporary folders may have been there.
        {
            foreach (var length in Lengths(folder))
            {
                bytes += length;
                if (bytes > maxBytes)
                    return $"wrote more than {maxBytes} bytes to {Quoted.Text(folder)}";
                if (++entries > maxEntries)
                    return $"made more than {maxEntries} files in {Quoted.Text(folder)}";
            }
        }

        return null;
    }

    // Files come and go meanwhile; one that is gone holds nothing.
    private static FileSystemEnumerable<long> Lengths(string folder) =>
        new FileSystemEnumerable<long>(folder, (ref FileSystemEntry entry) => entry.IsDirectory ? 0 : entry.Length, Everything)
        {
            // A link is no content, and is not followed to any.
            ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
}
