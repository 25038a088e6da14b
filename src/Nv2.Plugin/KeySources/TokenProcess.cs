using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Platform;
using Nv2.Plugin.Transfer;
using Nv2.Signing;
using Nv2.Signing.Keys;
using Nv2.Signing.Text;

namespace Nv2.Plugin.KeySources;

/// <summary>The process with the module. It is stopped if it does not answer in time, or when it is no longer needed.</summary>
internal sealed class TokenProcess : IDisposable
{
    private const int MaxSaid = 4096;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly string module;
    private readonly ILogger log;
    private readonly Process process;
    private readonly Termination? termination;
    private readonly StringBuilder said = new();
    private readonly Lock saying = new();
    private Secret? kept;
    private bool isDisposed;

    /// <summary>Starts it.</summary>
    /// <param name="module">The module to load.</param>
    /// <param name="log">The log.</param>
    /// <param name="endsAtSignals">Whether a signal that ends this program also stops the process. Otherwise it stops when it is disposed, or with
    /// this program.</param>
    /// <exception cref="InvalidInputException">It does not start.</exception>
    public TokenProcess(string module, ILogger log, bool endsAtSignals = true)
    {
        if (!OperatingSystem.IsLinux())
            throw new InvalidInputException("keys in PKCS #11 tokens cannot be used on this system, only on Linux");
        this.module = module;
        this.log = log;
        log.LogDebug("PKCS#11 module: {Module}", module);
        var start = new ProcessStartInfo(Environment.ProcessPath!, [TokenHost.Argument]) // Not null on the supported systems.
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        OpenSslEnvironment.Before.RestoreIn(start.Environment);
        try
        {
            process =
                ResourceLimits.Start(ToolRunner.MaxFileBytes, ToolRunner.MaxMemoryBytes, () => Process.Start(start))
                ?? throw new InvalidInputException("the process for the PKCS#11 module did not start");
        }
        catch (Win32Exception exception)
        {
            throw new InvalidInputException($"the process for the PKCS#11 module did not start: {Quoted.Printable(exception.Message)}", exception);
        }

        termination = endsAtSignals ? new Termination(End) : null;
        var errors = process.StandardError.BaseStream;
        Task.Run(() => Keep(errors));
    }

    /// <summary>Sends a request, gives the PIN if the token asks for it, and waits for the answer.</summary>
    /// <exception cref="InvalidInputException">It fails, crashes or does not answer in time.</exception>
    public byte[] Ask(byte kind, ReadOnlySpan<byte> question, byte expected, KeyRequest request)
    {
        var (answer, content) = Exchange(kind, question, request.Timeout);
        while (answer == TokenFrame.PinWanted)
        {
            using var pin = Pin(Encoding.UTF8.GetString(content), request);
            (answer, content) = Exchange(TokenFrame.Pin, pin.Bytes, request.Timeout);
        }

        if (answer == expected)
            return content;
        if (answer == TokenFrame.PinRefused)
            throw new PinRefusedException(Encoding.UTF8.GetString(content));
        throw new InvalidInputException(
            answer == TokenFrame.Failed ? Encoding.UTF8.GetString(content) : "the answer of the PKCS#11 process is not valid"
        );
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isDisposed)
            return;
        isDisposed = true;
        termination?.Dispose();
        kept?.Dispose();
        try
        {
            process.StandardInput.Close(); // It logs out and exits.
        }
        catch (IOException exception)
        {
            log.LogDebug("the process of the PKCS#11 module was gone: {Message}", exception.Message);
        }

        if (!process.WaitForExit(Grace))
            End();
        process.Dispose();
    }

    // A token may ask for it at every signature. A wrong PIN is an error response, so it is never given twice.
    private Secret Pin(string what, KeyRequest request)
    {
        if (!request.KeepsPassphrase)
            return request.Passphrase.Read(what);
        kept ??= request.Passphrase.Read(what);
        return kept.Copy();
    }

    private (byte Kind, byte[] Content) Exchange(byte kind, ReadOnlySpan<byte> question, TimeSpan timeout)
    {
        try
        {
            TokenFrame.Write(process.StandardInput.BaseStream, kind, question);
        }
        catch (IOException exception)
        {
            throw Crashed(exception);
        }

        var answer = Task.Run(() => TokenFrame.Read(process.StandardOutput.BaseStream));
        if (!answer.Wait(timeout))
        {
            End();
            var seconds = timeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
            throw new InvalidInputException(
                $"the PKCS#11 module {Quoted.Text(module)} did not respond within {seconds} seconds and was stopped{Said()}"
            );
        }

        return answer.Result ?? throw Crashed(null);
    }

    private InvalidInputException Crashed(Exception? inner)
    {
        const int Signals = 128;
        var how =
            !process.WaitForExit(Grace) ? "closed its output"
            : process.ExitCode > Signals ? $"crashed (signal {process.ExitCode - Signals})"
            : $"exited (exit code {process.ExitCode})";
        return new InvalidInputException($"the PKCS#11 module {Quoted.Text(module)} {how}{Said()}", inner);
    }

    /// <summary>Stops it immediately.</summary>
    public void End()
    {
        try
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit(Grace);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            log.LogDebug("while the process of the PKCS#11 module was stopped: {Message}", exception.Message);
        }
    }

    // Read to the end, so that the module never blocks; only the beginning is kept.
    private void Keep(Stream errors)
    {
        var buffer = new byte[MaxSaid];
        int read;
        while ((read = errors.Read(buffer)) > 0)
        {
            lock (saying)
            {
                if (said.Length < MaxSaid)
                    said.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
        }
    }

    private string Said()
    {
        lock (saying)
            return Quoted.Lines(said.ToString(), 400) is { Length: > 0 } text ? $": {text}" : "";
    }
}
