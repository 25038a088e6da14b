using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Files;
using Nv2.Signing.Formats;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage;

namespace Nv2.Plugin.Transfer;

/// <summary>skopeo, which does not support referrers: nv2 maintains the list of the tag schema.</summary>
/// <remarks>
/// Before 1.16 it cannot push a list whose entries have an <c>artifactType</c>. Then nv2's entry is written without it, and only a search by type
/// does not find it; a list in which others wrote the type is not changed, and the push fails.
/// </remarks>
internal sealed class SkopeoTool(ToolRunner runner, Reference reference, TransferSettings settings) : TagSchemaStore(runner, reference, settings)
{
    private const int MaxAttempts = 5;

    /// <summary>The beginning of skopeo's message that it would have to drop something.</summary>
    private const string WouldModify = "Manifest list must be converted";

    /// <summary>The longest wait to detect another writer.</summary>
    private static readonly TimeSpan MaxSettling = TimeSpan.FromSeconds(3);

    // The machine's policy says which images may be used. It is not applied to signatures, which nv2 verifies, and may be missing.
    private static readonly string[] CopyCommand = ["copy", "--insecure-policy", "--quiet", "--preserve-digests"];

    /// <inheritdoc/>
    public override void Add(SignatureArtifact signature)
    {
        var digest = signature.Manifest.Descriptor.Digest;
        using (var layout = new TemporaryLayout(signature.Manifest, signature.Blobs))
            Push(layout, NameOf(digest)).RequireSuccess();

        // A registry cannot change a list conditionally: the last writer wins, and the other must notice. So the list is read again after as long as
        // the change took; by then, a writer that had read the old list has probably finished.
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var began = Stopwatch.GetTimestamp();
            if (ReadReferrers(signature.Subject) is var list && !list.Lists(digest))
                PushList(list, signature);
            if (!ReadReferrers(signature.Subject).Lists(digest))
                continue;

            Thread.Sleep(Settling(Stopwatch.GetElapsedTime(began)));
            if (ReadReferrers(signature.Subject).Lists(digest))
                return;
        }

        throw new InvalidInputException(
            $"the signature {digest} is pushed, but another writer removed it from {NameOf(ReferrersTag.Of(signature.Subject.Digest))}: "
                + "try again when no other program changes that list"
        );
    }

    /// <inheritdoc/>
    protected override ToolResult TryFetch(string name) => Runner.Try(["inspect", "--raw", .. TlsVerify("--tls-verify"), Location(name)]);

    /// <inheritdoc/>
    protected override bool IsAbsent(ToolResult failed, string tag) =>
        RegistryAnswer.OfSkopeoManifest(failed.Errors) is { } answer && (answer.IsAbsent ?? IsNotListed(tag, answer));

    /// <inheritdoc/>
    protected override byte[] FetchBlob(Descriptor blob, Descriptor owner)
    {
        var manifest = StrictJson.Parse(ReadManifest(owner), "the signature's manifest");
        var config = Descriptor.Read(manifest.Required("config"));
        if (config.Digest == blob.Digest)
            return Runner.Run(["inspect", "--config", "--raw", .. TlsVerify("--tls-verify"), Location(NameOf(owner.Digest))]).Output;

        // A copy takes all content that the manifest names. A signature's manifest names only small content, unlike an image's.
        const int MaxBytes = SignatureFormats.MaxBytes;
        var parts = manifest.Required("layers").Array(MaxReferrers).Select(Descriptor.Read).Append(config);
        if (parts.Sum(part => Math.Min(part.Size, MaxBytes + 1L)) > MaxBytes)
            throw new InvalidInputException($"the content of the manifest {owner.Digest} is larger than {MaxBytes} bytes, the limit for a signature");

        using var folder = new ScratchFolder();
        Runner
            .Try([.. CopyCommand, .. TlsVerify("--src-tls-verify"), Location(NameOf(owner.Digest)), $"dir:{folder.Path}"], folder: folder.Path)
            .RequireSuccess();
        return BoundedFile.Read(Path.Combine(folder.Path, blob.Digest.Hex), SignatureFormats.MaxBytes, "the signature");
    }

    // skopeo prints neither the status nor the code of a response whose code is outside the specification. Then the registry's list of tags decides,
    // or else the words.
    private bool IsNotListed(string tag, RegistryAnswer answer)
    {
        var result = Runner.Try(["list-tags", .. TlsVerify("--tls-verify"), Location(Reference.Repository)]);
        if (result.ExitCode != 0)
            return RegistryAnswer.OfSkopeoTags(result.Errors) is { } ofTags && (ofTags.IsAbsent ?? answer.SoundsAbsent);
        var tags = StrictJson.Parse(result.Output, "the output of skopeo list-tags").Optional("Tags");
        return tags?.Array(int.MaxValue).Any(listed => listed.Text() == tag) != true;
    }

    private static string Location(string name) => $"docker://{name}";

    private static TimeSpan Settling(TimeSpan elapsed)
    {
        var chance = RandomNumberGenerator.GetInt32(100) / 100.0; // Random, so that two writers do not collide again.
        return elapsed * (1 + chance) is var wait && wait < MaxSettling ? wait : MaxSettling;
    }

    private void PushList(ReferrersList list, SignatureArtifact signature)
    {
        if (TryPushList(list.With(signature), signature.Subject))
            return;

        Settings.Log.LogWarning("this version of skopeo drops artifactType (1.16 keeps it): the signature is listed without it");
        if (!TryPushList(list.With(signature, withArtifactType: false), signature.Subject))
        {
            throw new InvalidInputException(
                $"this version of skopeo would drop the artifactType of other referrers of {signature.Subject.Digest}: "
                    + "use skopeo 1.16 or later, or oras"
            );
        }
    }

    private bool TryPushList(Blob list, Descriptor subject)
    {
        using var layout = new TemporaryLayout(list);
        var result = Push(layout, NameOf(ReferrersTag.Of(subject.Digest)), "--multi-arch", "index-only");
        if (result.ExitCode != 0 && result.Errors.Contains(WouldModify, StringComparison.Ordinal))
            return false;

        result.RequireSuccess();
        return true;
    }

    private ToolResult Push(TemporaryLayout layout, string name, params string[] options) =>
        Runner.Try([.. CopyCommand, .. options, .. TlsVerify("--dest-tls-verify"), $"oci:{layout.Path}", Location(name)]);

    private string[] TlsVerify(string option) => Settings.PlainHttp ? [$"{option}=false"] : [];
}
