using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Trust;

namespace Nv2.Signing.Storage;

/// <summary>How many of an artifact's signatures must hold.</summary>
/// <param name="Signers">How many different signers' at least, 1 or more.</param>
/// <param name="All">Whether no signature may fail.</param>
public sealed record SignatureQuorum(int Signers, bool All);

/// <summary>A stored signature with the outcome of its verification.</summary>
public sealed record VerifiedSignature(StoredSignature Signature, VerificationResult Result);

/// <summary>What came out of the verification of all signatures that are stored beside an artifact.</summary>
/// <param name="Subject">The artifact.</param>
/// <param name="Signatures">Its signatures, each with its outcome.</param>
/// <param name="Quorum">What was asked for.</param>
public sealed record ArtifactVerification(Descriptor Subject, IReadOnlyList<VerifiedSignature> Signatures, SignatureQuorum Quorum)
{
    /// <summary>How many different signers' signatures hold.</summary>
    /// <remarks>
    /// Signers are told apart by their keys. Anybody can store a signature a second time under another manifest, and a signer can sign twice: neither is a second opinion.
    /// </remarks>
    public int Signers => Signatures
        .Where(signature => signature.Result.Verified)
        .Select(signature => Convert.ToHexString(KeyOf(signature.Result.Signer!))) // Never null where the signature verified.
        .Distinct().Count();

    /// <summary>Why the artifact is not verified, or <see langword="null"/> when it is.</summary>
    public string? Complaint
    {
        get
        {
            if (Signatures.Count == 0)
                return "it has no signature";
            var holding = Signatures.Count(signature => signature.Result.Verified);
            if (holding == 0)
                return Signatures.Count == 1 ? "its signature does not hold" : $"none of its {Signatures.Count} signatures holds";
            if (Signers < Quorum.Signers)
                return $"the signatures that hold are by {Signers} {(Signers == 1 ? "signer" : "signers")}: expected {Quorum.Signers}";
            return Quorum.All && holding < Signatures.Count ? $"{holding} of its {Signatures.Count} signatures hold: expected all of them" : null;
        }
    }

    /// <summary>Verifies every signature of an artifact.</summary>
    /// <param name="store">Where they are.</param>
    /// <param name="subject">The artifact; its manifest is read and held against this.</param>
    /// <param name="verifier">Decides about each signature.</param>
    /// <param name="question">What is asked of them.</param>
    /// <exception cref="InvalidInputException">The artifact is not what its descriptor says, or the signatures cannot be listed.</exception>
    public static ArtifactVerification Make(IArtifactStore store, Descriptor subject, Verifier verifier, ArtifactQuestion question)
    {
        ManifestTree.Require(store, subject);
        return Of(StoredSignature.ReadAll(store, subject), subject, verifier, question);
    }

    /// <summary>Verifies signatures of an artifact that somebody else sees to, by its descriptor.</summary>
    public static ArtifactVerification Of(IReadOnlyList<StoredSignature> signatures, Descriptor subject, Verifier verifier, ArtifactQuestion question)
    {
        return new(subject, [.. signatures.Select(signature => new VerifiedSignature(signature, Verify(signature)))], question.Quorum);

        VerificationResult Verify(StoredSignature signature) => signature.Complaint is null
            ? verifier.Verify(new VerificationRequest(signature.Content, signature.Format, subject, question.Trusted, MediaType: null, question.Reference)
            {
                RequiredAnnotations = question.Annotations,
                Terms = question.Terms,
            })
            : VerificationResult.Malformed(signature.Complaint);
    }

    private static byte[] KeyOf(X509Certificate2 certificate) => certificate.PublicKey.ExportSubjectPublicKeyInfo();
}
