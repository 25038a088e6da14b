using System.CommandLine;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Transfer;
using Nv2.Signing;
using Nv2.Signing.Artifacts;

namespace Nv2.Plugin.CommandLine;

/// <summary>Where the artifact on a command line is: in a file of its own, as a manifest or a blob, in an image layout, or in a registry.</summary>
internal abstract record ArtifactPlace
{
    /// <summary>A manifest or its descriptor, alone; signatures are files beside it.</summary>
    internal sealed record ManifestFile(Artifact Artifact) : ArtifactPlace;

    /// <summary>A blob: content that is no manifest, signed as it is; its signature is a file beside it.</summary>
    internal sealed record Blob(BlobFile File) : ArtifactPlace;

    /// <summary>An image layout, which holds the signatures too.</summary>
    internal sealed record Layout(LayoutLocation Location) : ArtifactPlace;

    /// <summary>A registry, which holds the signatures too, behind a transfer program.</summary>
    internal sealed record Registry(Reference Reference, string? Tool, bool PlainHttp, TimeSpan Timeout) : ArtifactPlace
    {
        public IRegistryStore Open(ILogger log)
        {
            var store = TransferTools.Open(Tool, Reference, new TransferSettings(PlainHttp, Timeout, log));
            log.LogDebug("transfer by {Tool}", store.ToolName);
            return store;
        }
    }
}

/// <summary>The options and the argument by which an artifact is named.</summary>
internal sealed class ArtifactOptions
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(1);

    private readonly string command;
    private readonly Option<string?> layout = new("--oci-layout")
    {
        Description = "The artifact is in an OCI image layout, and its signatures with it: a folder, a tar (plain or gzip; also docker save and podman save), or - for a tar on standard input",
        HelpName = "path[:tag|@digest]",
    };

    private readonly Option<string?>? blob;

    private readonly Option<string?> transfer = new("--transfer")
    {
        Description = "The program that reads from and writes to the registry: oras, skopeo or crane (docker cannot carry signatures) [default: $NV2_TRANSFER, or the first of the three that is installed]",
        HelpName = "program",
    };

    private readonly Option<bool> plainHttp = new("--plain-http") { Description = "The registry speaks HTTP without TLS" };

    private readonly Option<string?> timeout = new("--timeout")
    {
        Description = "How long the transfer program may take for each step before it is ended [default: 1m]",
        HelpName = "duration",
    };

    private readonly Argument<string?> artifact;

    /// <summary>The options of a command.</summary>
    /// <param name="command">Its name.</param>
    /// <param name="takesFiles">Whether a file can be named too, and standard input is meant when nothing is named.</param>
    /// <param name="description">What the argument is, or <see langword="null"/> for an artifact.</param>
    /// <param name="blob">What is done with a blob, or <see langword="null"/> for commands that take none.</param>
    public ArtifactOptions(string command, bool takesFiles, string? description = null, string? blob = null)
    {
        this.blob = blob is null ? null : new("--blob") { Description = blob, HelpName = "file|-" };
        this.command = command;
        artifact = new("artifact")
        {
            Description = description ?? (takesFiles
                ? "The artifact: a manifest (a file, file:PATH, or - for standard input) or a reference in a registry [default: -]"
                : "The artifact's reference in a registry"),
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

    /// <summary>Says where the artifact is.</summary>
    /// <exception cref="UsageException">The options contradict each other.</exception>
    public ArtifactPlace Read(ParseResult result)
    {
        var name = result.GetValue(artifact);
        if (blob is not null && result.GetValue(blob) is { } file)
        {
            if (name is not null || result.GetValue(layout) is not null)
                throw new UsageException($"--blob names what is meant, and so does {(name is null ? layout.Name : Quoted.Text(name))}: expected one of them");
            RefuseTransfer(result, "cannot be used with --blob: a blob needs no transfer");
            return new ArtifactPlace.Blob(new BlobFile(file));
        }

        if (result.GetValue(layout) is { } location)
        {
            if (name is not null)
                throw new UsageException($"--oci-layout names the artifact, and so does {Quoted.Text(name)}: expected one of them");
            RefuseTransfer(result, "cannot be used with --oci-layout: a layout needs no transfer");
            return new ArtifactPlace.Layout(CommonOptions.Parse("--oci-layout", location, LayoutLocation.Parse));
        }

        if (name is not null && Artifact.FindReference(name) is { } reference)
            return RegistryPlace(reference, result.GetValue(transfer), result.GetValue(plainHttp), result.GetValue(timeout));

        RefuseTransfer(result, "is for artifacts in a registry: expected a reference with its registry, such as registry.example.com/app:v1");
        if (!TakesFiles)
        {
            throw new UsageException(name is null
                ? $"nothing is named to {command}: expected --oci-layout or a reference such as registry.example.com/app:v1"
                : $"{Quoted.Text(name)} is not a reference with its registry, such as registry.example.com/app:v1; a layout is named with --oci-layout");
        }

        return new ArtifactPlace.ManifestFile(new Artifact(name));
    }

    /// <summary>A registry, with the values of the options as they were given, or <see langword="null"/> for their defaults.</summary>
    /// <exception cref="UsageException">One of them is not what it must be.</exception>
    public static ArtifactPlace.Registry RegistryPlace(Reference reference, string? tool, bool plainHttp, string? timeout) => new(
        reference,
        tool is null ? null : CommonOptions.Parse("--transfer", tool, TransferTools.RequireName),
        plainHttp,
        timeout is null ? DefaultTimeout : CommonOptions.Parse("--timeout", timeout, ParseTimeout));

    private void RefuseTransfer(ParseResult result, string complaint)
    {
        foreach (var option in new Option[] { transfer, plainHttp, timeout })
        {
            if (result.GetResult(option) is { Implicit: false })
                throw new UsageException($"{option.Name} {complaint}");
        }
    }

    private static TimeSpan ParseTimeout(string text) => Duration.Parse(text) is var timeout && timeout <= MaxTimeout
        ? timeout
        : throw new InvalidInputException($"{Quoted.Text(text)} is too long: expected a day at most");
}
