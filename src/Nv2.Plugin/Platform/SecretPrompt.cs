using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Nv2.Signing;
using Nv2.Signing.Keys;

namespace Nv2.Plugin.Platform;

/// <summary>Asks for a secret on the controlling terminal, independent of standard input, with echo off (termios(3)).</summary>
internal static unsafe partial class SecretPrompt
{
    private const string Device = "/dev/tty";
    private const int ReadWrite = 2;
    private const int CloseOnExec = 0x80000;
    private const int NoControllingTerminal = 0x100;

    // struct termios of Linux on x64 and arm64: four 32-bit numbers, of which the last has the local flags; the rest is not used.
    private const int SettingsBytes = 256;
    private const int LocalFlags = 3;
    private const uint Echo = 0x8;
    private const int Now = 0;
    private const int MaxBytes = 1024;

    /// <summary>Asks.</summary>
    /// <returns>The secret, or <see langword="null"/> if there is no terminal.</returns>
    /// <exception cref="InvalidInputException">Nothing is typed, or too much.</exception>
    public static Secret? Ask(string question)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var terminal = open(Device, ReadWrite | CloseOnExec | NoControllingTerminal);
        if (terminal < 0)
            return null;
        try
        {
            return Ask(terminal, question);
        }
        finally
        {
            _ = close(terminal);
        }
    }

    [SupportedOSPlatform("linux")]
    private static Secret? Ask(int terminal, string question)
    {
        var before = new uint[SettingsBytes / sizeof(uint)];
        if (Get(terminal, before) != 0)
            return null;
        var silent = (uint[])before.Clone();
        silent[LocalFlags] &= ~Echo;
        using var termination = new Termination(() => Set(terminal, before)); // Restore echo even after a signal.
        Set(terminal, silent);
        try
        {
            Write(terminal, $"{question}: ");
            return ReadLine(terminal);
        }
        finally
        {
            Set(terminal, before);
            Write(terminal, "\n");
        }
    }

    [SupportedOSPlatform("linux")]
    private static Secret ReadLine(int terminal)
    {
        var line = GC.AllocateArray<byte>(MaxBytes, pinned: true);
        try
        {
            var length = 0;
            fixed (byte* start = line)
            {
                // A terminal delivers one line per read.
                while (length < MaxBytes && line.AsSpan(0, length).IndexOf((byte)'\n') < 0)
                {
                    var count = read(terminal, start + length, MaxBytes - length);
                    if (count <= 0)
                        break;
                    length += (int)count;
                }
            }

            var end = line.AsSpan(0, length).IndexOf((byte)'\n');
            if (end < 0 && length == MaxBytes)
                throw new InvalidInputException($"the input is longer than {MaxBytes} bytes");
            if (end <= 0)
                throw new InvalidInputException("the input is empty");
            return Secret.Take(line.AsSpan(0, end));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(line);
        }
    }

    [SupportedOSPlatform("linux")]
    private static int Get(int terminal, uint[] settings)
    {
        fixed (uint* pointer = settings)
            return tcgetattr(terminal, pointer);
    }

    [SupportedOSPlatform("linux")]
    private static void Set(int terminal, uint[] settings)
    {
        fixed (uint* pointer = settings)
            _ = tcsetattr(terminal, Now, pointer); // If this fails, nothing more can be done.
    }

    [SupportedOSPlatform("linux")]
    private static void Write(int terminal, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* pointer = bytes)
            _ = write(terminal, pointer, bytes.Length);
    }

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc")]
    private static partial int close(int descriptor);

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc")]
    private static partial int tcgetattr(int descriptor, uint* settings);

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc")]
    private static partial int tcsetattr(int descriptor, int when, uint* settings);

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc")]
    private static partial nint read(int descriptor, byte* buffer, nint count);

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc")]
    private static partial nint write(int descriptor, byte* buffer, nint count);
}
