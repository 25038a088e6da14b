using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace Nv2.Plugin.Platform;

/// <summary>
/// The processes that a program started, and their descendants, identified by an environment variable that no other program has. A process whose
/// parent exited is no longer in its process tree. Supported only on Linux (proc_pid_environ(5)).
/// </summary>
internal static partial class Descendants
{
    private const string Processes = "/proc";
    private const int KillSignal = 9;

    /// <summary>How often they are searched, because they can start others meanwhile.</summary>
    private const int MaxRounds = 100;

    /// <summary>Kills them all.</summary>
    /// <param name="name">The variable.</param>
    /// <param name="value">Its value, unique to these processes.</param>
    public static void Kill(string name, string value)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var wanted = Encoding.UTF8.GetBytes($"{name}={value}\0");
        for (var round = 0; round < MaxRounds && Find(wanted) is { Count: > 0 } found; round++)
        {
            foreach (var process in found)
                _ = kill(process, KillSignal); // It may have exited already.
        }
    }

    private static List<int> Find(byte[] wanted)
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories(Processes))
        {
            if (
                int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var process)
                && process != Environment.ProcessId
                && Has(folder, wanted)
            )
                found.Add(process);
        }

        return found;
    }

    private static bool Has(string folder, byte[] wanted)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(folder, "environ")).AsSpan().IndexOf(wanted) >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // It exited, or belongs to another user.
        }
    }

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
