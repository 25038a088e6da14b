using System.Diagnostics.CodeAnalysis;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;

namespace Nv2.Signing.Storage;

/// <summary>A referrer of an artifact that may be a signature, read on demand.</summary>
/// <param name="Size">The number of its bytes, if known; large ones come last.</param>
/// <param name="Announced">Its properties that are known before its bytes are read, or <see langword="null"/>.</param>
/// <param name="Content">The digest of the signature, if known: a signature that is stored several times is verified once.</param>
/// <param name="Read">Reads it; <see langword="null"/> if it is not a signature.</param>
internal sealed record SignatureEntry(long Size, StoredSignature? Announced, Digest? Content, Func<StoredSignature?> Read)
{
    /// <summary>Up to this number, all signatures are verified and reported, in the order in which they are stored (docs/verification.md).</summary>
    public const int FewSignatures = 16;

    /// <summary>The largest manifest that is read ahead. Those of signatures are much smaller.</summary>
    private const int LargeManifest = 64 * 1024;

    /// <summary>
    /// Finds the signatures of an artifact: a few in the order in which they are stored, many with the smallest first, so that large ones do not use
    /// up the budget before a small valid one.
    /// </summary>
    /// <exception cref="BudgetExceededException">There are more than <paramref name="use"/> allows.</exception>
    public static IReadOnlyList<SignatureEntry> Find(IArtifactStore store, Descriptor subject, BudgetUse use)
    {
        if (!subject.Digest.Algorithm.IsSupported)
            return []; // No signature can refer to it.
        var referrers = store.ListReferrers(subject);
        use.TakeSignatures(referrers.Count, subject.Digest);
        var distinct = referrers.DistinctBy(referrer => referrer.Digest).Where(referrer => Manifest.IsKnown(referrer.MediaType)).ToList();
        var isFew = distinct.Count <= FewSignatures;
        IEnumerable<Descriptor> ordered = isFew ? distinct : distinct.OrderBy(referrer => referrer.Size);
        var entries = ordered.Select(referrer => Announce(store, referrer, subject, use)).OfType<SignatureEntry>();
        return isFew ? [.. entries] : [.. entries.OrderBy(entry => entry.Size)];
    }

    /// <summary>A signature that is already read.</summary>
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
            use.RequireTime(); // A registry can be slow.
            use.TakeBytes(Math.Min(manifest.Size, Manifest.MaxBytes));
            var content = Manifest.Parse(store.ReadManifest(manifest), manifest);
            if (SignatureFormats.Find(content.Json) is not { } found)
                return null;

            format = found.Format;
            if (content.Subject?.Digest != subject.Digest)
                throw new InvalidInputException(
                    $"it refers to {content.Subject?.Digest.ToString() ?? "nothing"}, but is listed as a referrer of {subject.Digest}"
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
/// <param name="Subject">The signed artifact.</param>
/// <param name="Format">The format in its manifest.</param>
/// <param name="Content">The bytes of the signature; empty if they cannot be read.</param>
/// <param name="Failure">Why they cannot be read, or <see langword="null"/>.</param>
public sealed record StoredSignature(Descriptor Manifest, Descriptor Subject, ISignatureFormat? Format, ReadOnlyMemory<byte> Content, string? Failure)
{
    /// <summary>The most referrers of one artifact.</summary>
    internal const int MaxReferrers = 1024;

    /// <summary>
    /// Reads the signatures of an artifact one by one. A damaged one is included, with the reason: it must neither hide the others nor be hidden.
    /// Referrers that are not signatures are skipped.
    /// </summary>
    /// <exception cref="BudgetExceededException">There are more than <paramref name="use"/> allows.</exception>
    internal static IEnumerable<StoredSignature> ReadAll(IArtifactStore store, Descriptor subject, BudgetUse use) =>
        SignatureEntry.Find(store, subject, use).Select(entry => entry.Read()).OfType<StoredSignature>();

    /// <summary>Reads what the signature claims.</summary>
    /// <returns><see langword="false"/>, and why, if it cannot be read or is malformed.</returns>
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
