using System.Text.Json.Nodes;
using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Files;
using JsonBytes = Nv2.Signing.Json.JsonBytes;

namespace Nv2.Plugin.Operations;

/// <summary>A JSON file that people write by hand and commands change: what a command does not know keeps its place and its value.</summary>
internal static class JsonFile
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Changes a file, or makes it where it is not there. While one process does, others wait; a reader sees the old file or the new
    /// one.</summary>
    /// <param name="file">The file. Its folder is made where it is not there.</param>
    /// <param name="read">Reads the file, or <see langword="null"/>; refuses one that is not what it must be.</param>
    /// <param name="change">Makes the change.</param>
    /// <param name="require">Refuses what must not be written.</param>
    /// <exception cref="InvalidInputException">The file, or what would come of it, is not what it must be. Nothing is changed.</exception>
    /// <exception cref="AccessDeniedException">It may not be changed.</exception>
    public static void Change(string file, Func<string, byte[]?> read, Action<JsonObject> change, Action<byte[]> require)
    {
        try
        {
            // Once before anything is made, so that what is refused leaves no trace; what counts is made while others wait.
            _ = Preview(file, read, change, require);
            FileModes.CreateFolder(Path.GetDirectoryName(file)!); // A full path of a file has one.
            using var held = FileLock.Take(Path.Combine(Path.GetDirectoryName(file)!, ".nv2.lock"), Patience, "it", mayCreate: true);
            var json = Preview(file, read, change, require);
            OutputFile.ReplaceTrusted(file, json);
        }
        catch (Exception exception) when (exception is not InvalidInputException && FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.Explain("change", file, exception);
        }
    }

    /// <summary>What a change makes of a file, without writing it.</summary>
    /// <inheritdoc cref="Change"/>
    public static byte[] Preview(string file, Func<string, byte[]?> read, Action<JsonObject> change, Action<byte[]> require)
    {
        var old = read(file);
        if (old is not null)
            require(old);
        var content = old is null ? [] : JsonNode.Parse(old)!.AsObject(); // An object: has been required.
        change(content);
        var json = Write(content);
        require(json);
        return json;
    }

    private static byte[] Write(JsonObject content) => [.. JsonBytes.Write(JsonBytes.Indented, writer => content.WriteTo(writer)), (byte)'\n'];
}
