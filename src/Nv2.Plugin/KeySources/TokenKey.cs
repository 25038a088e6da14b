using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Platform;
using Nv2.Plugin.Transfer;
using Nv2.Signing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Keys;
using Nv2.Signing.Text;

namespace Nv2.Plugin.KeySources;

/// <summary>A key on a PKCS#11 token, whose module is in a process of its own.</summary>
internal sealed class TokenKey : SigningKey
{
    private readonly TokenProcess process;
    private readonly IReadOnlyList<SigningAlgorithm> algorithms;

    private TokenKey(TokenProcess process, TokenKeyDescription description, IReadOnlyList<X509Certificate2> chain, byte[] publicKey)
        : base(VerificationKey.Parse(publicKey), publicKey)
    {
        this.process = process;
        var kind = Spec.Kind;
        algorithms = [.. description.Algorithms.Select(SigningAlgorithm.Find).OfType<SigningAlgorithm>().Where(algorithm => algorithm.Kind == kind)];
        Place = description.Place;
        Certificates = chain;
    }

    /// <summary>What the token's mechanisms allow.</summary>
    public override IReadOnlyList<SigningAlgorithm> Algorithms => algorithms;

    /// <summary>Where it was found.</summary>
    public string Place { get; }

    /// <summary>Finds the key, and logs in where it needs that.</summary>
    /// <exception cref="InvalidInputException">There is no such module, token or key, or the PIN is wrong, or the module does not answer.</exception>
    public static TokenKey Open(Pkcs11Uri uri, KeyRequest request)
    {
        var process = new TokenProcess(uri.Module, request);
        try
        {
            var description = TokenFrame.Unpack(process.Ask(TokenFrame.Open, Encoding.UTF8.GetBytes(uri.Text), TokenFrame.Key), Read);
            var onToken = description.Certificates.Select(der => TryParse(der, request.Log)).OfType<X509Certificate2>().ToList();
            var publicKey = description.PublicKey is { Length: > 0 } known
                ? known
                : (onToken is [var first, ..] ? first : request.Certificates is [var given, ..] ? given : null) is { } certificate ? SubjectPublicKey.Of(certificate)
                : throw new InvalidInputException($"{description.Place}: the token does not show the public key: expected the certificate of the key in a file");
            var leaf = onToken.Find(one => SubjectPublicKey.Of(one).AsSpan().SequenceEqual(publicKey));
            var key = new TokenKey(process, description, leaf is null ? [] : CertificateOrder.From(leaf, onToken), publicKey);
            request.Log.LogDebug("{Place}: {Spec}, {Algorithms}", key.Place, key.Spec, string.Join(", ", key.Algorithms));
            return key.Algorithms.Count > 0 ? key : throw new InvalidInputException($"{key.Place}: the token has no mechanism to sign with a key that is {key.Spec}");
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>The tokens that a module offers. Nobody logs in.</summary>
    /// <exception cref="InvalidInputException">There is no such module, or it does not answer.</exception>
    public static IReadOnlyList<TokenDescription> List(string module, KeyRequest request)
    {
        using var process = new TokenProcess(module, request);
        return TokenFrame.Unpack(process.Ask(TokenFrame.List, Encoding.UTF8.GetBytes(module), TokenFrame.Tokens), reader =>
        {
            var tokens = new List<TokenDescription>();
            for (var count = reader.ReadInt32(); count > 0; count--)
            {
                tokens.Add(new(
                    (nuint)reader.ReadUInt64(), reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadString(),
                    (TokenStates)reader.ReadUInt64()));
            }

            return tokens;
        });
    }

    protected override byte[] SignContent(ReadOnlySpan<byte> content, SigningAlgorithm algorithm) =>
        process.Ask(TokenFrame.Sign, [.. Encoding.ASCII.GetBytes(algorithm.Name), .. content], TokenFrame.Signature);

    protected override void Dispose(bool disposing)
    {
        process.Dispose();
        base.Dispose(disposing);
    }

    private static TokenKeyDescription Read(BinaryReader reader)
    {
        var (publicKey, place, algorithms) = (TokenFrame.ReadBytes(reader), reader.ReadString(), reader.ReadString().Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var certificates = new List<byte[]>();
        for (var count = reader.ReadInt32(); count > 0; count--)
            certificates.Add(TokenFrame.ReadBytes(reader));
        return new(publicKey, place, algorithms, certificates);
    }

    // A token can hold what has nothing to do with the key.
    private static X509Certificate2? TryParse(byte[] der, ILogger log)
    {
        try
        {
            return CertificateFile.ParseDer(der);
        }
        catch (InvalidInputException exception)
        {
            log.LogDebug("a certificate on the token is passed over: {Message}", exception.Message);
            return null;
        }
    }
}

/// <summary>The process that has the module. One that does not answer in time is ended, and so is one that is not needed any more.</summary>
internal sealed class TokenProcess : IDisposable
{
    private const int MaxSaid = 4096;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly string module;
    private readonly KeyRequest request;
    private readonly Process process;
    private readonly Termination termination;
    private readonly StringBuilder said = new();
    private readonly Lock saying = new();
    private Secret? kept;

    public TokenProcess(string module, KeyRequest request)
    {
        this.module = module;
        this.request = request;
        request.Log.LogDebug("PKCS#11 module: {Module}", module);
        var start = new ProcessStartInfo(Environment.ProcessPath!, [TokenHost.Argument]) // Known on every system that this program is made for.
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        OpenSslEnvironment.Before.RestoreIn(start.Environment);
        try
        {
            process = ResourceLimits.Start(ToolRunner.MaxFileBytes, ToolRunner.MaxMemoryBytes, () => Process.Start(start))
                ?? throw new InvalidInputException("the process for the PKCS#11 module did not start");
        }
        catch (Win32Exception exception)
        {
            throw new InvalidInputException($"the process for the PKCS#11 module did not start: {Quoted.Printable(exception.Message)}", exception);
        }

        termination = new Termination(End);
        var errors = process.StandardError.BaseStream;
        Task.Run(() => Keep(errors));
    }

    /// <summary>Asks, gives the PIN when it is wanted, and waits for the answer.</summary>
    /// <exception cref="InvalidInputException">It fails, crashes or does not answer in time.</exception>
    public byte[] Ask(byte kind, ReadOnlySpan<byte> question, byte expected)
    {
        var (answer, content) = Exchange(kind, question);
        while (answer == TokenFrame.PinWanted)
        {
            using var pin = Pin(Encoding.UTF8.GetString(content));
            (answer, content) = Exchange(TokenFrame.Pin, pin.Bytes);
        }

        if (answer == expected)
            return content;
        throw new InvalidInputException(answer == TokenFrame.Failed ? Encoding.UTF8.GetString(content) : "what the process of the PKCS#11 module says cannot be read");
    }

    public void Dispose()
    {
        termination.Dispose();
        kept?.Dispose();
        try
        {
            process.StandardInput.Close(); // It logs out, and ends.
        }
        catch (IOException exception)
        {
            request.Log.LogDebug("the process of the PKCS#11 module was gone: {Message}", exception.Message);
        }

        if (!process.WaitForExit(Grace))
            End();
        process.Dispose();
    }

    // A token may want it at every signature. One that is wrong is an answer that fails, so that none is given twice in vain.
    private Secret Pin(string what)
    {
        if (!request.KeepsPassphrase)
            return request.Passphrase.Read(what);
        kept ??= request.Passphrase.Read(what);
        return kept.Copy();
    }

    private (byte Kind, byte[] Content) Exchange(byte kind, ReadOnlySpan<byte> question)
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
        if (!answer.Wait(request.Timeout))
        {
            End();
            var seconds = request.Timeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
            throw new InvalidInputException($"the PKCS#11 module {Quoted.Text(module)} did not answer within {seconds} seconds, and was ended{Said()}");
        }

        return answer.Result ?? throw Crashed(null);
    }

    private InvalidInputException Crashed(Exception? inner)
    {
        const int Signals = 128;
        var how = !process.WaitForExit(Grace) ? "closed its output"
            : process.ExitCode > Signals ? $"crashed (signal {process.ExitCode - Signals})" : $"ended its process (exit code {process.ExitCode})";
        return new InvalidInputException($"the PKCS#11 module {Quoted.Text(module)} {how}{Said()}", inner);
    }

    private void End()
    {
        try
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit(Grace);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            request.Log.LogDebug("while the process of the PKCS#11 module was ended: {Message}", exception.Message);
        }
    }

    // To its end, so that the module never waits; kept is the beginning.
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
