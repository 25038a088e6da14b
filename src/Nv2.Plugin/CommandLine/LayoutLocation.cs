using Nv2.Signing;
using Nv2.Signing.Artifacts;

namespace Nv2.Plugin.CommandLine;

/// <summary>Where an image layout is, and what in it is meant: <c>PATH[:TAG|@DIGEST]</c>, with <c>-</c> as the path for a tar on standard input.</summary>
/// <param name="Path">The folder or the file, or <see langword="null"/> for standard input.</param>
/// <param name="Name">A tag, a whole reference or a digest; or <see langword="null"/> for the only artifact there is.</param>
internal sealed record LayoutLocation(string? Path, string? Name)
{
    private const string StandardInput = "-";

    /// <summary>Reads a location. Where a colon may belong to the path or begin the tag, it belongs to the longest path that is there.</summary>
    /// <exception cref="InvalidInputException">It is empty, or what follows the @ is no digest.</exception>
    public static LayoutLocation Parse(string text)
    {
        if (Exists(text))
            return At(text, null);

        var at = text.LastIndexOf('@');
        if (at > 0 && Digest.TryParse(text[(at + 1)..], out var digest))
            return At(WithoutTag(text[..at]), digest.ToString()); // A tag beside a digest says nothing more.

        for (var colon = text.LastIndexOf(':'); colon > 0; colon = text.LastIndexOf(':', colon - 1))
        {
            if (Exists(text[..colon]))
                return colon + 1 < text.Length ? At(text[..colon], text[(colon + 1)..]) : throw Invalid(text, "the tag is missing behind the colon");
        }

        return at > 0 && Exists(text[..at])
            ? throw Invalid(text, "what follows the @ must be a digest, such as sha256: and 64 lower-case hexadecimal digits")
            : At(text, null); // Who opens it finds that it is not there.
    }

    /// <summary>The location for messages.</summary>
    public override string ToString() => Path is null ? "on standard input" : Quoted.Text(Path);

    private static string WithoutTag(string text)
    {
        var path = text;
        while (!Exists(path) && path.LastIndexOf(':') is > 0 and var colon)
            path = path[..colon];
        return Exists(path) ? path : text;
    }

    private static LayoutLocation At(string path, string? name) => new(path == StandardInput ? null : path, name);

    private static bool Exists(string path) => path == StandardInput || System.IO.Path.Exists(path);

    private static InvalidInputException Invalid(string text, string complaint) =>
        new($"{Quoted.Text(text)} is not an image layout: {complaint} (expected PATH, PATH:TAG or PATH@DIGEST, with a folder, a tar, or - for a tar on standard input)");
}
