using Microsoft.Win32.SafeHandles;

namespace Nv2.Plugin.Files;

/// <summary>
/// The three standard streams, plain. Those of <see cref="Console"/> set up terminal and signal handling with a thread of its own before the first byte,
/// which nothing here needs.
/// </summary>
internal static class StandardStreams
{
    private const int InputDescriptor = 0;
    private const int OutputDescriptor = 1;
    private const int ErrorDescriptor = 2;

    public static Stream OpenInput() => OperatingSystem.IsWindows() ? Console.OpenStandardInput() : Open(InputDescriptor, FileAccess.Read);

    public static Stream OpenOutput() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : Open(OutputDescriptor, FileAccess.Write);

    public static Stream OpenError() => OperatingSystem.IsWindows() ? Console.OpenStandardError() : Open(ErrorDescriptor, FileAccess.Write);

    /// <summary>Writes one line to standard error.</summary>
    public static void WriteErrorLine(string line)
    {
        using var error = OpenError();
        error.Write(System.Text.Encoding.UTF8.GetBytes(line + '\n'));
    }

    private static FileStream Open(int descriptor, FileAccess access) => new(new SafeFileHandle(descriptor, ownsHandle: false), access, bufferSize: 0);
}
