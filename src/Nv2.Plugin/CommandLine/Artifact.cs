using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Artifacts;

namespace Nv2.Plugin.CommandLine;

/// <summary>A manifest on a command line: a file's name, <c>file:</c> and a name, or <c>-</c> for standard input.</summary>
internal sealed class Artifact
{
    private const string FileScheme = "file:";

    private static readonly string[] RegistrySchemes = ["docker://", "oci://"];

    private readonly string argument;

    /// <summary>The artifact of an argument as it was given; without one, standard input is meant.</summary>
    public Artifact(string? argument) => this.argument = argument ?? InputFile.StandardInput;

    /// <summary>
    /// The reference that an argument is, or <see langword="null"/> when it names a file: <c>docker://</c> or <c>oci://</c> and a reference, or one with its registry
    /// where no file has that name. Docker's short names (<c>alpine</c>) could be files that are not there, and are references behind a scheme only.
    /// </summary>
    /// <exception cref="UsageException">It can only be a reference, and is not a valid one.</exception>
    public static Reference? FindReference(string argument)
    {
        foreach (var scheme in RegistrySchemes)
        {
            if (argument.StartsWith(scheme, StringComparison.Ordinal))
                return CommonOptions.Parse("the artifact", argument[scheme.Length..], Reference.Parse);
        }

        var registry = argument.Split('/')[0];
        var isReference = registry.Length < argument.Length && (registry == "localhost" || registry.AsSpan().IndexOfAny('.', ':') > 0)
            && !argument.StartsWith(FileScheme, StringComparison.Ordinal) && !Path.Exists(argument);
        return isReference ? CommonOptions.Parse("the artifact", argument, Reference.Parse) : null;
    }

    /// <summary>Describes the artifact: by its manifest, or, with <paramref name="isDescriptor"/>, as the descriptor in JSON says that was given in its place.</summary>
    /// <exception cref="UsageException">A media type is given for a descriptor, which has one.</exception>
    public Descriptor Describe(MediaType? mediaType, bool isDescriptor)
    {
        if (isDescriptor && mediaType is not null)
            throw new UsageException("--media-type cannot be used with --descriptor: a descriptor says what it describes");

        return isDescriptor
            ? InputFile.ReadOrInput(FileName, "the descriptor", stream => Descriptor.Parse(InputFile.ReadAll(stream, Manifest.MaxBytes)))
            : InputFile.ReadOrInput(FileName, "the manifest", stream => Manifest.Describe(stream, mediaType));
    }

    /// <summary>
    /// The name of the file, or <see langword="null"/> for standard input. As the original reads it, <c>file:PATH</c> is a path as it stands, <c>file://PATH</c> is
    /// one with percent escapes.
    /// </summary>
    public string? FileName
    {
        get
        {
            if (argument == InputFile.StandardInput || !argument.StartsWith(FileScheme, StringComparison.Ordinal))
                return argument == InputFile.StandardInput ? null : argument;

            var path = argument[FileScheme.Length..];
            return path.StartsWith("//", StringComparison.Ordinal) ? Uri.UnescapeDataString(path[2..]) : path;
        }
    }

    /// <summary>The name for messages.</summary>
    public override string ToString() => argument == InputFile.StandardInput ? "standard input" : Quoted.Text(argument);
}
