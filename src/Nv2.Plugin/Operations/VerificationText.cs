using Nv2.Plugin.Reports;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Text;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Operations;

/// <summary>The kind of thing that a signature covers.</summary>
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

    /// <summary>Describes the signatures of an artifact: one line for each, the reasons of those that fail, and which were not looked at.</summary>
    public static IEnumerable<string> Signatures(ArtifactVerification verification, string? unseen)
    {
        foreach (var line in List(verification))
            yield return line;
        if (verification.NotVerified > 0)
            yield return $"nv2: note: {verification.NotVerified} more signatures were not verified, since those above are enough (--all verifies all)";
        if (unseen is not null)
            yield return $"nv2: note: {unseen}";
    }

    // Signatures that fail for the same reasons are listed together, and what to do is said once, under the last of those that it is for.
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
                yield return $"{(result.Verified ? "holds" : "does not hold")}: {signature.Manifest.Digest} ({format}{signer})";
            }

            if (group.Key.Advice is not { } advice)
                continue;
            yield return group.Key.Reasons;
            if (!groups.Skip(number + 1).Any(later => later.Key.Advice == advice))
                yield return advice;
        }
    }

    /// <summary>
    /// Explains why a signature fails: a line for each check that was made and failed, and one that says what to do about the first.
    /// </summary>
    public static string Explain(VerificationResult result, SignedThing thing, Trust trust, Reference? used)
    {
        return string.Join('\n', Reasons(result).Append(Advise(result, thing, trust, used)));
    }

    private static IEnumerable<string> Reasons(VerificationResult result) =>
        Failed(result).Select(check => $"  {check.Name.InJson()}: {check.Reason}");

    private static IEnumerable<Check> Failed(VerificationResult result) => result.Checks.Where(check => check is { Passed: false, WasMade: true });

    private static string Advise(VerificationResult result, SignedThing thing, Trust trust, Reference? used) =>
        $"  what to do: {Advise(Failed(result).First().Name, result, thing, trust, used)}";

    private static string Advise(CheckName failed, VerificationResult result, SignedThing thing, Trust trust, Reference? used)
    {
        // The Notary Project's envelopes are not bound to names, and its rules for certificates are its own.
        var isEnvelope = result.Signature is { Format.CarriesReferences: false };
        return failed switch
        {
            CheckName.Format when result.Signature is not null => "ask the signer for another signature, or verify this "
                + "one with a program that knows what it asks for",
            CheckName.Format when thing == SignedThing.Stored => "get the artifact and its signatures again from where they were "
                + "published; other signatures of it are not affected",
            CheckName.Format => "make sure that the file is a signature, and get it again from its publisher",
            CheckName.Integrity => "do not use the artifact on the word of this signature: get the signature again from its publisher",
            CheckName.Authenticity when trust.IsNameMissing => "say with --reference under which name the artifact is used",
            CheckName.Authenticity when trust is { IsByPolicy: true, Statement: null } && thing == SignedThing.Blob =>
                "say in the trust policy whom you trust for blobs (docs/trust.md), or give certificates to trust with --cert or --ca-cert",
            CheckName.Authenticity when trust is { IsByPolicy: true, Statement: null } =>
                "say whom you trust for it with nv2 trust add and nv2 trust allow, or give certificates to trust with --cert or --ca-cert",
            CheckName.Authenticity when result.Signer is { } signer && trust.SignerIdentities?.Check(signer) is not null =>
                "if you trust the signer, name it with --signer-identity of nv2 trust allow, together with those that count already (docs/trust.md)",
            CheckName.Authenticity when trust.IsByPolicy =>
                "if you trust the signer, put the certificate into a trust store of its own, and allow that "
                    + "store for this repository alone (docs/trust.md)",
            CheckName.Authenticity => "if you trust the signer, give the signer's certificate with --cert, or its authority's with --ca-cert",
            CheckName.KeyUsage when isEnvelope => "ask the signer for a signature by certificates that meet the requirements of the "
                + "Notary Project (docs/verification.md, keyUsage)",
            CheckName.KeyUsage => "ask the signer for a signature by a certificate that allows digital signatures",
            CheckName.Validity when result is { Timestamp: null, Signature.Timestamp.IsEmpty: false } =>
                "if you trust the authority of the timestamp, give its certificate or its root's with --tsa-cert; "
                    + "otherwise ask the signer for a new signature",
            CheckName.Validity => "ask the signer for a new signature; if the date is in the future, check this machine's clock",
            CheckName.Revocation => "do not use the artifact if a certificate is revoked; if that cannot be told, put the revocation list of its "
                + "issuer into the folder crls of the trust home",
            CheckName.References when isEnvelope => "leave out --reference, or name the artifact by its own digest: signatures of this format are "
                + "not bound to names. A trust policy says who signs for which repository; a signature in the format jwt says for which names",
            CheckName.References when used is not null && AdviseOnName(result, used) is { } advice => advice + AdviseOnCopy(thing, trust, used),
            CheckName.References => "use the artifact under a name that was signed, or ask the signer for a "
                + $"signature by a certificate for that registry{AdviseOnCopy(thing, trust, used)}",
            _ => AdviseOnSubject(isEnvelope, thing),
        };
    }

    // Where the name in use is not signed, the signer's certificate is not what is wrong.
    private static string? AdviseOnName(VerificationResult result, Reference used)
    {
        const int MaxShown = 4;
        var signed = result.Signature?.Claims.References ?? [];
        if (signed.Any(name => name.Repository == used.Repository && name.EffectiveTag is not null && name.EffectiveTag == used.EffectiveTag))
            return null;
        if (signed.Count == 0)
            return $"the signature is for no name: ask the signer to sign for {used.Text} (--reference)";
        if (signed.FirstOrDefault(name => name.Repository == used.Repository && name is { EffectiveTag: null, Digest: not null }) is { } digest)
        {
            return $"the digest was signed, and not the tag: use the artifact as {Quoted.Printable(digest.Text)}, also as the value of --reference, or ask "
                + $"the signer to sign for {used.Text} (--reference)";
        }

        var names = Alternatives.Of(signed.Take(MaxShown).Select(name => Quoted.Printable(name.Text)));
        return $"use the artifact as {names}{(signed.Count > MaxShown ? ", or another signed name" : "")}, or ask the signer to sign for {used.Text} (--reference)";
    }

    private static string AdviseOnCopy(SignedThing thing, Trust trust, Reference? used)
    {
        // Where the name was asked for by --reference, it is no copy's.
        if (used is null || thing != SignedThing.Stored || trust.AllowsRelocation || trust.RequiresSignedName)
            return "";
        return "; for a copy of what was signed under another name, "
            + (
                trust.IsByPolicy
                    ? "allow that for its repository (nv2 trust allow --allow-relocated)"
                    : "give that name with --reference, or accept any with --allow-relocated"
            );
    }

    private static string AdviseOnSubject(bool isEnvelope, SignedThing thing)
    {
        var metadata = isEnvelope ? ", or signed with other user metadata than is asked for (--user-metadata)" : "";
        return thing switch
        {
            SignedThing.Stored => $"get the artifact and its signatures again from where they were "
                + $"published: this one is of something else{metadata}",
            SignedThing.Blob => $"get the blob and the signature again: they do not belong together, or the blob was changed, or signed as "
                + $"another media type (--media-type){metadata}",
            _ => $"get the artifact and the signature again: they do not belong together, or the artifact was changed, or its "
                + $"media type is another (--media-type){metadata}",
        };
    }
}
