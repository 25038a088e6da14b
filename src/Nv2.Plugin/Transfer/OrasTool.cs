using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;

namespace Nv2.Plugin.Transfer;

/// <summary>
/// ORAS 1.3 or later: knows referrers, by the registry's API and by the tag schema, and keeps their list itself. A signature is pushed from a layout
/// without its subject: ORAS passes over what a layout lacks, and does not copy what the registry has.
/// </summary>
internal sealed class OrasTool(ToolRunner runner, Reference reference, TransferSettings settings) : RegistryStore(runner, reference, settings)
{
    /// <summary>How oras words the code NAME_UNKNOWN.</summary>
    private const string NameUnknown = "registry: name unknown";

    private (Descriptor Artifact, IReadOnlyList<Descriptor> Referrers)? listed;

    private string[] PlainHttp => Settings.PlainHttp ? ["--plain-http"] : [];

    /// <inheritdoc/>
    public override IReadOnlyList<Descriptor> ListReferrers(Descriptor subject)
    {
        if (listed is { } known && known.Artifact == subject)
        {
            listed = null; // What was found with the artifact is used once.
            return known.Referrers;
        }

        return ReadReferrers(Discover(NameOf(subject.Digest)).RequireSuccess(), subject);
    }

    // What refers to an artifact comes with its descriptor, whether it is asked for by a tag or by a digest.
    /// <inheritdoc/>
    protected override Descriptor FindToRead()
    {
        var discovered = Discover(Target);
        if (discovered.ExitCode != 0)
            return Find(); // The simpler question fails with the reason.
        var list = Parse(discovered);
        if (list.Optional("size") is null)
            return Find(); // What an older oras prints is explained where the referrers are asked for.
        var artifact = Descriptor.Read(list);
        listed = (artifact, ReadReferrers(discovered, artifact));
        return artifact;
    }

    /// <inheritdoc/>
    protected override void BeginToRead(Descriptor manifest)
    {
        if (listed is { } known && known.Artifact == manifest)
            FetchAhead(manifest, known.Referrers);
    }

    private static JsonNode Parse(ToolResult discovered) => StrictJson.Parse(discovered.Output, "what oras discover printed");

    private static IReadOnlyList<Descriptor> ReadReferrers(ToolResult discovered, Descriptor subject)
    {
        var list = Parse(discovered);
        if (list.Optional("digest")?.Value(Digest.Parse) is { } digest && digest != subject.Digest)
            throw new InvalidInputException($"oras listed the referrers of {digest} where those of {subject.Digest} were asked for");

        // What refers to a referrer is below it, and is not about the subject.
        var referrers =
            list.Optional("referrers")
            ?? throw new InvalidInputException("what oras discover printed has no $.referrers: expected oras 1.3 or later");
        return referrers.IsNull ? [] : [.. referrers.Array(MaxReferrers).Select(Descriptor.ReadListed)];
    }

    // Without the API a registry answers 404, and oras reads the tag. It does not go on to the tag where the answer has the code of a missing
    // repository, as some registries answer for an address that they do not know.
    private ToolResult Discover(string name)
    {
        string[] discover = ["discover", .. PlainHttp, "--format", "json"];
        var result = Runner.Try([.. discover, name]);
        if (result.ExitCode != 0 && result.Errors.Contains(NameUnknown, StringComparison.Ordinal))
            result = Runner.Try([.. discover, "--distribution-spec", "v1.1-referrers-tag", name]);
        return result;
    }

    /// <inheritdoc/>
    public override void Add(SignatureArtifact signature)
    {
        using var layout = new TemporaryLayout(signature.Manifest, signature.Blobs);
        var digest = signature.Manifest.Descriptor.Digest;
        string[] plainHttp = Settings.PlainHttp ? ["--to-plain-http"] : [];
        Runner.Run(["cp", "--from-oci-layout", $"{layout.Path}@{digest}", .. plainHttp, NameOf(digest)]);
    }

    /// <inheritdoc/>
    protected override Descriptor Find() =>
        Descriptor.Read(
            StrictJson.Parse(Runner.Run(["manifest", "fetch", .. PlainHttp, "--descriptor", Target]).Output, "what oras manifest fetch printed")
        );

    /// <inheritdoc/>
    protected override byte[] FetchManifest(Digest digest) => Runner.Run(["manifest", "fetch", .. PlainHttp, NameOf(digest)]).Output;

    /// <inheritdoc/>
    protected override byte[] FetchBlob(Descriptor blob, Descriptor owner) =>
        Runner.Run(["blob", "fetch", .. PlainHttp, "--output", "-", NameOf(blob.Digest)]).Output;
}
