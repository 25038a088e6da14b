using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;

namespace Nv2.Plugin.Transfer;

/// <summary>
/// ORAS 1.3 or later: supports referrers, by the registry's API and by the tag schema, and maintains their list. A signature is pushed from a layout
/// without its subject: ORAS skips missing content of a layout, and does not copy what the registry has.
/// </summary>
internal sealed class OrasTool(ToolRunner runner, Reference reference, TransferSettings settings) : RegistryStore(runner, reference, settings)
{
    /// <summary>The text of oras for the code NAME_UNKNOWN.</summary>
    private const string NameUnknown = "registry: name unknown";

    private (Descriptor Artifact, IReadOnlyList<Descriptor> Referrers)? listed;

    private string[] PlainHttp => Settings.PlainHttp ? ["--plain-http"] : [];

    /// <inheritdoc/>
    public override IReadOnlyList<Descriptor> ListReferrers(Descriptor subject)
    {
        if (listed is { } known && known.Artifact == subject)
        {
            listed = null; // Used once.
            return known.Referrers;
        }

        return ReadReferrers(Discover(NameOf(subject.Digest)).RequireSuccess(), subject);
    }

    // oras discover returns the referrers with the descriptor of the artifact, by tag or by digest.
    /// <inheritdoc/>
    protected override Descriptor FindToRead()
    {
        var discovered = Discover(Target);
        if (discovered.ExitCode != 0)
            return Find(); // The simpler command fails with the reason.
        var list = Parse(discovered);
        if (list.Optional("size") is null)
            return Find(); // ListReferrers explains the output of an older oras.
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

    private static JsonNode Parse(ToolResult discovered) => StrictJson.Parse(discovered.Output, "the output of oras discover");

    private static IReadOnlyList<Descriptor> ReadReferrers(ToolResult discovered, Descriptor subject)
    {
        var list = Parse(discovered);
        if (list.Optional("digest")?.Value(Digest.Parse) is { } digest && digest != subject.Digest)
            throw new InvalidInputException($"oras listed the referrers of {digest}: expected those of {subject.Digest}");

        // Referrers of a referrer are below it, and do not refer to the subject.
        var referrers =
            list.Optional("referrers")
            ?? throw new InvalidInputException("the output of oras discover has no $.referrers: expected oras 1.3 or later");
        return referrers.IsNull ? [] : [.. referrers.Array(MaxReferrers).Select(Descriptor.ReadListed)];
    }

    // Without the API a registry answers 404, and oras reads the tag. It does not read the tag if the response has the code of a missing repository,
    // as some registries send for an unknown address.
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
            StrictJson.Parse(Runner.Run(["manifest", "fetch", .. PlainHttp, "--descriptor", Target]).Output, "the output of oras manifest fetch")
        );

    /// <inheritdoc/>
    protected override byte[] FetchManifest(Digest digest) => Runner.Run(["manifest", "fetch", .. PlainHttp, NameOf(digest)]).Output;

    /// <inheritdoc/>
    protected override byte[] FetchBlob(Descriptor blob, Descriptor owner) =>
        Runner.Run(["blob", "fetch", .. PlainHttp, "--output", "-", NameOf(blob.Digest)]).Output;
}
