using System.Collections.ObjectModel;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Keys;
using Nv2.Signing.Storage;

namespace Nv2.Signing.Verification;

/// <summary>How many of an artifact's signatures must be valid.</summary>
/// <param name="Signers">How many different signers' at least, 1 or more.</param>
/// <param name="All">Whether no signature may fail.</param>
public sealed record SignatureQuorum(int Signers, bool All)
{
    /// <summary>One valid signature is enough.</summary>
    public static SignatureQuorum One { get; } = new(1, All: false);
}

/// <summary>What is asked of the signatures that are stored beside an artifact.</summary>
/// <param name="Trust">Whom one trusts, and on what terms.</param>
/// <param name="Quorum">How many signatures must be valid.</param>
public sealed record ArtifactQuestion(Trust Trust, SignatureQuorum Quorum)
{
    /// <summary>The name under which the artifact is about to be used, or <see langword="null"/>.</summary>
    public Reference? Reference { get; init; }

    /// <summary>Metadata that the signers must have signed along with the artifact.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>What the verification may take.</summary>
    public VerificationBudget Budget { get; init; } = VerificationBudget.Default;
}

/// <summary>A stored signature with the result of its verification.</summary>
/// <param name="Signature">The signature.</param>
/// <param name="Result">The result.</param>
public sealed record StoredResult(StoredSignature Signature, VerificationResult Result);

/// <summary>What came out of the verification of all signatures that are stored beside an artifact.</summary>
/// <param name="Subject">The artifact.</param>
/// <param name="Signatures">Its signatures, each with its result; none where the trust policy skips verification.</param>
/// <param name="Question">What was asked.</param>
/// <param name="Decision">Whether the artifact may be used.</param>
public sealed record ArtifactVerification(Descriptor Subject, IReadOnlyList<StoredResult> Signatures, ArtifactQuestion Question, Decision Decision)
{
    /// <summary>How many of the artifact's signatures were not looked at, because those before them are enough.</summary>
    public int NotVerified { get; init; }

    /// <summary>How many different signers' signatures are valid.</summary>
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
            return signatures.Count == 1 ? "its signature does not hold" : $"none of its {signatures.Count} signatures holds";
        if (CountSigners(signatures) is var signers && signers < quorum.Signers)
            return $"the signatures that hold are by {signers} {(signers == 1 ? "signer" : "signers")}: expected {quorum.Signers}";
        return quorum.All && valid < signatures.Count ? $"{valid} of its {signatures.Count} signatures hold: expected all of them" : null;
    }

    // Signers are told apart by their keys. Anybody can store a signature a second time under another manifest, and a signer can sign twice: neither
    // is a second opinion.
    private static int CountSigners(IReadOnlyList<StoredResult> signatures) =>
        signatures.Where(signature => signature.Result.Verified).Select(signature => SignerOf(signature.Result)).Distinct().Count();

    /// <summary>The signer of a valid signature.</summary>
    internal static string SignerOf(VerificationResult result) => Convert.ToHexString(SubjectPublicKey.Of(result.Signer!)); // Never null where the signature verified.
}
