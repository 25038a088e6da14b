using Microsoft.Extensions.Logging;
using Nv2.Plugin.Transfer;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Operations;

/// <summary>Where an artifact is: in a file of its own, as a manifest or a blob, in an image layout, or in a registry.</summary>
internal abstract record ArtifactPlace
{
    /// <summary>The name under which the artifact is used, if it is named by a whole reference; or <see langword="null"/>.</summary>
    public virtual Reference? Name => null;

    /// <summary>
    /// A file with a manifest or its descriptor; signatures are separate files. For a command that reads a signature file, the signature.
    /// </summary>
    internal sealed record SingleFile(FileArgument File) : ArtifactPlace;

    /// <summary>A blob: content that is not a manifest, signed as it is; its signature is a file beside it.</summary>
    internal sealed record Blob(BlobFile File) : ArtifactPlace;

    /// <summary>An image layout, which also has the signatures.</summary>
    internal sealed record Layout(LayoutLocation Location) : ArtifactPlace
    {
        /// <inheritdoc/>
        public override Reference? Name => Location.Reference;
    }

    /// <summary>A registry, which also has the signatures, accessed through a transfer program.</summary>
    internal sealed record Registry(Reference Reference, TransferChoice Transfer) : ArtifactPlace
    {
        /// <inheritdoc/>
        public override Reference? Name => Reference;

        /// <summary>Opens the repository.</summary>
        /// <exception cref="InvalidInputException">The transfer program is not installed.</exception>
        public IRegistryStore Open(ILogger log)
        {
            var store = TransferTools.Open(Transfer.Tool, Reference, new TransferSettings(Transfer.PlainHttp, Transfer.Timeout, log));
            log.LogDebug("transfer by {Tool}", store.ToolName);
            return store;
        }
    }
}

/// <summary>How an artifact is fetched from its registry.</summary>
/// <param name="Tool">The transfer program; <see langword="null"/> for the configured or installed one.</param>
/// <param name="PlainHttp">Whether the registry uses HTTP without TLS.</param>
/// <param name="Timeout">How long each run of the program may take.</param>
internal sealed record TransferChoice(string? Tool, bool PlainHttp, TimeSpan Timeout)
{
    public const string ToolOption = "--transfer";
    public const string PlainHttpOption = "--plain-http";
    public const string TimeoutOption = "--timeout";

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(1);

    /// <summary>Reads the choice from the values of the options; <see langword="null"/> for an option that was not given.</summary>
    /// <exception cref="UsageException">A value is not valid.</exception>
    public static TransferChoice Parse(string? tool, bool plainHttp, string? timeout) =>
        new(
            tool is null ? null : UsageException.Parse(ToolOption, tool, TransferTools.RequireName),
            plainHttp,
            timeout is null ? DefaultTimeout : UsageException.Parse(TimeoutOption, timeout, ParseTimeout)
        );

    private static TimeSpan ParseTimeout(string text) =>
        Duration.Parse(text) is var timeout && timeout <= MaxTimeout
            ? timeout
            : throw new InvalidInputException($"{Quoted.Text(text)} is too long: expected a day at most");
}

/// <summary>
/// An artifact in an image layout: <c>PATH[:TAG|@DIGEST]</c>, with <c>-</c> as the path for a tar on standard input.
/// </summary>
/// <param name="Path">The folder or the file, or <see langword="null"/> for standard input.</param>
/// <param name="Name">A tag, a whole reference or a digest; or <see langword="null"/> for the only artifact.</param>
internal sealed record LayoutLocation(string? Path, string? Name)
{
    private const string StandardInput = "-";

    /// <summary>Parses a location. A colon can belong to the path or begin the tag: the longest path that exists decides.</summary>
    /// <exception cref="InvalidInputException">It is empty, or what follows the @ is no digest.</exception>
    public static LayoutLocation Parse(string text)
    {
        if (Exists(text))
            return At(text, null);

        var at = text.LastIndexOf('@');
        if (at > 0 && Digest.TryParse(text[(at + 1)..], out var digest))
            return At(WithoutTag(text[..at]), digest.ToString()); // The digest is enough.

        for (var colon = text.LastIndexOf(':'); colon > 0; colon = text.LastIndexOf(':', colon - 1))
        {
            if (Exists(text[..colon]))
                return colon + 1 < text.Length ? At(text[..colon], text[(colon + 1)..]) : throw Invalid(text, "the tag after the colon is missing");
        }

        return at > 0 && Exists(text[..at])
            ? throw Invalid(text, "expected a digest after the @, such as sha256: and 64 lower-case hexadecimal digits")
            : At(text, null); // Opening it reports that it is missing.
    }

    /// <summary>The name in the layout, if it is a whole reference with its registry, not a tag or a digest; or <see langword="null"/>.</summary>
    public Reference? Reference => Name is null ? null : ReferenceOf(Name);

    /// <summary>A name in a layout as a reference, if it is a whole one; or <see langword="null"/>.</summary>
    public static Reference? ReferenceOf(string name) =>
        name.Contains('/', StringComparison.Ordinal) && Nv2.Signing.Artifacts.Reference.TryParse(name, out var reference, out _) ? reference : null;

    /// <summary>The location for messages.</summary>
    public override string ToString() => Path is null ? "on standard input" : Quoted.Text(Path);

    private static string WithoutTag(string text)
    {
        var path = text;
        while (!Exists(path) && path.LastIndexOf(':') is > 0 and var colon)
            path = path[..colon];
        return Exists(path) ? path : text;
    }

    private static LayoutLocation At(string path, string? name) => new(path == StandardInput ? null : path, name);

    private static bool Exists(string path) => path == StandardInput || System.IO.Path.Exists(path);

    private static InvalidInputException Invalid(string text, string failure) =>
        new(
            $"{Quoted.Text(text)} is not an image layout: {failure} (expected PATH, PATH:TAG or PATH@DIGEST, with a "
                + "folder, a tar, or - for a tar on standard input)"
        );
}
