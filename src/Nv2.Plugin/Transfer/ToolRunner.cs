using System.Buffers;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Platform;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Transfer;

/// <summary>
/// Runs one program: with an argument vector and never through a shell, with nothing to read, and with bounds on what it may print and how long it
/// may take.
/// </summary>
/// <param name="name">The program's name, for messages.</param>
/// <param name="path">Its absolute path.</param>
/// <param name="settings">How long it may take, and where to note what is run.</param>
internal sealed class ToolRunner(string name, string path, TransferSettings settings)
{
    /// <summary>The most output of a run in bytes, unless the caller sets another limit: a manifest and something around it.</summary>
    public const int MaxOutputBytes = Manifest.MaxBytes + 64 * 1024;

    private const int MaxErrorBytes = 64 * 1024;
    private const int BufferBytes = 16 * 1024;

    /// <summary>Characters that need no quotes in a shell.</summary>
    private static readonly SearchValues<char> PlainCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-");

    /// <summary>
    /// How long a program that was killed may take to be gone. It is killed, not asked; what may still stand is a disk or a network file system.
    /// </summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>The program's name.</summary>
    public string Name => name;

    /// <summary>Runs the program.</summary>
    /// <exception cref="InvalidInputException">It could not be started, failed, took too long or printed too much.</exception>
    public ToolResult Run(params IReadOnlyList<string> arguments) => Try(arguments).RequireSuccess();

    /// <summary>Runs the program; that it fails is for the caller to judge.</summary>
    /// <exception cref="InvalidInputException">It could not be started, took too long or printed more than
    /// <paramref name="maxOutputBytes"/>.</exception>
    public ToolResult Try(IReadOnlyList<string> arguments, int maxOutputBytes = MaxOutputBytes)
    {
        var command = Show(arguments);
        settings.Log.LogDebug("{Command}", command);

        using var process = Start(arguments, command);
        using var termination = new Termination(() => Kill(process));
        using var ending = settings.Ending.Register(() => Kill(process));
        process.StandardInput.Close();
        var output = Task.Run(() => ReadOutput(process, maxOutputBytes));
        var errors = Task.Run(() => ReadErrors(process.StandardError.BaseStream));

        // The end of a program is not the end of its output: a child of it may hold the streams open. It may also close them, and go on.
        var began = Stopwatch.GetTimestamp();
        var ended = Task.WaitAll([output, errors], settings.Timeout) && process.WaitForExit(Remaining(began));
        if (!ended)
        {
            Kill(process);
            var said = errors.Wait(Grace) ? ToolResult.Said(errors.Result) : "";
            var seconds = settings.Timeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
            throw new InvalidInputException($"{command} was ended after {seconds} seconds without a result{said}");
        }

        return output.Result is { } content
            ? new ToolResult(command, process.ExitCode, content, errors.Result)
            : throw new InvalidInputException($"{command} printed more than {maxOutputBytes} bytes, and was ended");
    }

    private Process Start(IReadOnlyList<string> arguments, string command)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        OpenSslEnvironment.Before.RestoreIn(start.Environment);
        if (settings.Home is not null)
            start.Environment["HOME"] = settings.Home;
        try
        {
            return Process.Start(start) ?? throw new InvalidInputException($"{command} did not start");
        }
        catch (Win32Exception exception)
        {
            throw new InvalidInputException($"cannot run {Quoted.Text(path)}: {Quoted.Lines(exception.Message, MaxErrorBytes)}", exception);
        }
    }

    private TimeSpan Remaining(long began) =>
        settings.Timeout - Stopwatch.GetElapsedTime(began) is { Ticks: > 0 } remaining ? remaining : TimeSpan.Zero;

    // All of it, or null when it is more than may be. Then the program is killed at once: it would wait forever to have the rest read.
    private byte[]? ReadOutput(Process process, int maxBytes)
    {
        var content = new MemoryStream();
        var buffer = new byte[BufferBytes];
        int read;
        while ((read = process.StandardOutput.BaseStream.Read(buffer)) > 0)
        {
            content.Write(buffer, 0, read);
            if (content.Length <= maxBytes)
                continue;
            Kill(process);
            return null;
        }

        return content.ToArray();
    }

    // To its end, so that the program never waits; kept is the beginning.
    private static string ReadErrors(Stream stream)
    {
        var kept = new MemoryStream();
        var buffer = new byte[BufferBytes];
        int read;
        while ((read = stream.Read(buffer)) > 0)
            kept.Write(buffer, 0, (int)Math.Min(read, MaxErrorBytes - kept.Length));
        return Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
    }

    private void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It, or a child of it, ended in this moment, which is all that was wanted.
            settings.Log.LogDebug("while {Name} was ended: {Message}", name, exception.Message);
        }

        process.WaitForExit(Grace);
    }

    // As it could be typed, on one line. No secret is ever an argument.
    private string Show(IReadOnlyList<string> arguments)
    {
        var command = new StringBuilder(name);
        foreach (var argument in arguments)
            command.Append(' ').Append(IsPlain(argument) ? argument : Quoted.Text(argument));
        return command.ToString();
    }

    private static bool IsPlain(string argument) =>
        argument.Length > 0 && !argument.AsSpan().ContainsAnyExcept(PlainCharacters);
}

/// <summary>The result of running a tool.</summary>
/// <param name="Command">The command as it is shown to people.</param>
/// <param name="ExitCode">0 for success.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error, as the tool wrote it.</param>
internal sealed record ToolResult(string Command, int ExitCode, byte[] Output, string Errors)
{
    private const int MaxErrorLength = 1000;

    /// <summary>The result itself, if the tool succeeded.</summary>
    /// <exception cref="InvalidInputException">It did not; with the command, and with the tool's own words.</exception>
    public ToolResult RequireSuccess() => ExitCode == 0
        ? this
        : throw new InvalidInputException($"{Command} failed with exit code {ExitCode}{Said(Errors)}");

    /// <summary>The error output of the tool, as the end of a message.</summary>
    public static string Said(string errors) => Quoted.Lines(errors, MaxErrorLength) is { Length: > 0 } text ? $": {text}" : ", and said nothing";
}

/// <summary>How the transfer tools are run.</summary>
/// <param name="PlainHttp">Whether the registry is spoken to without TLS.</param>
/// <param name="Timeout">How long each run of a tool may take.</param>
/// <param name="Log">Where each command is noted.</param>
internal sealed record TransferSettings(bool PlainHttp, TimeSpan Timeout, ILogger Log)
{
    /// <summary>The home folder that the tools are to have, where they find their credentials; <see langword="null"/> for the user's own.</summary>
    public string? Home { get; init; }

    /// <summary>When it is cancelled, the tool that runs is ended.</summary>
    public CancellationToken Ending { get; init; }
}
