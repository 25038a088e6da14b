using Nv2.Plugin.Reports;
using Nv2.Plugin.Trust;
using Nv2.Signing.Certificates;
using Nv2.Signing.Storage;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.ImageVerifier;

/// <summary>Verdicts in one line, which is all that the user of containerd sees.</summary>
internal static class VerdictText
{
    private const int MaxSigners = 4;

    /// <summary>Whose signatures hold.</summary>
    public static string Signers(ArtifactVerification verification) => string.Join(
        ", ",
        verification.Signatures.Where(signature => signature.Result.Verified)
            .Select(signature => $"signed by {Name(signature.Result)} ({signature.Result.Signature!.Format.Name})").Distinct().Take(MaxSigners)); // Was read: it verified.

    /// <summary>Why an image is refused: the first reason of each signature, and where the certificates that are missing are to be had.</summary>
    public static string Explain(ArtifactVerification verification, TrustDecision trust)
    {
        var reasons = verification.Signatures
            .Select(signature => signature.Result)
            .Select(result => (Result: result, Check: result.Checks.FirstOrDefault(check => check is { Passed: false, WasMade: true })))
            .Where(failed => failed.Check is not null)
            .Select(failed => $"{failed.Check!.Name.InJson()}: {failed.Check.Reason}{(failed.Result.Signer is null ? "" : $" (signed by {Name(failed.Result)})")}") // Filtered.
            .Distinct().Take(MaxSigners).ToList();
        var sources = CertificateSource.Of(trust, verification.Signatures.Select(signature => signature.Result)).Take(MaxSigners)
            .Select(source => source.Sha256Thumbprint is null ? $"its signer says that the issuer's certificate is at {source.Url}" : $"a certificate for it is at {source.Url}, sha256 {source.Sha256Thumbprint}");
        return string.Join("; ", [verification.Complaint ?? "", .. reasons, .. sources]);
    }

    private static string Name(VerificationResult result) =>
        result.Signer is null ? "an unknown signer" : $"{DistinguishedName.Brief(result.Signer.SubjectName)}, sha256 {CertificateDescription.Of(result.Signer).Sha256Thumbprint}";
}
