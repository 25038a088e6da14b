using System.Diagnostics;

namespace Nv2.Testing;

/// <summary>Runs programs, each with an argument vector and never through a shell.</summary>
public static class Tool
{
    // No assertion on time: only a way out of a hang, with what was said until then.
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The environment without what the user who runs the tests has set up: trust, the choice of a transfer program, and settings and credentials of
    /// the programs that the tests run. A test that needs one of these sets it.
    /// </summary>
    public static IReadOnlyDictionary<string, string?> WithoutUser { get; } =
        new Dictionary<string, string?>()
        {
            ["NV2_HOME"] = "/nowhere/trust",
            ["NV2_TRANSFER"] = null,
            ["HOME"] = "/nowhere/home",
            ["XDG_CONFIG_HOME"] = null,
            ["XDG_DATA_HOME"] = null,
            ["XDG_CACHE_HOME"] = null,
            ["XDG_RUNTIME_DIR"] = null,
            ["REGISTRY_AUTH_FILE"] = null,
            ["CONTAINERS_CONF"] = null,
            ["CONTAINERS_STORAGE_CONF"] = null,
            ["CONTAINERS_REGISTRIES_CONF"] = null,
            ["CONTAINER_HOST"] = null,
            ["DOCKER_CONFIG"] = null,
            ["DOCKER_CONTEXT"] = null,
            ["DOCKER_HOST"] = null,
            ["NOTATION_EXPERIMENTAL"] = null,
            ["HTTP_PROXY"] = null,
            ["HTTPS_PROXY"] = null,
            ["SSL_CERT_FILE"] = null,
            ["SSL_CERT_DIR"] = null,
        };

    /// <summary>Runs a program from PATH or by its path.</summary>
    /// <exception cref="InvalidOperationException">It is not installed, or it hangs. A missing tool fails the test.</exception>
    public static ProcessResult Run(
        string program,
        IReadOnlyList<string> arguments,
        byte[]? stdin = null,
        string? workingDirectory = null,
        IReadOnlyDictionary<string, string?>? environment = null
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach (var (name, value) in WithoutUser.Concat(environment ?? new Dictionary<string, string?>()))
            start.Environment[name] = value;

        using var process = Start(start);
        var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.BaseStream.Write(stdin ?? []);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended, or closed its input, before it had read everything: its exit code and what it said tell the story.
        }

        var command = $"{program} {string.Join(' ', arguments)}";
        if (!process.WaitForExit(GiveUpAfter))
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"'{command}' did not end; stderr: {errors.GetAwaiter().GetResult()}");
        }

        Task.WaitAll(reading, errors);
        return new ProcessResult(command, process.ExitCode, output.ToArray(), errors.Result);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start");
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new InvalidOperationException($"{start.FileName} is missing: scripts/test.sh installs what the tests need", exception);
        }
    }
}
