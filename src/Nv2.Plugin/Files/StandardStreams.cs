using Nv2.Plugin.Platform;

namespace Nv2.Plugin.Files;

/// <summary>The three standard streams, plain and unbuffered.</summary>
internal static class StandardStreams
{
    /// <exception cref="IOException">Standard input is closed.</exception>
    public static Stream OpenInput()
    {
        if (OperatingSystem.IsWindows())
            return Console.OpenStandardInput();

        // The runtime opens this device at start, and it gets the descriptor of a closed standard input: it must not be read as input.
        if (FileIdentity.OfFileDescriptor(FileDescriptor.StandardInput) is { } identity && identity == FileIdentity.Find("/dev/urandom"))
            throw new IOException("standard input is closed: expected a file or a pipe");
        return new FileDescriptorStream(FileDescriptor.StandardInput);
    }

    public static Stream OpenOutput() =>
        OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new FileDescriptorStream(FileDescriptor.StandardOutput);

    public static Stream OpenError() =>
        OperatingSystem.IsWindows() ? Console.OpenStandardError() : new FileDescriptorStream(FileDescriptor.StandardError);

    /// <summary>Writes one line to standard error.</summary>
    public static void WriteErrorLine(string line) =>
        StatusLine.Above(() =>
        {
            using var error = OpenError();
            TryWrite(error, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(line + '\n')));
        });

    /// <summary>
    /// Writes to standard error, if that is possible. A failure is ignored: there is no other place to report it, and the exit code shows that the
    /// command failed.
    /// </summary>
    public static void TryWrite(Stream error, Action<Stream> write)
    {
        try
        {
            write(error);
        }
        catch (IOException)
        {
            // The exit code reports the failure.
        }
    }
}
