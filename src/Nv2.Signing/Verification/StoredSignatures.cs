using Nv2.Signing.Artifacts;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage;

namespace Nv2.Signing.Verification;

/// <summary>
/// The verification of the signatures that are stored beside one artifact, within a budget. Those by signers who may be trusted come first; once
/// there are enough, no more are looked at, but for a few. One signature is in memory at a time.
/// </summary>
internal sealed class StoredSignatures
{
    /// <summary>The most bytes of signatures that wait for those by signers who may be trusted.</summary>
    private const int MaxWaitingBytes = 4 * 1024 * 1024;

    /// <summary>Which part of the time may go to signatures by nobody who is trusted.</summary>
    private const int ShareOfLate = 10;

    /// <summary>The most bytes of signatures of which is kept what they say, for the report.</summary>
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

    // Where all must be valid, or the one who finds a broken one must tell, none can be left out.
    private bool MayStop => question.Trust.IsRequired && !question.Quorum.All;

    private bool IsEnough => signers.Count >= question.Quorum.Signers;

    /// <summary>Verifies signatures.</summary>
    /// <returns>The results, in the order of <paramref name="entries"/>, and how many signatures were not looked at.</returns>
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

    // The smallest first, so that large ones do not use up what there is for a small one that is valid. Once there are enough, what exceeds the
    // budget is not needed.
    /// <returns>How many entries were read.</returns>
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
        // What has been read and has no result yet is waiting, and its copies wait with it.
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

    // What is by nobody who is trusted changes nothing, and is verified to tell what else is wrong with it. That can take long, by whoever chose the
    // keys.
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
