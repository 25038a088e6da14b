using System.Text;

namespace Nv2.Plugin.Cli.Text;

/// <summary>
/// Fits text to the columns of a terminal: breaks lines between words and indents the continuation. A word that is longer than a line, such as a
/// digest, stays whole, so that it can be copied.
/// </summary>
internal static class TerminalText
{
    /// <summary>The fewest columns for which lines are broken.</summary>
    private const int MinRoom = 12;

    /// <summary>The indentation of a description that has no room beside its name.</summary>
    private const string Below = "      ";

    /// <summary>A line, or several, each with a line break at its end.</summary>
    /// <param name="text">The text, without what precedes it.</param>
    /// <param name="first">What precedes the first line.</param>
    /// <param name="rest">What precedes the others.</param>
    /// <param name="width">The columns, or <see langword="null"/> for no limit.</param>
    public static string Wrap(string text, string first, string rest, int? width)
    {
        if (width is not { } columns || first.Length + text.Length <= columns || columns - rest.Length < MinRoom)
            return $"{first}{text}\n";

        var wrapped = new StringBuilder();
        var line = new StringBuilder(first);
        var isBegun = false;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (isBegun && line.Length + 1 + word.Length > columns)
            {
                wrapped.Append(line).Append('\n');
                line.Clear().Append(rest);
                isBegun = false;
            }

            line.Append(isBegun ? " " : "").Append(word);
            isBegun = true;
        }

        return wrapped.Append(line).Append('\n').ToString();
    }

    /// <summary>Lines of which some have two columns, a name and a description, with two spaces or more between them.</summary>
    public static string WrapColumns(string text, int? width)
    {
        if (width is null)
            return text;
        var wrapped = new StringBuilder();
        var lines = text.EndsWith('\n') ? text[..^1] : text;
        foreach (var line in lines.Split('\n'))
            wrapped.Append(WrapLine(line, width.Value));
        return wrapped.ToString();
    }

    private static string WrapLine(string line, int width)
    {
        var indent = line.Length - line.TrimStart(' ').Length;
        var gap = line.IndexOf("  ", indent, StringComparison.Ordinal);
        var description = gap < 0 ? "" : line[gap..].TrimStart(' ');
        var column = line.Length - description.Length;
        if (description.Length == 0)
            return Wrap(line[indent..], line[..indent], line[..indent], width);

        // Beside the name, if that leaves half of the columns.
        return column * 2 <= width + Below.Length
            ? Wrap(description, line[..column], new string(' ', column), width)
            : $"{line[..gap]}\n{Wrap(description, Below, Below, width)}";
    }
}
