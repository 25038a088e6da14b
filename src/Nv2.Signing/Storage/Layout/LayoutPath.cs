using System.Formats.Tar;
using Nv2.Signing.Files;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage.Layout;

/// <summary>
/// The files of a layout in a folder. A symbolic link is followed if it stays in the folder, as in other programs. Nothing outside of the folder is
/// read or written through a link.
/// </summary>
internal sealed class LayoutPath
{
    private const int MaxLinks = 40;
    private readonly string root;

    /// <summary>The paths in a folder, which may itself be reached through links.</summary>
    public LayoutPath(string folder) =>
        root = Path.TrimEndingDirectorySeparator(
            (Directory.Exists(folder) ? new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName : null)
                ?? Path.GetFullPath(folder)
        );

    /// <summary>The path of a file without links; whether it exists is not checked.</summary>
    /// <param name="name">Its path in the layout, with <c>/</c> between the parts.</param>
    /// <exception cref="InvalidInputException">A link leads out of the layout, or in a circle, or another user put it into a shared
    /// folder.</exception>
    public string Resolve(string name)
    {
        var current = root;
        var links = 0;
        var waiting = new Stack<string>(name.Split('/').Reverse());
        while (waiting.TryPop(out var part))
        {
            if (part is "" or ".")
                continue;
            if (part == "..")
            {
                current = current == root ? throw LeadsOut(name) : Path.GetDirectoryName(current)!; // Not null below the root.
                continue;
            }

            var next = Path.Combine(current, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                current = next;
                continue;
            }

            SharedFolders.RequireOwnLinks(next);
            if (++links > MaxLinks)
                throw new InvalidInputException($"its {name} is behind more than {MaxLinks} symbolic links");
            if (Path.IsPathRooted(target))
            {
                if (!target.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                    throw LeadsOut(name);
                target = target[(root.Length + 1)..];
                current = root;
            }

            foreach (var below in target.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar).Reverse())
                waiting.Push(below);
        }

        return current;
    }

    /// <summary>Whether something is an empty file, and not a pipe, a socket or a device, which all have the length 0.</summary>
    /// <param name="path">A path without links, of something that has the length 0.</param>
    public static bool IsEmptyFile(string path)
    {
        // The platform distinguishes kinds of files only when it writes them to a tar.
        const int TypeOffset = 156;
        using var header = new MemoryStream();
        using (var tar = new TarWriter(header, TarEntryFormat.Ustar, leaveOpen: true))
        {
            try
            {
                tar.WriteEntry(path, "file");
            }
            catch (IOException)
            {
                return false; // A socket cannot be in a tar.
            }
        }

        return header.Length > TypeOffset && header.GetBuffer()[TypeOffset] == (byte)TarEntryType.RegularFile;
    }

    private static InvalidInputException LeadsOut(string name) =>
        new($"its {Quoted.Text(name)[1..^1]} is behind a symbolic link that leads out of the layout: expected all files in the folder of the layout");
}
