using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Nv2.Plugin.Platform;
using Nv2.Signing;
using Nv2.Signing.Keys;

namespace Nv2.Plugin.KeySources;

/// <summary>
/// The process that loads a PKCS#11 module: this program again, with one argument. A module that crashes, hangs, prints or changes memory does so
/// here, and the signing process gets an error (docs/decisions/0014). Requests come on standard input, answers go to standard output.
/// </summary>
[SupportedOSPlatform("linux")]
internal static partial class TokenHost
{
    /// <summary>The one argument, only for use by this program.</summary>
    public const string Argument = "pkcs11-module-host";

    private const int StandardOutput = 1;
    private const int StandardError = 2;

    /// <summary>Answers requests until the input ends.</summary>
    public static int Run()
    {
        // The output of a module must not be taken for an answer.
        var answers = dup(StandardOutput);
        _ = dup2(StandardError, StandardOutput);
        using var input = new FileDescriptorStream(FileDescriptor.StandardInput);
        using var output = new FileDescriptorStream(answers);
        try
        {
            Serve(input, output);
            return 0;
        }
        catch (InvalidInputException exception)
        {
            var kind = exception is PinRefusedException ? TokenFrame.PinRefused : TokenFrame.Failed;
            TokenFrame.Write(output, kind, Encoding.UTF8.GetBytes(exception.Message));
            return 1;
        }
    }

    private static void Serve(Stream input, Stream output)
    {
        if (TokenFrame.Read(input) is not var (kind, request))
            return;
        var text = Encoding.UTF8.GetString(request);
        if (kind == TokenFrame.List)
        {
            using var listed = new Pkcs11Module(text);
            TokenFrame.Write(output, TokenFrame.Tokens, TokenFrame.Pack(writer => WriteTokens(writer, listed)));
            return;
        }

        var uri = Pkcs11Uri.Parse(text);
        using var module = new Pkcs11Module(uri.Module);
        using var session = new Pkcs11Session(module, uri, AskPin);
        TokenFrame.Write(output, TokenFrame.Key, TokenFrame.Pack(writer => Write(writer, session.Key)));
        while (TokenFrame.Read(input) is var (_, content))
        {
            var algorithm =
                SigningAlgorithm.Find(Encoding.ASCII.GetString(content, 0, TokenFrame.AlgorithmBytes))
                ?? throw new InvalidInputException("unknown algorithm");
            TokenFrame.Write(output, TokenFrame.Signature, session.Sign(algorithm, content.AsSpan(TokenFrame.AlgorithmBytes)));
        }

        Secret AskPin(string what)
        {
            TokenFrame.Write(output, TokenFrame.PinWanted, Encoding.UTF8.GetBytes(what));
            return TokenFrame.Read(input) is var (_, pin) ? Secret.Take(pin) : throw new InvalidInputException("no PIN was given");
        }
    }

    private static void WriteTokens(BinaryWriter writer, Pkcs11Module module)
    {
        var slots = module.Slots();
        writer.Write(slots.Length);
        foreach (var slot in slots)
        {
            var token = module.Describe(slot);
            writer.Write((ulong)slot);
            foreach (var value in new[] { token.SlotDescription, token.SlotManufacturer, token.Label, token.Manufacturer, token.Model, token.Serial })
                writer.Write(value);
            writer.Write((ulong)token.States);
        }
    }

    private static void Write(BinaryWriter writer, TokenKeyDescription key)
    {
        TokenFrame.Write(writer, key.PublicKey);
        writer.Write(key.Place);
        writer.Write(string.Join(' ', key.Algorithms));
        writer.Write(key.Certificates.Count);
        foreach (var certificate in key.Certificates)
            TokenFrame.Write(writer, certificate);
    }

    [LibraryImport("libc")]
    private static partial int dup(int descriptor);

    [LibraryImport("libc")]
    private static partial int dup2(int from, int to);
}

/// <summary>A message between the two processes: a kind, a length, and as many bytes.</summary>
internal static class TokenFrame
{
    public const byte List = (byte)'l';
    public const byte Open = (byte)'o';
    public const byte Pin = (byte)'p';
    public const byte Sign = (byte)'s';
    public const byte Tokens = (byte)'T';
    public const byte Key = (byte)'K';
    public const byte PinWanted = (byte)'P';
    public const byte PinRefused = (byte)'R';
    public const byte Signature = (byte)'S';
    public const byte Failed = (byte)'E';

    /// <summary>The length of every algorithm's name.</summary>
    public const int AlgorithmBytes = 5;

    private const int HeaderBytes = 5;
    private const int MaxBytes = 64 * 1024 * 1024;

    /// <summary>The next frame, or <see langword="null"/> at the end. Its bytes are in one place in memory until they are zeroed.</summary>
    /// <exception cref="InvalidInputException">It is too large, or cut off.</exception>
    public static (byte Kind, byte[] Content)? Read(Stream from)
    {
        var header = new byte[HeaderBytes];
        if (from.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes)
            return null;
        var length = BitConverter.ToInt32(header, 1);
        if (length is < 0 or > MaxBytes)
            throw new InvalidInputException("the answer of the PKCS#11 process is not valid");
        var content = GC.AllocateArray<byte>(length, pinned: true);
        return from.ReadAtLeast(content, length, throwOnEndOfStream: false) == length ? (header[0], content) : null;
    }

    public static void Write(Stream to, byte kind, ReadOnlySpan<byte> content)
    {
        var frame = GC.AllocateArray<byte>(HeaderBytes + content.Length, pinned: true);
        frame[0] = kind;
        BitConverter.TryWriteBytes(frame.AsSpan(1), content.Length);
        content.CopyTo(frame.AsSpan(HeaderBytes));
        try
        {
            to.Write(frame);
            to.Flush();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(frame); // It may contain a PIN.
        }
    }

    public static byte[] Pack(Action<BinaryWriter> write)
    {
        using var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, Encoding.UTF8, leaveOpen: true))
            write(writer);
        return content.ToArray();
    }

    public static T Unpack<T>(byte[] content, Func<BinaryReader, T> read)
    {
        using var reader = new BinaryReader(new MemoryStream(content), Encoding.UTF8);
        try
        {
            return read(reader);
        }
        catch (Exception exception) when (exception is EndOfStreamException or FormatException or IOException)
        {
            throw new InvalidInputException("the answer of the PKCS#11 process is not valid", exception);
        }
    }

    public static void Write(BinaryWriter writer, byte[] bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    public static byte[] ReadBytes(BinaryReader reader) =>
        reader.ReadInt32() is var length && length is >= 0 and <= MaxBytes && reader.ReadBytes(length) is var bytes && bytes.Length == length
            ? bytes
            : throw new EndOfStreamException();
}
