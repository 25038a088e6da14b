using Nv2.Plugin.Platform;
using Nv2.Signing;
using Nv2.Signing.Files;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Files;

/// <summary>Writes files that appear whole or not at all.</summary>
internal static class OutputFile
{
    /// <summary>Writes a file, in place of one of that name if there is one.</summary>
    /// <exception cref="InvalidInputException">The folder is not there, or the name is a folder's.</exception>
    /// <exception cref="AccessDeniedException">The folder may not be written to.</exception>
    /// <remarks>A link is followed. What is no regular file (a pipe, a device) is written to, since there is nothing to put in its place.</remarks>
    public static void Replace(string path, ReadOnlySpan<byte> content) => ReplaceBy(path, content, new FileStreamOptions());

    /// <summary>The same for a file that decides about trust: only its owner may write to a new one, whatever the umask says.</summary>
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

        // What comes to be there only now is replaced, and not followed.
        Write(isThere ? Target(path) : path, content, options, overwrite: true);
    }

    /// <summary>Begins a file that takes the place of <paramref name="path"/> when it is committed: for content that is not known to be right before
    /// all of it is written.</summary>
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

    // What somebody else put into a shared folder must not choose what is written to.
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

    /// <summary>Makes sure that an output does not take the place of a file that is still needed.</summary>
    /// <exception cref="InvalidInputException">It would.</exception>
    public static void RequireOther(string output, string? input, string what)
    {
        if (input is not null && FileIdentity.Find(output) is { IsRegular: true } identity && identity == FileIdentity.Find(input))
            throw new InvalidInputException($"the output {Quoted.Text(output)} is {what}, and is not overwritten");
    }

    /// <summary>Makes sure that an output does not take the place of the file that standard input comes from.</summary>
    /// <exception cref="InvalidInputException">It would.</exception>
    public static void RequireOtherThanInput(string output, string what)
    {
        if (FileIdentity.OfFileDescriptor(FileDescriptor.StandardInput) is { IsRegular: true } identity && identity == FileIdentity.Find(output))
            throw new InvalidInputException($"the output {Quoted.Text(output)} is {what}, on standard input, and is not overwritten");
    }

    /// <summary>Writes a new file.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="content">Its content.</param>
    /// <param name="isPrivate">Whether only its owner may read it.</param>
    /// <exception cref="InvalidInputException">There is something of that name already, or the folder is not there.</exception>
    /// <exception cref="AccessDeniedException">The folder may not be written to.</exception>
    public static void Create(string path, ReadOnlySpan<byte> content, bool isPrivate)
    {
        RequireOwnTarget(path);
        RequireAbsent(path);
        var options = new FileStreamOptions();
        Write(path, content, isPrivate ? FileModes.Private(options) : options, overwrite: false);
    }

    /// <summary>The same for a file that decides about trust: everybody may read it, and only its owner may write to it, whatever the umask
    /// says.</summary>
    /// <inheritdoc cref="Create"/>
    public static void CreateTrusted(string path, ReadOnlySpan<byte> content)
    {
        RequireAbsent(path);
        Write(path, content, FileModes.OwnerWrites(new FileStreamOptions()), overwrite: false);
    }

    /// <summary>Makes sure that nothing of that name is there.</summary>
    /// <exception cref="InvalidInputException">Something is.</exception>
    public static void RequireAbsent(string path)
    {
        if (Path.Exists(path))
            throw new InvalidInputException($"{Quoted.Text(path)} is there already, and is not overwritten: move it away, or choose another folder");
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
