using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage;

namespace Nv2.Plugin.Transfer;

/// <summary>
/// crane, of go-containerregistry. It lists no referrers, but maintains the tag of the tag schema when it pushes a manifest with a subject.
/// </summary>
/// <remarks>It does so only if the registry has no referrers API; otherwise it cannot list what it pushed.</remarks>
internal sealed class CraneTool(ToolRunner runner, Reference reference, TransferSettings settings) : TagSchemaStore(runner, reference, settings)
{
    private string[] Insecure => Settings.PlainHttp ? ["--insecure"] : [];

    /// <inheritdoc/>
    public override void Add(SignatureArtifact signature)
    {
        var digest = signature.Manifest.Descriptor.Digest;
        using (var layout = new TemporaryLayout(signature.Manifest, signature.Blobs))
            Runner.Run(["push", .. Insecure, layout.Path, NameOf(digest)]);

        if (!ReadReferrers(signature.Subject).Lists(digest))
        {
            throw new InvalidInputException(
                $"crane pushed the signature {digest}, but {NameOf(ReferrersTag.Of(signature.Subject.Digest))} does not list it: "
                    + "the registry may list referrers with its API, which crane does not read; use oras"
            );
        }
    }

    /// <inheritdoc/>
    protected override ToolResult TryFetch(string name) => Runner.Try(["manifest", .. Insecure, name]);

    /// <inheritdoc/>
    protected override bool IsAbsent(ToolResult failed, string tag)
    {
        if (RegistryAnswer.OfCrane(failed.Errors) is not { } answer)
            return false;
        if (answer.Status is not null)
            return answer.IsAbsent == true;

        // If the response has an error code, crane prints the status only with -v.
        var logged = Runner.Try(["-v", "manifest", .. Insecure, NameOf(tag)]);
        var known = RegistryAnswer.OfCrane(logged.Errors) ?? answer;
        return logged.ExitCode != 0 && (known.IsAbsent ?? known.SoundsAbsent);
    }

    /// <inheritdoc/>
    protected override byte[] FetchBlob(Descriptor blob, Descriptor owner) => Runner.Run(["blob", .. Insecure, NameOf(blob.Digest)]).Output;
}
