using System.Text;
using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Files;

namespace Nv2.Plugin.Operations;

/// <summary>An artifact of a list.</summary>
/// <param name="Line">The number of its line, from 1.</param>
/// <param name="Text">The line, without spaces at its ends.</param>
/// <param name="Place">Where the artifact is.</param>
internal sealed record BatchItem(int Line, string Text, ArtifactPlace Place);

/// <summary>
/// A list of artifacts in a file or on standard input: one per line, in the form of the command line. Empty lines and lines that begin with # are
/// skipped.
/// </summary>
internal static class BatchList
{
    private const int MaxBytes = 64 * 1024 * 1024;

    /// <summary>Reads a list.</summary>
    /// <param name="path">The name of the file, or <c>-</c> for standard input.</param>
    /// <param name="parse">Reads a line.</param>
    /// <exception cref="InvalidInputException">It cannot be read, is too large, is not text, or has no artifact.</exception>
    /// <exception cref="UsageException">A line is not valid.</exception>
    public static IReadOnlyList<BatchItem> Read(string path, Func<string, ArtifactPlace> parse)
    {
        var text = InputFile.ReadOrInput(
            path == InputFile.StandardInput ? null : path,
            "the list",
            stream => Decode(BoundedFile.ReadAll(stream, MaxBytes))
        );
        var items = text.Split('\n')
            .Select((line, number) => (Text: line.Trim(), Number: number + 1))
            .Where(line => line.Text.Length > 0 && line.Text[0] != '#')
            .Select(line => new BatchItem(line.Number, line.Text, Parse(line.Text, line.Number, parse)))
            .ToList();
        return items.Count > 0 ? items : throw new InvalidInputException("the list has no artifact: expected one per line");
    }

    private static string Decode(byte[] content)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidInputException("it is not text in UTF-8", exception);
        }
    }

    private static ArtifactPlace Parse(string text, int number, Func<string, ArtifactPlace> parse)
    {
        try
        {
            return parse(text);
        }
        catch (UsageException exception)
        {
            throw new UsageException($"line {number} of the list: {exception.Message}", exception);
        }
    }
}
