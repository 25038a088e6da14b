using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>podman as a daemon that answers docker's API on a socket: with a store of its own, and the settings of a home folder.</summary>
internal sealed class PodmanService : IDisposable
{
    // No assertion on time: only a way out of a hang.
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(20);

    private readonly StringBuilder log = new();
    private readonly Process process;

    /// <param name="folder">Where it keeps its socket and its store.</param>
    /// <param name="home">The home folder, where it finds the settings of registries.</param>
    public PodmanService(TemporaryFolder folder, string home)
    {
        var socket = folder["docker.sock"];
        Host = $"unix://{socket}";
        string[] arguments = [.. new Podman(folder).Command[1..], "system", "service", "--time", "0", Host];
        var start = new ProcessStartInfo("podman", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Tool.WithoutUser)
            start.Environment[name] = value;
        start.Environment["HOME"] = home;
        process = Process.Start(start) ?? throw new InvalidOperationException("podman did not start");
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            Wait(socket);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The value of DOCKER_HOST.</summary>
    public string Host { get; }

    /// <summary>What it has said until now.</summary>
    public string Log
    {
        get
        {
            lock (log)
                return log.ToString();
        }
    }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    private void Wait(string path)
    {
        for (var began = Stopwatch.GetTimestamp(); !Answers(path); Thread.Sleep(PollEvery))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(began) > GiveUpAfter)
                throw new InvalidOperationException($"podman system service does not answer:\n{Log}");
        }
    }

    private bool Answers(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException exception)
        {
            Note($"not yet: {exception.Message}");
            return false;
        }
    }

    private void Note(string? line)
    {
        lock (log)
            log.AppendLine(line);
    }
}
