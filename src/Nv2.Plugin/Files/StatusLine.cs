using System.Text;
using Nv2.Plugin.Platform;

namespace Nv2.Plugin.Files;

/// <summary>
/// One line at the end of the terminal that standard error is, which changes while work goes on. What is printed meanwhile goes above it. Elsewhere
/// there is none. It is written with
/// carriage returns and spaces alone: no control sequence can stay behind.
/// </summary>
internal static class StatusLine
{
    private static readonly Lock Gate = new();
    private static string shown = "";
    private static bool isTaken;

    /// <summary>Whether there is one.</summary>
    public static bool IsPossible => Terminal.ErrorWidth is not null;

    /// <summary>Takes the line, for one who shows something on it.</summary>
    /// <returns>Its columns; <see langword="null"/> where there is none, or another one has it.</returns>
    public static int? TryTake()
    {
        lock (Gate)
        {
            if (isTaken || Terminal.ErrorWidth is not { } columns)
                return null;
            isTaken = true;
            return columns - 1; // A full line would go on in the next.
        }
    }

    /// <summary>Takes what is shown away, and gives the line back.</summary>
    public static void Release()
    {
        Show("");
        lock (Gate)
            isTaken = false;
    }

    /// <summary>Shows a text in place of the one before.</summary>
    public static void Show(string text)
    {
        lock (Gate)
        {
            Write($"\r{text.PadRight(shown.Length)}\r{text}");
            shown = text;
        }
    }

    /// <summary>Prints above the line.</summary>
    public static void Above(Action print)
    {
        lock (Gate)
        {
            if (shown.Length == 0)
            {
                print();
                return;
            }

            Write($"\r{new string(' ', shown.Length)}\r");
            print();
            Write(shown);
        }
    }

    private static void Write(string text)
    {
        using var error = StandardStreams.OpenError();
        StandardStreams.TryWrite(error, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }
}
