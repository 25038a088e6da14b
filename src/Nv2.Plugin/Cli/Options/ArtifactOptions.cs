using System.CommandLine;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Platform;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Cli.Options;

/// <summary>The options and the argument by which an artifact is named.</summary>
internal sealed class ArtifactOptions
{
    private static readonly string[] RegistrySchemes = ["docker://", "oci://"];

    private readonly string command;
    private readonly Option<string?> layout = new("--oci-layout")
    {
        Description =
            "The artifact and its signatures are in an OCI image layout: a folder, a tar (plain or gzip; also from docker save and "
            + "podman save), or - for a tar on standard input",
        HelpName = "path[:tag|@digest]",
    };

    private readonly Option<string?>? blob;

    private readonly Option<string?> transfer = new(TransferChoice.ToolOption)
    {
        Description =
            "The program that accesses the registry: oras, skopeo or crane (docker cannot transfer signatures) [default: "
            + "$NV2_TRANSFER, or the first installed of the three]",
        HelpName = "program",
    };

    private readonly Option<bool> plainHttp = new(TransferChoice.PlainHttpOption) { Description = "Use HTTP without TLS to access the registry" };

    private readonly Option<string?> timeout = new(TransferChoice.TimeoutOption)
    {
        Description = "The time limit for each step of the transfer program [default: 1m]",
        HelpName = "duration",
    };

    private readonly Argument<string?> artifact;

    /// <summary>The options of a command.</summary>
    /// <param name="command">Its name.</param>
    /// <param name="takesFiles">Whether a file can be named too; the default is then standard input.</param>
    /// <param name="description">What the argument is, or <see langword="null"/> for an artifact.</param>
    /// <param name="blob">The description of <c>--blob</c>, or <see langword="null"/> for commands without it.</param>
    public ArtifactOptions(string command, bool takesFiles, string? description = null, string? blob = null)
    {
        this.blob = blob is null ? null : new("--blob") { Description = blob, HelpName = "file|-" };
        this.command = command;
        artifact = new("artifact")
        {
            Description =
                description
                ?? (
                    takesFiles
                        ? "The artifact: a manifest (a file, file:PATH, or - for standard input) or a reference in a registry [default: -]"
                        : "The artifact's reference in a registry"
                ),
            HelpName = takesFiles ? "reference|file:PATH|PATH|-" : "reference",
            Arity = ArgumentArity.ZeroOrOne,
        };
        TakesFiles = takesFiles;
    }

    private bool TakesFiles { get; }

    /// <summary>Adds the options and the argument to a command.</summary>
    public void AddTo(Command to)
    {
        to.Add(layout);
        if (blob is not null)
            to.Add(blob);
        to.Add(transfer);
        to.Add(plainHttp);
        to.Add(timeout);
        to.Add(artifact);
    }

    /// <summary>Reads where the artifact is.</summary>
    /// <exception cref="UsageException">The options contradict each other.</exception>
    public ArtifactPlace Read(ParseResult result)
    {
        var name = result.GetValue(artifact);
        if (blob is not null && result.GetValue(blob) is { } file)
        {
            if (name is not null || result.GetValue(layout) is not null)
                throw new UsageException(
                    $"--blob cannot be combined with {(name is null ? layout.Name : Quoted.Text(name))}: both name the artifact"
                );
            RefuseTransfer(result, "cannot be combined with --blob: a blob needs no transfer");
            return new ArtifactPlace.Blob(new BlobFile(file));
        }

        if (result.GetValue(layout) is { } location)
        {
            if (name is not null)
                throw new UsageException($"--oci-layout cannot be combined with {Quoted.Text(name)}: both name the artifact");
            RefuseTransfer(result, "cannot be combined with --oci-layout: a layout needs no transfer");
            return new ArtifactPlace.Layout(UsageException.Parse("--oci-layout", location, LayoutLocation.Parse));
        }

        if (name is not null && FindReference(name) is { } reference)
            return new ArtifactPlace.Registry(reference, ReadTransfer(result));

        RefuseTransfer(result, "is for artifacts in a registry: expected a reference with its registry, such as registry.example.com/app:v1");
        if (!TakesFiles)
        {
            throw new UsageException(
                name is null
                    ? $"no artifact to {command} is given: expected --oci-layout or a reference such as registry.example.com/app:v1"
                    : $"{Quoted.Text(name)} is not a reference with its registry, such as "
                        + "registry.example.com/app:v1; name a layout with --oci-layout"
            );
        }

        // A manifest is never typed: if standard input is a terminal, the name is missing.
        if (name is null && Terminal.IsInput)
            throw new UsageException(
                $"no artifact to {command} is given, and standard input is a terminal: "
                    + $"expected {(blob is null ? "a file, " : "a file, --oci-layout, ")}"
                    + "a reference such as registry.example.com/app:v1, or - for standard input"
            );
        return name is ""
            ? throw new UsageException($"the name of the artifact to {command} is empty: is a variable not set?")
            : new ArtifactPlace.SingleFile(new FileArgument(name));
    }

    /// <summary>Makes sure that no artifact is named, since the list names them.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="by">The option that names the list.</param>
    /// <exception cref="UsageException">One is.</exception>
    public void RequireNone(ParseResult result, string by)
    {
        var option = new[] { layout, blob }.FirstOrDefault(option => option is not null && result.GetValue(option) is not null);
        if ((option?.Name ?? (result.GetValue(artifact) is { } name ? Quoted.Text(name) : null)) is { } named)
            throw new UsageException($"{by} cannot be combined with {named}: both name artifacts");
    }

    /// <summary>Reads where an artifact of a list is. Its line is the argument that names it on the command line.</summary>
    /// <exception cref="UsageException">The line is not valid.</exception>
    public ArtifactPlace ReadLine(ParseResult result, string line)
    {
        if (Value(line, layout.Name) is { } location)
        {
            var parsed = UsageException.Parse(layout.Name, location, LayoutLocation.Parse);
            return parsed.Path is null ? throw NoInput() : new ArtifactPlace.Layout(parsed);
        }

        if (blob is not null && Value(line, blob.Name) is { } file)
        {
            var parsed = new BlobFile(file);
            return parsed.FileName is null ? throw NoInput() : new ArtifactPlace.Blob(parsed);
        }

        if (line[0] == '-')
        {
            throw new UsageException(
                $"{Quoted.Text(line)} is not an artifact: expected a reference, a file, {layout.Name} PATH[:TAG|@DIGEST] or {blob?.Name} FILE"
            );
        }

        if (FindReference(line) is { } reference)
            return new ArtifactPlace.Registry(reference, ReadTransfer(result));
        return Directory.Exists(line)
            ? throw new UsageException($"{Quoted.Text(line)} is a folder: expected {layout.Name} before the folder of a layout")
            : new ArtifactPlace.SingleFile(new FileArgument(line));
    }

    private static UsageException NoInput() => new("standard input cannot be an artifact in a list");

    private static string? Value(string line, string option) =>
        line.StartsWith(option, StringComparison.Ordinal) && line[option.Length..] is [' ' or '\t' or '=', ..] and var value
            ? value[1..].Trim()
            : null;

    private TransferChoice ReadTransfer(ParseResult result) =>
        TransferChoice.Parse(result.GetValue(transfer), result.GetValue(plainHttp), result.GetValue(timeout));

    private void RefuseTransfer(ParseResult result, string failure)
    {
        foreach (var option in new Option[] { transfer, plainHttp, timeout })
        {
            if (result.GetResult(option) is { Implicit: false })
                throw new UsageException($"{option.Name} {failure}");
        }
    }

    // A reference begins with docker:// or oci://, or has its registry and no file has that name. Docker's short names (alpine) could be missing
    // files, so they need the scheme.
    private static Reference? FindReference(string argument)
    {
        foreach (var scheme in RegistrySchemes)
        {
            if (argument.StartsWith(scheme, StringComparison.Ordinal))
                return UsageException.Parse("the artifact", argument[scheme.Length..], Reference.Parse);
        }

        var registry = argument.Split('/')[0];
        var isReference =
            registry.Length < argument.Length
            && (registry == "localhost" || registry.AsSpan().IndexOfAny('.', ':') > 0)
            && !argument.StartsWith(FileArgument.Scheme, StringComparison.Ordinal)
            && !Path.Exists(argument);
        return isReference ? UsageException.Parse("the artifact", argument, Reference.Parse) : null;
    }
}
