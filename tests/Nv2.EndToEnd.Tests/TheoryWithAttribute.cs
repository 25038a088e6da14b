using System.ComponentModel;
using System.Diagnostics;

namespace Nv2.EndToEnd.Tests;

/// <summary>
/// A theory for which programs must be there that the tests cannot install; reported as skipped, with the program's name, where one is not, or does
/// not work.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TheoryWithAttribute : TheoryAttribute
{
    /// <param name="probe">What shows that a program works: the same argument for each.</param>
    /// <param name="programs">The programs.</param>
    public TheoryWithAttribute(string probe, params string[] programs)
    {
        if (programs.FirstOrDefault(program => !Works(program, probe)) is { } missing)
            Skip = $"'{missing} {probe}' does not work on this machine";
    }

    private static bool Works(string program, string probe)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, [probe]) { RedirectStandardOutput = true, RedirectStandardError = true });
            if (process is null)
                return false;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false; // It is not installed.
        }
    }
}
