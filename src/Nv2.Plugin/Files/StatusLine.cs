using System.Text;
using Nv2.Plugin.Platform;

namespace Nv2.Plugin.Files;

/// <summary>
/// One line at the end of the terminal on standard error, which changes while work goes on. Other output is printed above it. If standard error is
/// not a terminal, there is no line. It is written with carriage returns and spaces only, so that no control sequence can stay behind.
/// </summary>
internal static class StatusLine
{
    private static readonly Lock Gate = new();
    private static string shown = "";
    private static bool isTaken;

    /// <summary>Whether there is one.</summary>
    public static bool IsPossible => Terminal.ErrorWidth is not null;

    /// <summary>Takes the line, to show something on it.</summary>
    /// <returns>Its columns; <see langword="null"/> if there is no line, or it is taken.</returns>
    public static int? TryTake()
    {
        lock (Gate)
        {
            if (isTaken || Terminal.ErrorWidth is not { } columns)
                return null;
            isTaken = true;
            return columns - 1; // A full line would wrap.
        }
    }

    /// <summary>Clears the line and releases it.</summary>
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
