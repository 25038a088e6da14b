using Nv2.Plugin.Platform;
using Nv2.Signing;
using Nv2.Signing.Files;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Files;

/// <summary>Writes files that appear whole or not at all.</summary>
internal static class OutputFile
{
    /// <summary>Writes a file, in place of one of that name if there is one.</summary>
    /// <exception cref="InvalidInputException">The folder does not exist, or the path is a folder.</exception>
    /// <exception cref="AccessDeniedException">The folder may not be written to.</exception>
    /// <remarks>A link is followed. A pipe or a device is written to, because it cannot be replaced.</remarks>
    public static void Replace(string path, ReadOnlySpan<byte> content) => ReplaceBy(path, content, new FileStreamOptions());

    /// <summary>The same for a file that affects trust: only its owner may write to a new one, whatever the umask is.</summary>
    /// <inheritdoc cref="Replace"/>
    public static void ReplaceTrusted(string path, ReadOnlySpan<byte> content) =>
        ReplaceBy(path, content, FileModes.OwnerWrites(new FileStreamOptions()));

    private static void ReplaceBy(string path, ReadOnlySpan<byte> content, FileStreamOptions options)
    {
        var isThere = RequireOwnTarget(path);
        if (isThere && FileIdentity.Find(path) is { IsRegular: false } && !Directory.Exists(path))
        {
            WriteInto(path, content);
            return;
        }

        // A file that appears only now is replaced, not followed.
        Write(isThere ? Target(path) : path, content, options, overwrite: true);
    }

    /// <summary>Begins a file that replaces <paramref name="path"/> when it is committed: for content that may turn out to be invalid while it is
    /// written.</summary>
    /// <inheritdoc cref="Replace"/>
    public static PendingFile Begin(string path)
    {
        var isThere = RequireOwnTarget(path);
        try
        {
            return new PendingFile(isThere ? Target(path) : path, new FileStreamOptions(), overwrite: true);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.Explain("write", path, exception);
        }
    }

    // A link or file that another user put into a shared folder must not choose what is written to.
    private static bool RequireOwnTarget(string path)
    {
        try
        {
            return SharedFolders.RequireOwnTarget(path);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.Explain("write", path, exception);
        }
    }

    private static string Target(string path) => (File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null) ?? path;

    /// <summary>Makes sure that an output does not overwrite an input.</summary>
    /// <exception cref="InvalidInputException">It would.</exception>
    public static void RequireOther(string output, string? input, string what)
    {
        if (input is not null && FileIdentity.Find(output) is { IsRegular: true } identity && identity == FileIdentity.Find(input))
            throw new InvalidInputException($"the output {Quoted.Text(output)} is {what} and is not overwritten");
    }

    /// <summary>Makes sure that an output does not overwrite the file of standard input.</summary>
    /// <exception cref="InvalidInputException">It would.</exception>
    public static void RequireOtherThanInput(string output, string what)
    {
        if (FileIdentity.OfFileDescriptor(FileDescriptor.StandardInput) is { IsRegular: true } identity && identity == FileIdentity.Find(output))
            throw new InvalidInputException($"the output {Quoted.Text(output)} is {what} on standard input and is not overwritten");
    }

    /// <summary>Writes a new file.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="content">Its content.</param>
    /// <param name="isPrivate">Whether only its owner may read it.</param>
    /// <exception cref="InvalidInputException">The path already exists, or the folder does not exist.</exception>
    /// <exception cref="AccessDeniedException">The folder may not be written to.</exception>
    public static void Create(string path, ReadOnlySpan<byte> content, bool isPrivate)
    {
        RequireOwnTarget(path);
        RequireAbsent(path);
        var options = new FileStreamOptions();
        Write(path, content, isPrivate ? FileModes.Private(options) : options, overwrite: false);
    }

    /// <summary>The same for a file that affects trust: everybody may read it, and only its owner may write to it, whatever the umask is.</summary>
    /// <inheritdoc cref="Create"/>
    public static void CreateTrusted(string path, ReadOnlySpan<byte> content)
    {
        RequireAbsent(path);
        Write(path, content, FileModes.OwnerWrites(new FileStreamOptions()), overwrite: false);
    }

    /// <summary>Makes sure that a path does not exist.</summary>
    /// <exception cref="InvalidInputException">It exists.</exception>
    public static void RequireAbsent(string path)
    {
        if (Path.Exists(path))
            throw new InvalidInputException($"{Quoted.Text(path)} already exists and is not overwritten: move it away, or choose another folder");
    }

    private static void WriteInto(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            stream.Write(content);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.Explain("write", path, exception);
        }
    }

    private static void Write(string path, ReadOnlySpan<byte> content, FileStreamOptions options, bool overwrite)
    {
        try
        {
            using var file = new PendingFile(path, options, overwrite);
            file.Content.Write(content);
            file.Commit(durable: false);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.Explain("write", path, exception);
        }
    }
}
