using System.Buffers;
using System.Collections.ObjectModel;
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
/// Runs one program: with an argument vector, never through a shell, and with limits on its output, its time, the files that it writes and its
/// memory.
/// </summary>
/// <param name="name">The program's name, for messages.</param>
/// <param name="path">Its absolute path.</param>
/// <param name="settings">The settings.</param>
internal sealed class ToolRunner(string name, string path, TransferSettings settings)
{
    /// <summary>The most output of a run in bytes, unless the caller sets another limit: a manifest and some overhead.</summary>
    public const int MaxOutputBytes = Manifest.MaxBytes + 64 * 1024;

    /// <summary>The size of the largest file that a program can write, in bytes.</summary>
    public const long MaxFileBytes = 64 * 1024 * 1024;

    /// <summary>The most bytes in a program's temporary folder and in its output folder.</summary>
    public const long MaxFolderBytes = 64 * 1024 * 1024;

    /// <summary>The memory that a program can allocate, in bytes.</summary>
    public const long MaxMemoryBytes = 2L * 1024 * 1024 * 1024;

    private const int MaxFiles = 10_000;
    private const int MaxErrorBytes = 64 * 1024;

    /// <summary>The most bytes of standard error that are read, although only the beginning is kept.</summary>
    private const long MaxErrorsRead = 16 * 1024 * 1024;
    private const int BufferBytes = 16 * 1024;

    /// <summary>The environment variable that names the folder for temporary files.</summary>
    public const string TemporaryVariable = "TMPDIR";

    /// <summary>Characters that need no quotes in a shell.</summary>
    private static readonly SearchValues<char> PlainCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-"
    );

    /// <summary>
    /// How long a killed program may take to exit: it can be blocked by a disk or a network file system.
    /// </summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>How often the folders of a program are checked.</summary>
    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(50);

    /// <summary>The program's name.</summary>
    public string Name => name;

    /// <summary>Runs the program.</summary>
    /// <exception cref="InvalidInputException">It could not be started, failed, exceeded its time, or printed too much.</exception>
    public ToolResult Run(params IReadOnlyList<string> arguments) => Try(arguments).RequireSuccess();

    /// <summary>Runs the program; the caller handles its exit code.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="maxOutputBytes">The limit for its output.</param>
    /// <param name="folder">Its output folder, or <see langword="null"/>.</param>
    /// <exception cref="InvalidInputException">It could not be started, exceeded its time, printed more than <paramref name="maxOutputBytes"/>, or
    /// wrote more than allowed.</exception>
    public ToolResult Try(IReadOnlyList<string> arguments, int maxOutputBytes = MaxOutputBytes, string? folder = null)
    {
        var command = Show(arguments);
        settings.Log.LogDebug("{Command}", command);

        // Its temporary files are in their own folder, which is watched, and removed if the program is killed.
        using var temporary = new ScratchFolder();
        var written = new WatchedFolders(folder is null ? [temporary.Path] : [temporary.Path, folder], MaxFolderBytes, MaxFiles);
        using var process = Start(arguments, command, temporary.Path);
        using var termination = new Termination(End);
        using var ending = settings.Ending.Register(End);
        var feeding = Background.Run(() => Feed(process));
        var output = Background.Run(() => ReadOutput(process, maxOutputBytes, End));
        var errors = Background.Run(() => ReadErrors(process, End));

        if (!Ends(process, [output, errors, feeding], written, command, End))
        {
            End();
            var said = errors.Wait(Grace) && errors.Result is { } text ? ToolResult.Said(text) : "";
            var seconds = settings.Timeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
            throw new InvalidInputException($"{command} was stopped after {seconds} seconds without a result{said}") { Hint = settings.AdviceIfSlow };
        }

        if (errors.Result is null)
            throw new InvalidInputException($"{command} wrote more than {MaxErrorsRead} bytes to standard error and was stopped");
        return output.Result is { } content
            ? new ToolResult(name, command, process.ExitCode, content, errors.Result)
            : throw new InvalidInputException($"{command} printed more than {maxOutputBytes} bytes and was stopped");

        void End() => Kill(process, temporary.Path);
    }

    // A program that does not need its input may close it or exit.
    private void Feed(Process process)
    {
        try
        {
            if (!settings.Input.IsEmpty)
                process.StandardInput.BaseStream.Write(settings.Input.Span);
            process.StandardInput.Close();
        }
        catch (IOException exception)
        {
            settings.Log.LogDebug("{Name} did not read its input: {Message}", name, exception.Message);
        }
    }

    // A program's exit is not the end of its output: a child may keep the streams open. It may also close them and continue.
    private bool Ends(Process process, Task[] streams, WatchedFolders written, string command, Action end)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var ended = Task.WaitAll(streams, Pause(began)) && process.WaitForExit(Pause(began));
            if (written.FindExcess() is { } excess)
            {
                end();
                throw new InvalidInputException($"{command} {excess} and was stopped");
            }

            if (ended || Pause(began) == TimeSpan.Zero)
                return ended;
        }
    }

    private Process Start(IReadOnlyList<string> arguments, string command, string temporaryFolder)
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
        start.Environment[TemporaryVariable] = temporaryFolder;
        foreach (var (variable, value) in settings.Variables)
            start.Environment[variable] = value;
        try
        {
            return ResourceLimits.Start(MaxFileBytes, MaxMemoryBytes, () => Process.Start(start))
                ?? throw new InvalidInputException($"{command} did not start");
        }
        catch (Win32Exception exception)
        {
            throw new InvalidInputException($"cannot run {Quoted.Text(path)}: {Quoted.Lines(exception.Message, MaxErrorBytes)}", exception);
        }
    }

    // The time until the next check of the folders or until the time limit; zero at the limit.
    private TimeSpan Pause(long began)
    {
        var remaining = settings.Timeout - Stopwatch.GetElapsedTime(began);
        return remaining < Watch ? (remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero) : Watch;
    }

    // All output, or null if it is too long. Then the program is killed at once: it would block forever on a full pipe.
    private static byte[]? ReadOutput(Process process, int maxBytes, Action end)
    {
        var content = new MemoryStream();
        var buffer = new byte[BufferBytes];
        int read;
        while ((read = process.StandardOutput.BaseStream.Read(buffer)) > 0)
        {
            content.Write(buffer, 0, read);
            if (content.Length <= maxBytes)
                continue;
            end();
            return null;
        }

        return content.ToArray();
    }

    // Read to the end, so that the program never blocks; only the beginning is kept. A program that never stops writing is killed, and the result is
    // null.
    private static string? ReadErrors(Process process, Action end)
    {
        var kept = new MemoryStream();
        var buffer = new byte[BufferBytes];
        long total = 0;
        int read;
        while ((read = process.StandardError.BaseStream.Read(buffer)) > 0)
        {
            kept.Write(buffer, 0, (int)Math.Min(read, MaxErrorBytes - kept.Length));
            if ((total += read) <= MaxErrorsRead)
                continue;
            end();
            return null;
        }

        return Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
    }

    private void Kill(Process process, string temporaryFolder)
    {
        Quietly(() => process.Kill(entireProcessTree: true));

        // A child whose parent exited is no longer in the tree, but has its environment.
        Descendants.Kill(TemporaryVariable, temporaryFolder);
        Quietly(() => process.WaitForExit(Grace));
    }

    // The process can exit and be reaped at any moment.
    private void Quietly(Action end)
    {
        try
        {
            end();
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            settings.Log.LogDebug("while {Name} was stopped: {Message}", name, exception.Message);
        }
    }

    // The command line in one line, in shell syntax. A secret is never an argument.
    private string Show(IReadOnlyList<string> arguments)
    {
        var command = new StringBuilder(name);
        foreach (var argument in arguments)
            command.Append(' ').Append(IsPlain(argument) ? argument : Quoted.Text(argument));
        return command.ToString();
    }

    private static bool IsPlain(string argument) => argument.Length > 0 && !argument.AsSpan().ContainsAnyExcept(PlainCharacters);
}

/// <summary>The result of running a tool.</summary>
/// <param name="Program">The program's name.</param>
/// <param name="Command">The command for messages.</param>
/// <param name="ExitCode">0 for success.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error, as the tool wrote it.</param>
internal sealed record ToolResult(string Program, string Command, int ExitCode, byte[] Output, string Errors)
{
    private const int MaxErrorLength = 1000;

    /// <summary>The result itself, if the tool succeeded.</summary>
    /// <exception cref="InvalidInputException">It failed; with the command, the tool's own message, and a hint.</exception>
    public ToolResult RequireSuccess() =>
        ExitCode == 0
            ? this
            : throw new InvalidInputException($"{Command} failed with exit code {ExitCode}{Said(Errors)}")
            {
                Hint = TransferAdvice.About(Program, Errors),
            };

    /// <summary>The error output of the tool, as the end of a message.</summary>
    public static string Said(string errors) => Quoted.Lines(errors, MaxErrorLength) is { Length: > 0 } text ? $": {text}" : ", with no error output";
}

/// <summary>How the transfer tools are run.</summary>
/// <param name="PlainHttp">Whether to use HTTP without TLS.</param>
/// <param name="Timeout">How long each run of a tool may take.</param>
/// <param name="Log">The log.</param>
internal sealed record TransferSettings(bool PlainHttp, TimeSpan Timeout, ILogger Log)
{
    /// <summary>The home folder for the tools, with their credentials; <see langword="null"/> for the user's own.</summary>
    public string? Home { get; init; }

    /// <summary>
    /// Whether only root and the current user may be able to change the program and its home folder, whose settings can name other programs. On the
    /// command line PATH is the user's own choice, as for a shell.
    /// </summary>
    public bool RequiresOwnProgram { get; init; }

    /// <summary>The standard input of the program; empty by default.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Environment variables that the program gets in addition to its own.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The hint for a program that exceeds its time.</summary>
    public string AdviceIfSlow { get; init; } = "if the registry is slow, increase the time limit with --timeout";

    /// <summary>When it is cancelled, the running tool is stopped.</summary>
    public CancellationToken Ending { get; init; }
}
