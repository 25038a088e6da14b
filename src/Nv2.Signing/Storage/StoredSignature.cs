using System.Diagnostics.CodeAnalysis;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;

namespace Nv2.Signing.Storage;

/// <summary>A signature that is stored beside its artifact.</summary>
/// <param name="Manifest">The signature's own manifest.</param>
/// <param name="Subject">The artifact that it is about.</param>
/// <param name="Format">The format that its manifest says it has.</param>
/// <param name="Content">The bytes of the signature; empty when they cannot be had.</param>
/// <param name="Failure">Why they cannot be had, or <see langword="null"/>.</param>
public sealed record StoredSignature(Descriptor Manifest, Descriptor Subject, ISignatureFormat? Format, ReadOnlyMemory<byte> Content, string? Failure)
{
    /// <summary>The most referrers of one artifact that are looked at.</summary>
    public const int MaxReferrers = 1024;

    /// <summary>
    /// Reads the signatures of an artifact, one after the other. One that is damaged is among them, with the reason: it must not hide the others, nor be hidden. What refers to
    /// the artifact and is no signature is passed over.
    /// </summary>
    /// <exception cref="BudgetExceededException">There are more than <paramref name="use"/> allows.</exception>
    public static IEnumerable<StoredSignature> ReadAll(IArtifactStore store, Descriptor subject, BudgetUse use) =>
        SignatureEntry.Find(store, subject, use).Select(entry => entry.Read()).OfType<StoredSignature>();

    /// <summary>Reads what the signature claims.</summary>
    /// <returns><see langword="false"/>, and why, when it cannot be had or is malformed.</returns>
    public bool TryParse([NotNullWhen(true)] out Signature? signature, [NotNullWhen(false)] out string? failure)
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
