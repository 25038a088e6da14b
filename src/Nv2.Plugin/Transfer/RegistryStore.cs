using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage;

namespace Nv2.Plugin.Transfer;

/// <summary>A repository of a registry, accessed through an external transfer tool: nv2 itself opens no connection.</summary>
internal interface IRegistryStore : IArtifactStore
{
    /// <summary>The tool's name, as in <c>--transfer</c>.</summary>
    string ToolName { get; }

    /// <summary>
    /// The artifact of the reference. A tag is resolved once: if it changes later, this store still uses the same artifact.
    /// </summary>
    /// <exception cref="InvalidInputException">The artifact does not exist, or the tool failed.</exception>
    Descriptor Resolve();

    /// <summary>The same, if the signatures are read next: they are found in the same step if that takes no longer.</summary>
    /// <exception cref="InvalidInputException">The artifact does not exist, or the tool failed.</exception>
    Descriptor ResolveToRead();

    /// <summary>
    /// Where the tool does not look for the signatures of an artifact, and which tool does; <see langword="null"/> if it looks in all places.
    /// </summary>
    string? Unseen(Descriptor subject);
}

/// <summary>The common part of the tools: how they name artifacts, and that content is compared with its descriptor.</summary>
/// <param name="runner">Runs the tool.</param>
/// <param name="reference">The artifact.</param>
/// <param name="settings">How the tool is run.</param>
internal abstract class RegistryStore(ToolRunner runner, Reference reference, TransferSettings settings) : IRegistryStore
{
    /// <summary>The most referrers that are read.</summary>
    protected const int MaxReferrers = 10_000;

    private readonly FetchedAhead ahead = new();
    private Descriptor? resolved;

    /// <inheritdoc/>
    public string ToolName => runner.Name;

    protected ToolRunner Runner => runner;

    protected Reference Reference => reference;

    protected TransferSettings Settings => settings;

    /// <summary>The reference for the tools: the digest if there is one, because not all tools accept a tag with it.</summary>
    protected string Target => reference.Digest is { } digest ? NameOf(digest) : NameOf(reference.EffectiveTag!); // Without a digest there is a tag.

    /// <inheritdoc/>
    public Descriptor Resolve() => resolved ??= Require(Find());

    /// <inheritdoc/>
    public Descriptor ResolveToRead() => resolved ??= Require(FindToRead());

    /// <inheritdoc/>
    public byte[] ReadManifest(Descriptor manifest)
    {
        RequireSize(manifest, Manifest.MaxBytes);
        BeginToRead(manifest);
        var content = ahead.Take(manifest.Digest) ?? FetchManifest(manifest.Digest);
        manifest.RequireContent(content);
        return content;
    }

    /// <inheritdoc/>
    public byte[] ReadBlob(Descriptor blob, Descriptor owner)
    {
        RequireSize(blob, SignatureFormats.MaxBytes);
        var content = ahead.Take(blob.Digest) ?? FetchBlob(blob, owner);
        blob.RequireContent(content);
        return content;
    }

    /// <inheritdoc/>
    public abstract IReadOnlyList<Descriptor> ListReferrers(Descriptor subject);

    /// <inheritdoc/>
    public virtual string? Unseen(Descriptor subject) => null;

    /// <inheritdoc/>
    public abstract void Add(SignatureArtifact signature);

    protected abstract Descriptor Find();

    /// <summary>Finds the artifact, and its referrers if they come with it.</summary>
    protected virtual Descriptor FindToRead() => Find();

    /// <summary>Called when a manifest is read. If it is the artifact, its referrers are read next.</summary>
    protected virtual void BeginToRead(Descriptor manifest) { }

    /// <summary>Begins to fetch the manifest of an artifact, and the signatures among its referrers if they are few and small.</summary>
    protected void FetchAhead(Descriptor artifact, IReadOnlyList<Descriptor> referrers)
    {
        ahead.Start(artifact.Digest, () => FetchManifest(artifact.Digest));
        foreach (
            var referrer in referrers
                .Where(referrer => Manifest.IsKnown(referrer.MediaType) && referrer.Size <= FetchedAhead.MaxBytes)
                .DistinctBy(referrer => referrer.Digest)
                .Take(FetchedAhead.MaxSignatures)
        )
        {
            ahead.Start(
                referrer.Digest,
                () =>
                {
                    var content = FetchManifest(referrer.Digest);
                    FetchSignatureAhead(referrer, content);
                    return content;
                }
            );
        }
    }

    protected abstract byte[] FetchManifest(Digest digest);

    protected abstract byte[] FetchBlob(Descriptor blob, Descriptor owner);

    /// <summary>The artifact of that tag in the repository.</summary>
    protected string NameOf(string tag) => $"{reference.Repository}:{tag}";

    /// <summary>The artifact of that digest in the repository.</summary>
    protected string NameOf(Digest digest) => $"{reference.Repository}@{digest}";

    private Descriptor Require(Descriptor found) =>
        reference.Digest is { } digest && found.Digest != digest
            ? throw new InvalidInputException($"{ToolName} found {found.Digest}: expected {reference.Text}")
            : found;

    private void FetchSignatureAhead(Descriptor manifest, byte[] content)
    {
        try
        {
            var parsed = Manifest.Parse(content, manifest);
            if (SignatureFormats.Find(parsed.Json)?.Blob is { } blob && blob.Size <= FetchedAhead.MaxBytes && parsed.Inlined(blob.Digest) is null)
                ahead.Start(blob.Digest, () => FetchBlob(blob, manifest));
        }
        catch (InvalidInputException exception)
        {
            Settings.Log.LogDebug("not fetched ahead: {Reason}", exception.Message); // Reading it later reports the error.
        }
    }

    private static void RequireSize(Descriptor descriptor, int maxBytes)
    {
        if (descriptor.Size > maxBytes)
            throw new InvalidInputException($"{descriptor.Digest} has {descriptor.Size} bytes: expected {maxBytes} at most");
    }
}

/// <summary>A tool that can fetch a manifest by name, but does not support referrers: they are found by the tag schema.</summary>
/// <remarks>
/// If a registry has the referrers API, other programs do not maintain the tag: signatures that they attached are not found. A tool that uses the API
/// finds all.
/// </remarks>
internal abstract class TagSchemaStore(ToolRunner runner, Reference reference, TransferSettings settings) : RegistryStore(runner, reference, settings)
{
    /// <inheritdoc/>
    public override IReadOnlyList<Descriptor> ListReferrers(Descriptor subject) => ReadReferrers(subject).Descriptors;

    /// <inheritdoc/>
    public override string Unseen(Descriptor subject) =>
        $"{ToolName} looked for the list of signatures under the tag {NameOf(ReferrersTag.Of(subject.Digest))}. "
        + "It cannot ask the registry's referrers API, where oras, notation and others store signatures if the registry has it: "
        + "oras (https://oras.land) looks in both places";

    /// <summary>The current list of referrers.</summary>
    protected ReferrersList ReadReferrers(Descriptor subject)
    {
        var tag = ReferrersTag.Of(subject.Digest);
        var result = TryFetch(NameOf(tag));

        // Only if the registry reports that the list does not exist does it count as empty. Another failure must not cause a new list to overwrite
        // one that could not be read.
        return ReferrersList.Read(result.ExitCode != 0 && IsAbsent(result, tag) ? null : Content(result), MaxReferrers);
    }

    /// <summary>Whether the registry reported that it has no manifest with that tag.</summary>
    /// <param name="failed">The failed run.</param>
    /// <param name="tag">The tag.</param>
    protected abstract bool IsAbsent(ToolResult failed, string tag);

    /// <summary>Fetches a manifest by its name; the caller handles a failure.</summary>
    protected abstract ToolResult TryFetch(string name);

    /// <inheritdoc/>
    protected override Descriptor Find() => Manifest.DescribeByContent(Content(TryFetch(Target)), Reference.Digest);

    /// <inheritdoc/>
    protected override byte[] FetchManifest(Digest digest) => Content(TryFetch(NameOf(digest)));

    private static byte[] Content(ToolResult result) =>
        result.RequireSuccess().Output is { Length: <= Manifest.MaxBytes } content
            ? content
            : throw new InvalidInputException($"{result.Command} returned a manifest of more than {Manifest.MaxBytes} bytes");
}
