using System.ComponentModel;
using System.Diagnostics;

namespace Nv2.EndToEnd.Tests;

/// <summary>A theory for which a program must be there that no Debian package brings; reported as skipped where it is not, or does not work.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TheoryWithAttribute : TheoryAttribute
{
    public TheoryWithAttribute(string program, string probe)
    {
        if (!Works(program, probe))
            Skip = $"'{program} {probe}' does not work on this machine";
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
