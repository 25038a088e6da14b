using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Artifacts;

namespace Nv2.Plugin.CommandLine;

/// <summary>The artifact on a command line: a file's name, <c>file:</c> and a name, or <c>-</c> for standard input.</summary>
internal sealed class Artifact
{
    private const string StandardInput = "-";
    private const string FileScheme = "file:";

    private readonly string argument;

    /// <summary>The artifact of an argument of <paramref name="command"/> as it was given; without one, standard input is meant.</summary>
    /// <exception cref="UsageException">The argument names an artifact in a registry.</exception>
    public Artifact(string? argument, string command)
    {
        this.argument = argument ?? StandardInput;
        RefuseRegistries(command);
    }

    /// <summary>Describes the artifact: by its manifest, or, with <paramref name="isDescriptor"/>, as the descriptor in JSON says that was given in its place.</summary>
    /// <exception cref="UsageException">A media type is given for a descriptor, which has one.</exception>
    public Descriptor Describe(MediaType? mediaType, bool isDescriptor)
    {
        if (isDescriptor && mediaType is not null)
            throw new UsageException("--media-type cannot be used with --descriptor: a descriptor says what it describes");

        return isDescriptor
            ? Read("the descriptor", stream => Descriptor.Parse(InputFile.ReadAll(stream, Manifest.MaxBytes)))
            : Read("the manifest", stream => Manifest.Describe(stream, mediaType));
    }

    /// <summary>
    /// The name of the file, or <see langword="null"/> for standard input. As the original reads it, <c>file:PATH</c> is a path as it stands, <c>file://PATH</c> is
    /// one with percent escapes.
    /// </summary>
    public string? FileName
    {
        get
        {
            if (argument == StandardInput || !argument.StartsWith(FileScheme, StringComparison.Ordinal))
                return argument == StandardInput ? null : argument;

            var path = argument[FileScheme.Length..];
            return path.StartsWith("//", StringComparison.Ordinal) ? Uri.UnescapeDataString(path[2..]) : path;
        }
    }

    /// <summary>The name for messages.</summary>
    public override string ToString() => argument == StandardInput ? "standard input" : Quoted.Text(argument);

    private T Read<T>(string what, Func<Stream, T> read)
    {
        if (FileName is not null)
            return InputFile.Read(FileName, what, read);

        try
        {
            using var input = StandardStreams.OpenInput();
            return read(input);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"cannot read {what} from standard input: {exception.Message}", exception);
        }
    }

    // The original fetched these itself. Transfer is for the tools that do it well, with the credentials that they have.
    private void RefuseRegistries(string command)
    {
        foreach (var scheme in new[] { "docker://", "oci://" })
        {
            if (!argument.StartsWith(scheme, StringComparison.Ordinal))
                continue;

            var name = argument[scheme.Length..];
            var reference = Reference.TryParse(name, out var parsed, out _) ? parsed.Text : "REFERENCE";
            throw new UsageException(
                $"nv2 does not fetch {Quoted.Text(argument)}: let a registry client do it, and pass on what it prints, such as: "
                + $"oras manifest fetch --descriptor {reference} | nv2 {command} --descriptor … -");
        }
    }
}
