using System.Collections.ObjectModel;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Keys;
using Nv2.Signing.Storage;

namespace Nv2.Signing.Verification;

/// <summary>How many of an artifact's signatures must be valid.</summary>
/// <param name="Signers">The least number of different signers, 1 or more.</param>
/// <param name="All">Whether no signature may fail.</param>
public sealed record SignatureQuorum(int Signers, bool All)
{
    /// <summary>One valid signature is enough.</summary>
    public static SignatureQuorum One { get; } = new(1, All: false);
}

/// <summary>The question about the signatures that are stored beside an artifact.</summary>
/// <param name="Trust">Who is trusted, and on what terms.</param>
/// <param name="Quorum">How many signatures must be valid.</param>
public sealed record ArtifactQuestion(Trust Trust, SignatureQuorum Quorum)
{
    /// <summary>The name under which the artifact will be used, or <see langword="null"/>.</summary>
    public Reference? Reference { get; init; }

    /// <summary>Metadata that the signers must have signed along with the artifact.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The budget of the verification.</summary>
    public VerificationBudget Budget { get; init; } = VerificationBudget.Default;
}

/// <summary>A stored signature with the result of its verification.</summary>
/// <param name="Signature">The signature.</param>
/// <param name="Result">The result.</param>
public sealed record StoredResult(StoredSignature Signature, VerificationResult Result);

/// <summary>The result of verifying all signatures that are stored beside an artifact.</summary>
/// <param name="Subject">The artifact.</param>
/// <param name="Signatures">Its signatures, each with its result; none if the trust policy skips verification.</param>
/// <param name="Question">The question.</param>
/// <param name="Decision">Whether the artifact may be used.</param>
public sealed record ArtifactVerification(Descriptor Subject, IReadOnlyList<StoredResult> Signatures, ArtifactQuestion Question, Decision Decision)
{
    /// <summary>The number of signatures that were not verified, because enough are valid.</summary>
    public int NotVerified { get; init; }

    /// <summary>The number of different signers with a valid signature.</summary>
    public int Signers => CountSigners(Signatures);

    /// <summary>Why the artifact is not verified, or <see langword="null"/> when it is.</summary>
    public string? Failure => Check(Signatures, Question.Quorum);

    /// <summary>Why the signatures are not enough, or <see langword="null"/> when they are.</summary>
    internal static string? Check(IReadOnlyList<StoredResult> signatures, SignatureQuorum quorum)
    {
        if (signatures.Count == 0)
            return "it has no signature";
        var valid = signatures.Count(signature => signature.Result.Verified);
        if (valid == 0)
            return signatures.Count == 1 ? "its signature is not valid" : $"none of its {signatures.Count} signatures is valid";
        if (CountSigners(signatures) is var signers && signers < quorum.Signers)
            return $"the valid signatures are by {signers} {(signers == 1 ? "signer" : "signers")}: expected {quorum.Signers}";
        return quorum.All && valid < signatures.Count
            ? $"{valid} of its {signatures.Count} signatures {(valid == 1 ? "is" : "are")} valid: expected all of them"
            : null;
    }

    // Signers are identified by their keys. Anybody can store a signature again under another manifest, and a signer can sign twice: neither counts
    // as another signer.
    private static int CountSigners(IReadOnlyList<StoredResult> signatures) =>
        signatures.Where(signature => signature.Result.Verified).Select(signature => SignerOf(signature.Result)).Distinct().Count();

    /// <summary>The signer of a valid signature.</summary>
    // Not null: a valid signature has a signer.
    internal static string SignerOf(VerificationResult result) => Convert.ToHexString(SubjectPublicKey.Of(result.Signer!));
}
