using Nv2.Signing.Artifacts;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage;

namespace Nv2.Signing.Verification;

/// <summary>
/// Verifies the signatures that are stored beside one artifact, within a budget. Signatures by possibly trusted signers come first; once enough are
/// valid, only a few more are read. One signature is in memory at a time.
/// </summary>
internal sealed class StoredSignatures
{
    /// <summary>The most bytes of signatures that wait behind those by possibly trusted signers.</summary>
    private const int MaxWaitingBytes = 4 * 1024 * 1024;

    /// <summary>The part of the time for signatures by untrusted signers.</summary>
    private const int ShareOfLate = 10;

    /// <summary>The most bytes of signatures whose claims are kept for the report.</summary>
    private const int MaxKeptBytes = 8 * 1024 * 1024;

    private readonly Verifier verifier;
    private readonly Descriptor subject;
    private readonly ArtifactQuestion question;
    private readonly BudgetUse use;
    private readonly Dictionary<(Digest Content, ISignatureFormat? Format), VerificationResult> known = [];
    private readonly HashSet<(Digest Content, ISignatureFormat? Format)> read = [];
    private readonly HashSet<string> signers = [];
    private readonly List<(int Position, StoredSignature Signature, Digest? Content)> waiting = [];
    private readonly SortedList<int, StoredResult> results = [];
    private long waitingBytes;
    private TimeSpan lateUntil;
    private long keptBytes;

    private StoredSignatures(Verifier verifier, Descriptor subject, ArtifactQuestion question, BudgetUse use)
    {
        this.verifier = verifier;
        this.subject = subject;
        this.question = question;
        this.use = use;
    }

    // If all must be valid, or a broken one must be found, none can be skipped.
    private bool MayStop => question.Trust.IsRequired && !question.Quorum.All;

    private bool IsEnough => signers.Count >= question.Quorum.Signers;

    /// <summary>Verifies signatures.</summary>
    /// <returns>The results, in the order of <paramref name="entries"/>, and the number of signatures that were not verified.</returns>
    /// <exception cref="BudgetExceededException">There are not enough valid ones within the budget.</exception>
    public static (IReadOnlyList<StoredResult> Results, int NotVerified) Verify(
        Verifier verifier,
        IReadOnlyList<SignatureEntry> entries,
        Descriptor subject,
        ArtifactQuestion question,
        BudgetUse use
    )
    {
        var signatures = new StoredSignatures(verifier, subject, question, use);
        var read = signatures.VerifyTrustworthy(entries);
        signatures.lateUntil = use.Elapsed + (use.Budget.Time / ShareOfLate);
        foreach (var (position, signature, content) in signatures.waiting)
            signatures.VerifyLate(position, signature, content);
        return ([.. signatures.results.Values], entries.Count - read);
    }

    // The smallest first, so that large ones do not use up the budget before a small valid one. Once enough are valid, exceeding the budget does not
    // matter.
    /// <returns>The number of entries that were read.</returns>
    private int VerifyTrustworthy(IReadOnlyList<SignatureEntry> entries)
    {
        var count = 0;
        foreach (var position in Enumerable.Range(0, entries.Count).OrderBy(position => entries[position].Size))
        {
            if (MayStop && IsEnough && count >= SignatureEntry.FewSignatures)
                return count;
            try
            {
                Verify(position, entries[position]);
            }
            catch (BudgetExceededException) when (MayStop && IsEnough)
            {
                return count;
            }

            count++;
        }

        return count;
    }

    private void Verify(int position, SignatureEntry entry)
    {
        // A signature without a result is waiting, and its copies wait with it.
        if (entry is { Announced: { } announced, Content: { } content } && !read.Add((content, announced.Format)))
        {
            if (known.TryGetValue((content, announced.Format), out var before))
                Report(position, announced, content, before);
            else
                waiting.Add((position, announced, content));
        }
        else if (entry.Read() is { } signature)
        {
            Verify(position, signature, entry.Content);
        }
    }

    private void Verify(int position, StoredSignature stored, Digest? content)
    {
        if (!stored.TryParse(out var signature, out var failure))
        {
            Report(position, stored, content, Verifier.Malformed(failure, question.Trust));
            return;
        }

        if (!MayStop || Verifier.MayBeTrusted(signature, question.Trust))
        {
            use.RequireTime();
            Report(position, stored, content, verifier.Verify(signature, Request(stored)));
        }
        else if (waiting.Count < SignatureEntry.FewSignatures && waitingBytes + stored.Content.Length <= MaxWaitingBytes)
        {
            waiting.Add((position, stored, content));
            waitingBytes += stored.Content.Length;
        }
        else
        {
            Report(position, stored, content, Verifier.NotTrusted(signature, Request(stored)));
        }
    }

    // A signature by an untrusted signer does not affect the decision. It is verified only to report other failures, which can take long, because its
    // maker chose the keys.
    private void VerifyLate(int position, StoredSignature stored, Digest? content)
    {
        var request = Request(stored);
        if (content is not null && known.TryGetValue((content, stored.Format), out var before))
            Report(position, stored, content, before);
        else if (!stored.TryParse(out var signature, out var failure))
            Report(position, stored, content, Verifier.Malformed(failure, question.Trust));
        else if (use.Elapsed < lateUntil)
            Report(position, stored, content, verifier.Verify(signature, request));
        else
            Report(position, stored, content, Verifier.NotTrusted(signature, request));
    }

    private VerificationRequest Request(StoredSignature signature) =>
        new(signature.Content, signature.Format, subject, question.Trust, MediaType: null, question.Reference)
        {
            RequiredAnnotations = question.Annotations,
        };

    private void Report(int position, StoredSignature stored, Digest? content, VerificationResult result)
    {
        keptBytes += stored.Content.Length;
        if (!result.Verified && keptBytes > MaxKeptBytes)
            result = result with { Signature = null };
        if (content is not null)
            known.TryAdd((content, stored.Format), result);
        if (result.Verified)
            signers.Add(ArtifactVerification.SignerOf(result));
        results.Add(position, new(stored with { Content = default }, result));
    }
}
