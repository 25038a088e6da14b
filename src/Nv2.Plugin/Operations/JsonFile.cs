using System.Text.Json.Nodes;
using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Files;
using JsonBytes = Nv2.Signing.Json.JsonBytes;

namespace Nv2.Plugin.Operations;

/// <summary>A JSON file that people edit and commands change: members that a command does not know keep their place and value.</summary>
internal static class JsonFile
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Changes a file, or creates it. Other processes wait meanwhile; a reader sees the old file or the new one.</summary>
    /// <param name="file">The file. Its folder is created if it does not exist.</param>
    /// <param name="read">Reads the file, or <see langword="null"/>; refuses one that is not valid.</param>
    /// <param name="change">Makes the change.</param>
    /// <param name="require">Refuses an invalid result.</param>
    /// <exception cref="InvalidInputException">The file or the result is not valid. Nothing is changed.</exception>
    /// <exception cref="AccessDeniedException">It may not be changed.</exception>
    public static void Change(string file, Func<string, byte[]?> read, Action<JsonObject> change, Action<byte[]> require)
    {
        try
        {
            // Tried once before anything is created, so that a refused change leaves no trace; the real change is made under the lock.
            _ = Preview(file, read, change, require);
            FileModes.CreateFolder(Path.GetDirectoryName(file)!); // Not null: a full path of a file.
            using var held = FileLock.Take(Path.Combine(Path.GetDirectoryName(file)!, ".nv2.lock"), Patience, "it", mayCreate: true);
            var json = Preview(file, read, change, require);
            OutputFile.ReplaceTrusted(file, json);
        }
        catch (Exception exception) when (exception is not InvalidInputException && FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.Explain("change", file, exception);
        }
    }

    /// <summary>The result of a change, without writing it.</summary>
    /// <inheritdoc cref="Change"/>
    public static byte[] Preview(string file, Func<string, byte[]?> read, Action<JsonObject> change, Action<byte[]> require)
    {
        var old = read(file);
        if (old is not null)
            require(old);
        var content = old is null ? [] : JsonNode.Parse(old)!.AsObject(); // An object: checked by read.
        change(content);
        var json = Write(content);
        require(json);
        return json;
    }

    private static byte[] Write(JsonObject content) => [.. JsonBytes.Write(JsonBytes.Indented, writer => content.WriteTo(writer)), (byte)'\n'];
}
