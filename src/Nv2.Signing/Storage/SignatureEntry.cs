using System.Diagnostics.CodeAnalysis;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;

namespace Nv2.Signing.Storage;

/// <summary>What refers to an artifact and may be a signature, which is read when its turn comes.</summary>
/// <param name="Size">How many bytes that takes, as far as it is known; large ones come last.</param>
/// <param name="Announced">What is known of it before its bytes are read; <see langword="null"/> when that is nothing.</param>
/// <param name="Content">The digest of the signature, where it is known: what is stored several times is verified once.</param>
/// <param name="Read">Reads it; <see langword="null"/> when it is none.</param>
internal sealed record SignatureEntry(long Size, StoredSignature? Announced, Digest? Content, Func<StoredSignature?> Read)
{
    /// <summary>Up to that many signatures are all verified and reported, in the order in which they are stored (docs/verification.md).</summary>
    public const int FewSignatures = 16;

    /// <summary>The largest manifest that is read before its turn. Those of signatures are much smaller.</summary>
    private const int LargeManifest = 64 * 1024;

    /// <summary>
    /// Finds the signatures of an artifact: a few in the order in which they are stored, many with the smallest first, so that large ones do not use
    /// up what there is for a small one that is valid.
    /// </summary>
    /// <exception cref="BudgetExceededException">There are more than <paramref name="use"/> allows.</exception>
    public static IReadOnlyList<SignatureEntry> Find(IArtifactStore store, Descriptor subject, BudgetUse use)
    {
        if (!subject.Digest.Algorithm.IsSupported)
            return []; // No signature can name it.
        var referrers = store.ListReferrers(subject);
        use.TakeSignatures(referrers.Count, subject.Digest);
        var distinct = referrers.DistinctBy(referrer => referrer.Digest).Where(referrer => Manifest.IsKnown(referrer.MediaType)).ToList();
        var isFew = distinct.Count <= FewSignatures;
        IEnumerable<Descriptor> ordered = isFew ? distinct : distinct.OrderBy(referrer => referrer.Size);
        var entries = ordered.Select(referrer => Announce(store, referrer, subject, use)).OfType<SignatureEntry>();
        return isFew ? [.. entries] : [.. entries.OrderBy(entry => entry.Size)];
    }

    /// <summary>A signature that has been read.</summary>
    public static SignatureEntry Of(StoredSignature signature) => new(signature.Content.Length, null, null, () => signature);

    private static SignatureEntry? Announce(IArtifactStore store, Descriptor manifest, Descriptor subject, BudgetUse use)
    {
        if (manifest.Size > LargeManifest)
            return new(long.MaxValue, null, null, () => FindBlob(store, manifest, subject, use)?.Read());
        return FindBlob(store, manifest, subject, use);
    }

    private static SignatureEntry? FindBlob(IArtifactStore store, Descriptor manifest, Descriptor subject, BudgetUse use)
    {
        ISignatureFormat? format = null;
        try
        {
            use.RequireTime(); // A registry can take its time to answer.
            use.TakeBytes(Math.Min(manifest.Size, Manifest.MaxBytes));
            var content = Manifest.Parse(store.ReadManifest(manifest), manifest);
            if (SignatureFormats.Find(content.Json) is not { } found)
                return null;

            format = found.Format;
            if (content.Subject?.Digest != subject.Digest)
                throw new InvalidInputException(
                    $"it is about {content.Subject?.Digest.ToString() ?? "nothing"}: expected {subject.Digest}, among whose referrers it is listed"
                );
            var announced = new StoredSignature(manifest, subject, format, default, null);
            return new(found.Blob.Size, announced, found.Blob.Digest, () => ReadBlob(store, announced, found.Blob, content, use));
        }
        catch (InvalidInputException exception) when (exception is not BudgetExceededException)
        {
            return Of(new(manifest, subject, format, default, exception.Message));
        }
    }

    private static StoredSignature ReadBlob(IArtifactStore store, StoredSignature announced, Descriptor blob, Manifest manifest, BudgetUse use)
    {
        try
        {
            use.RequireTime();
            use.TakeBytes(Math.Min(blob.Size, SignatureFormats.MaxBytes));
            var content = manifest.Inlined(blob.Digest)?.ToArray() ?? store.ReadBlob(blob, announced.Manifest);
            blob.RequireContent(content);
            return announced with { Content = content };
        }
        catch (InvalidInputException exception) when (exception is not BudgetExceededException)
        {
            return announced with { Failure = exception.Message };
        }
    }
}

/// <summary>A signature that is stored beside its artifact.</summary>
/// <param name="Manifest">The signature's own manifest.</param>
/// <param name="Subject">The artifact that it is about.</param>
/// <param name="Format">The format that its manifest says it has.</param>
/// <param name="Content">The bytes of the signature; empty when they cannot be had.</param>
/// <param name="Failure">Why they cannot be had, or <see langword="null"/>.</param>
public sealed record StoredSignature(Descriptor Manifest, Descriptor Subject, ISignatureFormat? Format, ReadOnlyMemory<byte> Content, string? Failure)
{
    /// <summary>The most referrers of one artifact that are looked at.</summary>
    internal const int MaxReferrers = 1024;

    /// <summary>
    /// Reads the signatures of an artifact, one after the other. One that is damaged is among them, with the reason: it must not hide the others, nor
    /// be hidden. What refers to the artifact and is no signature is passed over.
    /// </summary>
    /// <exception cref="BudgetExceededException">There are more than <paramref name="use"/> allows.</exception>
    internal static IEnumerable<StoredSignature> ReadAll(IArtifactStore store, Descriptor subject, BudgetUse use) =>
        SignatureEntry.Find(store, subject, use).Select(entry => entry.Read()).OfType<StoredSignature>();

    /// <summary>Reads what the signature claims.</summary>
    /// <returns><see langword="false"/>, and why, when it cannot be had or is malformed.</returns>
    internal bool TryParse([NotNullWhen(true)] out Signature? signature, [NotNullWhen(false)] out string? failure)
    {
        signature = null;
        failure = Failure;
        if (failure is not null)
            return false;

        try
        {
            signature = SignatureFormats.Parse(Content, Format);
            return true;
        }
        catch (InvalidInputException exception)
        {
            failure = exception.Message;
            return false;
        }
    }
}
