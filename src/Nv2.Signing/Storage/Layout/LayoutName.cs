using System.Globalization;
using System.Text;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Signing.Storage.Layout;

/// <summary>
/// The names of the files that a layout is read by. On file systems that do not look at case, or pass over some characters, several names are one file: a layout that holds two
/// of them is another one there.
/// </summary>
internal static class LayoutName
{
    private static readonly string[] Known =
    [
        ImageLayout.MarkerFileName, LayoutIndex.FileName, ImageLayout.DockerManifestFileName, ImageLayout.DockerRepositoriesFileName, ImageLayout.BlobsFolder,
    ];

    /// <summary>Makes sure that a name is no other spelling of one by which the layout is read.</summary>
    /// <param name="name">The path in the layout.</param>
    /// <exception cref="InvalidInputException">It is.</exception>
    public static void RequireSpelling(string name)
    {
        var parts = name.Split('/', '\\');
        var meant = Known.FirstOrDefault(known => Spelling.AreSame(Plain(parts[0]), known));
        if (meant is null || (parts[0] == meant && (parts.Length == 1 || IsPlain(name))))
            return;
        throw new InvalidInputException($"its {Quoted.Text(name)} is a file of the layout ({meant}{(parts.Length == 1 ? "" : "/…")}) on systems that do not tell such names apart: expected that spelling alone");
    }

    // Blobs are named by digests, in lower case.
    private static bool IsPlain(string name) => Ascii.IsValid(name) && !name.Contains('\\') && !name.AsSpan().ContainsAnyInRange('A', 'Z') && Plain(name) == name;

    // Some file systems pass over characters that are not shown, over points and spaces at the end, and over the name of a stream behind a colon.
    private static string Plain(string part) =>
        string.Concat(part.Split(':')[0].Where(character => !char.IsControl(character) && char.GetUnicodeCategory(character) != UnicodeCategory.Format)).TrimEnd('.', ' ');
}
