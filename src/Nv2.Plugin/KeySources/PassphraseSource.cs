using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Nv2.Plugin.Platform;
using Nv2.Signing;
using Nv2.Signing.Files;
using Nv2.Signing.Keys;
using Nv2.Signing.Text;

namespace Nv2.Plugin.KeySources;

/// <summary>Where a passphrase or a PIN comes from. It is never an argument, because every user of the machine can read those.</summary>
internal sealed class PassphraseSource : IDisposable
{
    private const int MaxBytes = 4096;
    private const string Expected = "file:PATH, env:NAME, fd:NUMBER or prompt";

    private readonly Func<string, Secret> read;
    private readonly Secret? held;

    private PassphraseSource(Func<string, Secret> read, Secret? held = null)
    {
        this.read = read;
        this.held = held;
    }

    /// <summary>Asks on the terminal; without a terminal, the error names the option for a source.</summary>
    public static PassphraseSource Person { get; } =
        new(what =>
            SecretPrompt.Ask(what)
            ?? throw new InvalidInputException(
                $"{what} is required, and there is no terminal to ask for it: expected --passphrase-from file:PATH, env:NAME or fd:NUMBER"
            )
        );

    /// <summary>For calls by a program: nothing is asked.</summary>
    /// <param name="setting">The setting that names a source, for messages.</param>
    public static PassphraseSource Nothing(string setting) =>
        new(what => throw new InvalidInputException($"{what} is required: expected {setting} with file:PATH, env:NAME or fd:NUMBER"));

    /// <summary>A source that is read by a function.</summary>
    public static PassphraseSource Of(Func<string, Secret> read) => new(read);

    /// <summary>Reads the name of a source, without asking for or reading the secret. A variable is removed from the environment at once, before the
    /// environment is copied for another program.</summary>
    /// <exception cref="InvalidInputException">It is not the name of a source.</exception>
    public static PassphraseSource Parse(string text, bool mayPrompt = true)
    {
        var (kind, value) = text.Split(':', 2) is [var before, var after] ? (before, after) : (text, "");
        return (kind, value) switch
        {
            ("file", { Length: > 0 }) => new(what => ReadFile(value, what)),
            ("env", { Length: > 0 }) => OfVariable(value, SecretVariable.Take(value)),
            ("fd", _) when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor) => new(what =>
                ReadDescriptor(descriptor, what)
            ),
            ("prompt", "") when mayPrompt => Person,
            ("prompt", "") => throw new InvalidInputException("prompt is not possible here: expected file:PATH, env:NAME or fd:NUMBER"),

            // The message does not show the text: it may be the passphrase itself.
            _ => throw new InvalidInputException($"not a source of a passphrase: expected {Expected}"),
        };
    }

    /// <summary>Reads the secret.</summary>
    /// <param name="what">What it is, for messages and for a person: <c>the passphrase of "app.key"</c>.</param>
    /// <exception cref="InvalidInputException">It is missing, empty, too long, or not one line of text.</exception>
    public Secret Read(string what) => read(what);

    /// <inheritdoc/>
    public void Dispose() => held?.Dispose();

    private static PassphraseSource OfVariable(string name, Secret? held) =>
        new(
            what =>
                held is null
                    ? throw new InvalidInputException($"{what} is not available: the environment variable {Quoted.Text(name)} is not set")
                    : Require(held.Copy(), what),
            held
        );

    private static Secret ReadFile(string path, string what) => BoundedFile.Read(path, what, stream => ReadLine(stream, what));

    private static Secret ReadDescriptor(int descriptor, string what)
    {
        try
        {
            using var handle = new SafeFileHandle(descriptor, ownsHandle: false);
            using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            return ReadLine(stream, what);
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"cannot read {what} from the file descriptor {descriptor}: it is not open for reading", exception);
        }
    }

    private static Secret ReadLine(Stream stream, string what)
    {
        var buffer = GC.AllocateArray<byte>(MaxBytes + 1, pinned: true);
        try
        {
            var length = 0;
            int count;
            while (length < buffer.Length && (count = stream.Read(buffer, length, buffer.Length - length)) > 0)
                length += count;
            if (length > MaxBytes)
                throw new InvalidInputException($"{what} is longer than {MaxBytes} bytes");
            var line = buffer.AsSpan(0, length);
            if (line is [.., (byte)'\n'])
                line = line[..^1];
            if (line is [.., (byte)'\r'])
                line = line[..^1];
            return line.ContainsAny((byte)'\n', (byte)'\0')
                ? throw new InvalidInputException($"{what} is not one line of text")
                : Require(Secret.Take(line), what);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static Secret Require(Secret secret, string what) =>
        secret.Bytes.IsEmpty ? throw new InvalidInputException($"{what} is empty at its source") : secret;
}
