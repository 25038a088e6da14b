using Nv2.Plugin.Reports;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Text;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Operations;

/// <summary>What a signature covers, and where the signature is.</summary>
internal enum SignedThing
{
    /// <summary>A manifest in a file; the signature is in another.</summary>
    Manifest,

    /// <summary>A blob in a file; the signature is in another.</summary>
    Blob,

    /// <summary>A manifest in a layout or a registry; the signature is stored beside it.</summary>
    Stored,
}

/// <summary>Verifications for people.</summary>
internal static class VerificationText
{
    /// <summary>
    /// Describes the verification of a stored artifact: whether it is accepted, one line for each signature, and the reasons of those that fail.
    /// </summary>
    public static IEnumerable<string> Explain(StoredVerification.Answer answer)
    {
        var (name, verification, unseen) = answer;
        var (artifact, decision, question) = (verification.Subject, verification.Decision, verification.Question);
        if (decision.WarningText() is { } warning)
            yield return $"nv2: warning: {artifact.Digest} in {name}: {warning}";
        if (!decision.IsAccepted)
            yield return $"nv2: {artifact.Digest} in {name} is not verified: {verification.Failure}";
        foreach (var line in Signatures(verification, unseen))
            yield return line;
        if (decision.IsAccepted || !question.Trust.IsByPolicy)
            yield break;
        var results = verification.Signatures.Select(signature => signature.Result).ToList();
        if (KeyAdvice.Describe(question.Trust, question.Reference, results) is { } advice)
            yield return advice;
    }

    /// <summary>Describes the signatures of an artifact: one line for each, the reasons of those that fail, and the number of those not
    /// verified.</summary>
    public static IEnumerable<string> Signatures(ArtifactVerification verification, string? unseen)
    {
        foreach (var line in List(verification))
            yield return line;
        if (verification.NotVerified > 0)
            yield return $"nv2: note: {verification.NotVerified} more signatures were not verified, because enough are valid (--all verifies all)";
        if (unseen is not null)
            yield return $"nv2: note: {unseen}";
    }

    // Signatures with the same reasons are listed together. The hint follows the last signature that it applies to.
    private static IEnumerable<string> List(ArtifactVerification verification)
    {
        var question = verification.Question;
        var groups = verification
            .Signatures.Select(stored =>
                (
                    stored.Signature,
                    stored.Result,
                    Reasons: string.Join('\n', Reasons(stored.Result)),
                    Advice: stored.Result.Verified ? null : Advise(stored.Result, SignedThing.Stored, question.Trust, question.Reference)
                )
            )
            .GroupBy(one => (one.Reasons, one.Advice))
            .ToList();
        foreach (var (number, group) in groups.Index())
        {
            foreach (var (signature, result, _, _) in group)
            {
                var format = result.Signature is { } parsed ? $"{parsed.Format.Name}, " : "";
                var signer = result.Signer is null ? "by an unknown signer" : $"by {DistinguishedName.FormatOf(result.Signer)}";
                yield return $"{(result.Verified ? "valid" : "not valid")}: {signature.Manifest.Digest} ({format}{signer})";
            }

            if (group.Key.Advice is not { } advice)
                continue;
            yield return group.Key.Reasons;
            if (!groups.Skip(number + 1).Any(later => later.Key.Advice == advice))
                yield return advice;
        }
    }

    /// <summary>
    /// Explains why a signature is not valid: a line for each failed check, and a hint about the first.
    /// </summary>
    public static string Explain(VerificationResult result, SignedThing thing, Trust trust, Reference? used)
    {
        return string.Join('\n', Reasons(result).Append(Advise(result, thing, trust, used)));
    }

    private static IEnumerable<string> Reasons(VerificationResult result) =>
        Failed(result).Select(check => $"  {check.Name.InJson()}: {check.Reason}");

    private static IEnumerable<Check> Failed(VerificationResult result) => result.Checks.Where(check => check is { Passed: false, WasMade: true });

    private static string Advise(VerificationResult result, SignedThing thing, Trust trust, Reference? used) =>
        $"  hint: {Advise(Failed(result).First().Name, result, thing, trust, used)}";

    private static string Advise(CheckName failed, VerificationResult result, SignedThing thing, Trust trust, Reference? used)
    {
        // The Notary Project's envelopes carry no names, and have their own rules for certificates.
        var isEnvelope = result.Signature is { Format.CarriesReferences: false };
        return failed switch
        {
            CheckName.Format when result.Signature is not null => "ask the signer for another signature, or verify this "
                + "one with a program that supports what it requires",
            CheckName.Format when thing == SignedThing.Stored => "get the artifact and its signatures again from their "
                + "source; its other signatures are not affected",
            CheckName.Format => "check that the file is a signature, and get it again from its source",
            CheckName.Integrity => "do not rely on this signature: get it again from its source",
            CheckName.Authenticity when trust.IsNameMissing => "give the name under which the artifact is used with --reference",
            CheckName.Authenticity when trust is { IsByPolicy: true, Statement: null } && thing == SignedThing.Blob =>
                "add a statement for blobs to the trust policy (docs/trust.md), or give trusted certificates with --cert or --ca-cert",
            CheckName.Authenticity when trust is { IsByPolicy: true, Statement: null } =>
                "trust a signer for it with nv2 trust add and nv2 trust allow, or give trusted certificates with --cert or --ca-cert",
            CheckName.Authenticity when result.Signer is { } signer && trust.SignerIdentities?.Check(signer) is not null =>
                "if you trust the signer, add its identity to the existing ones with nv2 trust allow --signer-identity (docs/trust.md)",
            CheckName.Authenticity when trust.IsByPolicy => "if you trust the signer, add the certificate to a separate trust store, and allow that "
                + "store only for this repository (docs/trust.md)",
            CheckName.Authenticity => "if you trust the signer, give the signer's certificate with --cert, or its authority's with --ca-cert",
            CheckName.KeyUsage when isEnvelope => "ask the signer for a signature with certificates that meet the requirements of the "
                + "Notary Project (docs/verification.md, keyUsage)",
            CheckName.KeyUsage => "ask the signer for a signature with a certificate that allows digital signatures",
            CheckName.Validity when result is { Timestamp: null, Signature.Timestamp.IsEmpty: false } =>
                "if you trust the timestamp authority, give its certificate or its root's with --tsa-cert; "
                    + "otherwise ask the signer for a new signature",
            CheckName.Validity => "ask the signer for a new signature; if the date is in the future, check this machine's clock",
            CheckName.Revocation => "do not use the artifact if a certificate is revoked; if its status is unknown, add the revocation list of its "
                + "issuer to the folder crls of the trust home",
            CheckName.References when isEnvelope => "omit --reference, or name the artifact by its digest: signatures of this format carry "
                + "no names. Restrict signers to repositories with a trust policy, or use the format jwt, which carries names",
            CheckName.References when used is not null && AdviseOnName(result, used) is { } advice => advice + AdviseOnCopy(thing, trust, used),
            CheckName.References => "use the artifact under a signed name, or ask the signer for a "
                + $"signature with a certificate for that registry{AdviseOnCopy(thing, trust, used)}",
            _ => AdviseOnSubject(isEnvelope, thing),
        };
    }

    // If the used name is not signed, the signer's certificate is not the problem.
    private static string? AdviseOnName(VerificationResult result, Reference used)
    {
        const int MaxShown = 4;
        var signed = result.Signature?.Claims.References ?? [];
        if (signed.Any(name => name.Repository == used.Repository && name.EffectiveTag is not null && name.EffectiveTag == used.EffectiveTag))
            return null;
        if (signed.Count == 0)
            return $"the signature carries no name: ask the signer to sign for {used.Text} (--reference)";
        if (signed.FirstOrDefault(name => name.Repository == used.Repository && name is { EffectiveTag: null, Digest: not null }) is { } digest)
        {
            return $"the signature is for the digest, not the tag: use the artifact as {Quoted.Printable(digest.Text)} (also with "
                + "--reference), or ask "
                + $"the signer to sign for {used.Text} (--reference)";
        }

        var names = Alternatives.Of(signed.Take(MaxShown).Select(name => Quoted.Printable(name.Text)));
        return $"use the artifact as {names}{(signed.Count > MaxShown ? ", or another signed name" : "")}, "
            + $"or ask the signer to sign for {used.Text} (--reference)";
    }

    private static string AdviseOnCopy(SignedThing thing, Trust trust, Reference? used)
    {
        // With --reference, the user chose the name, and the artifact is not a copy.
        if (used is null || thing != SignedThing.Stored || trust.AllowsRelocation || trust.RequiresSignedName)
            return "";
        return "; for a copy that was signed under another name, "
            + (
                trust.IsByPolicy
                    ? "allow other names for its repository (nv2 trust allow --allow-relocated)"
                    : "give that name with --reference, or accept any with --allow-relocated"
            );
    }

    private static string AdviseOnSubject(bool isEnvelope, SignedThing thing)
    {
        var metadata = isEnvelope ? ", or its user metadata differs (--user-metadata)" : "";
        return thing switch
        {
            SignedThing.Stored => $"get the artifact and its signatures again from their "
                + $"source: this signature is of another artifact{metadata}",
            SignedThing.Blob => $"get the blob and the signature again: they do not belong together, the blob was changed, or it was signed with "
                + $"another media type (--media-type){metadata}",
            _ => $"get the artifact and the signature again: they do not belong together, the artifact was changed, or it has "
                + $"another media type (--media-type){metadata}",
        };
    }
}
