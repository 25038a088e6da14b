using Nv2.Plugin.Platform;

namespace Nv2.Plugin.Files;

/// <summary>The three standard streams, plain and unbuffered.</summary>
internal static class StandardStreams
{
    public static Stream OpenInput() => OperatingSystem.IsWindows() ? Console.OpenStandardInput() : new DescriptorStream(DescriptorStream.StandardInput);

    public static Stream OpenOutput() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new DescriptorStream(DescriptorStream.StandardOutput);

    public static Stream OpenError() => OperatingSystem.IsWindows() ? Console.OpenStandardError() : new DescriptorStream(DescriptorStream.StandardError);

    /// <summary>Writes one line to standard error.</summary>
    public static void WriteErrorLine(string line)
    {
        using var error = OpenError();
        error.Write(System.Text.Encoding.UTF8.GetBytes(line + '\n'));
    }
}
