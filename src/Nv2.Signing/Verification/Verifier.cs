using System.Collections.ObjectModel;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Certificates.Revocation;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Signing.Policy;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage;
using Nv2.Signing.Text;

namespace Nv2.Signing.Verification;

/// <summary>A signature to verify.</summary>
/// <param name="Signature">The bytes of the signature.</param>
/// <param name="Format">Its format, or <see langword="null"/> to detect it.</param>
/// <param name="Subject">The artifact that will be used.</param>
/// <param name="Trust">Who is trusted, and on what terms.</param>
/// <param name="MediaType">The media type that the caller expects, or <see langword="null"/> for any.</param>
/// <param name="Reference">The name under which the artifact will be used, or <see langword="null"/>.</param>
public sealed record VerificationRequest(
    ReadOnlyMemory<byte> Signature,
    ISignatureFormat? Format,
    Descriptor Subject,
    Trust Trust,
    MediaType? MediaType,
    Reference? Reference
)
{
    /// <summary>
    /// The critical attributes that the caller processes itself (<see cref="ExtendedClaim"/>), like a verification plug-in that the signature names.
    /// Verification fails if a critical attribute is neither among them nor known to the format.
    /// </summary>
    internal IReadOnlyCollection<string> ProcessedClaims { get; init; } = [];

    /// <summary>The metadata that must be signed along with the artifact, compared exactly; other metadata is ignored.</summary>
    public IReadOnlyDictionary<string, string> RequiredAnnotations { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>
    /// Whether <see cref="Subject"/> is a blob, content that is not a manifest, with the digest of <see cref="BlobContent.DigestFor(Signature)"/>. A
    /// blob does not state its media type: the signed one is only compared with <see cref="MediaType"/>, if given.
    /// </summary>
    internal bool IsBlob { get; init; }
}

/// <summary>Decides whether a signature is valid. Never opens a connection and never reads the machine's certificate stores.</summary>
/// <param name="clock">Tells the present moment.</param>
public sealed class Verifier(TimeProvider clock)
{
    /// <summary>Makes and reports every check of one signature, and decides about the artifact. An invalid signature is a result, not an
    /// exception.</summary>
    public VerificationResult Verify(VerificationRequest request)
    {
        try
        {
            return Verify(SignatureFormats.Parse(request.Signature, request.Format), request);
        }
        catch (InvalidInputException exception)
        {
            return Malformed(exception.Message, request.Trust);
        }
    }

    /// <summary>Verifies the signatures of an artifact where they are stored.</summary>
    /// <param name="store">The store.</param>
    /// <param name="subject">The artifact; its manifest is read and compared with this.</param>
    /// <param name="question">The question.</param>
    /// <exception cref="InvalidInputException">The artifact does not match its descriptor, or the signatures cannot be listed.</exception>
    public ArtifactVerification Verify(IArtifactStore store, Descriptor subject, ArtifactQuestion question)
    {
        if (question.Trust.Level.SkipsAll)
            return new(subject, [], question, Skipped(question.Trust));
        var use = Begin(question);
        ManifestTree.Require(store, subject);
        return VerifyRead(store, subject, question, use);
    }

    /// <summary>Starts the budget of a verification.</summary>
    internal BudgetUse Begin(ArtifactQuestion question) => question.Budget.Start(clock);

    /// <summary>The same for an artifact whose manifest has been compared with its descriptor.</summary>
    internal ArtifactVerification VerifyRead(IArtifactStore store, Descriptor subject, ArtifactQuestion question, BudgetUse use) =>
        question.Trust.Level.SkipsAll
            ? new(subject, [], question, Skipped(question.Trust))
            : Verify(SignatureEntry.Find(store, subject, use), subject, question, use);

    /// <summary>Verifies signatures of an artifact whose content is checked elsewhere, by its descriptor.</summary>
    /// <param name="entries">The signatures.</param>
    /// <param name="subject">The artifact.</param>
    /// <param name="question">The question.</param>
    /// <param name="use">The used part of the budget; <see langword="null"/> to start a new one.</param>
    /// <exception cref="BudgetExceededException">There are not enough valid ones within the budget.</exception>
    internal ArtifactVerification Verify(IReadOnlyList<SignatureEntry> entries, Descriptor subject, ArtifactQuestion question, BudgetUse? use = null)
    {
        if (question.Trust.Level.SkipsAll)
            return new(subject, [], question, Skipped(question.Trust));
        var (results, notVerified) = StoredSignatures.Verify(this, entries, subject, question, use ?? question.Budget.Start(clock));
        return new(
            subject,
            results,
            question,
            Decide(
                ArtifactVerification.Check(results, question.Quorum),
                results.Where(one => one.Result.Verified).SelectMany(one => one.Result.Checks),
                results.Any(one => one.Result.IsBroken),
                question.Trust
            )
        )
        {
            NotVerified = notVerified,
        };
    }

    /// <summary>Makes every check of a parsed signature.</summary>
    internal VerificationResult Verify(Signature signature, VerificationRequest request)
    {
        var now = clock.GetUtcNow();
        var rules = VerificationRules.For(signature.Format);
        var trust = request.Trust;
        var signer = FindSigner(signature, trust.Certificates, now);
        var path = signer is null
            ? new CertificatePath([], UnknownSigner(signature, trust.Certificates))
            : rules.FindPath(signature, signer, trust.Certificates, now);
        var level = trust.Level;
        var timestamp = rules.JudgeTimestamp(signature, request, now);
        List<Check> checks =
        [
            new(CheckName.Format, rules.CheckForm(signature, request)),
            CheckWith(CheckName.Integrity, certificate => [(ValidationAction.Enforce, CheckIntegrity(signature, certificate, rules))]),
            Judge(
                CheckName.Authenticity,
                (ValidationAction.Enforce, trust.Refusal),
                (level.Authenticity, path.Failure),
                (level.Authenticity, signer is null ? null : trust.CheckIdentities(signer))
            ),
            CheckWith(CheckName.KeyUsage, certificate => CheckUsage(certificate)),
            CheckWith(
                CheckName.Validity,
                _ =>
                    [
                        (level.Expiry, CheckValidity(signature.Claims, now, trust.ClockTolerance)),
                        (level.AuthenticTimestamp, CheckTimestampRequired(signature, timestamp, trust)),
                        (level.AuthenticTimestamp, rules.CheckDates(signature, path, request, timestamp, now)),
                    ]
            ),
            Unless(
                rules.ExplainUncheckedName(signature, request),
                CheckWith(CheckName.References, certificate => [(level.Authenticity, rules.CheckReferences(signature, certificate, path, request))])
            ),
            new(CheckName.Subject, SubjectCheck.Make(signature, request)),
        ];
        if (trust.Revocation is { } revocation)
            checks.Add(path.Failure is null ? CheckRevocation(revocation) : RevocationUnknown(level));

        return new VerificationResult(checks, signature, signer)
        {
            Decision = Decide(checks, trust),
            Timestamp = timestamp is { Failure: null } ? timestamp.Token : null,
        };

        (ValidationAction, string?)[] CheckUsage(X509Certificate2 certificate)
        {
            // A policy trusts only through stores of authorities.
            var isPinned = path.Failure is not null || (!trust.IsByPolicy && CertificatePath.Contains(trust.Certificates.Pinned, certificate));
            var (failure, warning) = rules.CheckUsage(certificate, signature.Certificates, isPinned);
            return [(ValidationAction.Enforce, failure), (ValidationAction.Log, warning)];
        }

        Check CheckRevocation(RevocationCheck revocation)
        {
            var check = CheckWith(CheckName.Revocation, _ => [(level.Revocation, revocation.CheckPath(path.Certificates))]);
            return check is { Passed: true, Warning: null } ? check with { Notice = revocation.DescribeUnmatched(path.Certificates) } : check;
        }

        Check CheckWith(CheckName name, Func<X509Certificate2, (ValidationAction, string?)[]> check) =>
            signer is null ? new Check(name, "not checked: the signer's certificate is not known", WasMade: false) : Judge(name, check(signer));
    }

    /// <summary>Whether the signer of a signature may have a path to a trusted certificate, by names and signatures of certificates. Only keys of
    /// trusted certificates and those below them are used.</summary>
    internal static bool MayBeTrusted(Signature signature, Trust trust)
    {
        if (trust.Level.Authenticity != ValidationAction.Enforce)
            return true;
        var (trusted, chain) = (VerificationRules.For(signature.Format).Trusted(trust.Certificates), signature.Certificates);
        if (trust.Refusal is not null)
            return false;
        if (chain is not [var signer, ..])
            return trusted.Pinned.Count > 0;
        var anchors = signature.Claims.Scheme == SigningScheme.SigningAuthority ? trusted.SigningAuthorities : trusted.Roots;
        if (CertificatePath.Contains(trusted.Pinned, signer) || CertificatePath.Contains(anchors, signer))
            return true;
        return VouchedCertificates.Of(chain, anchors) is var vouched && (vouched.Contains(signer) || vouched.IsExhausted);
    }

    /// <summary>The result for a signature that <see cref="MayBeTrusted"/> excludes, by the checks without cryptography.</summary>
    internal static VerificationResult NotTrusted(Signature signature, VerificationRequest request)
    {
        var reason = "the signer's certificate has no path to a trusted certificate";
        List<Check> checks =
        [
            new(CheckName.Format, null),
            NotMade(CheckName.Integrity),
            new(CheckName.Authenticity, reason),
            NotMade(CheckName.KeyUsage),
            NotMade(CheckName.Validity),
            NotMade(CheckName.References),
            new(CheckName.Subject, SubjectCheck.Make(signature, request)),
        ];
        if (request.Trust.Revocation is not null)
            checks.Add(NotMade(CheckName.Revocation));
        return new(checks, signature, signature.Certificates.Count > 0 ? signature.Certificates[0] : null)
        {
            Decision = Decide(checks, request.Trust),
        };

        static Check NotMade(CheckName name) => new(name, "not checked: the signer is not trusted", WasMade: false);
    }

    internal static VerificationResult Malformed(string reason, Trust trust)
    {
        var checks = VerificationResult.Malformed(reason);
        return new(checks, null, null) { Decision = Decide(checks, trust) };
    }

    private static Decision Decide(IReadOnlyList<Check> checks, Trust trust) =>
        trust.Level.SkipsAll
            ? Skipped(trust)
            : Decide(
                VerificationResult.AreAllPassed(checks) ? null : "its signature is not valid",
                checks,
                VerificationResult.IsAnyBroken(checks),
                trust
            );

    // The one place that decides. If trust is not required, an attacker can simply omit the signature; a broken one shows that something is wrong,
    // and is never accepted.
    private static Decision Decide(string? failure, IEnumerable<Check> checks, bool isBroken, Trust trust)
    {
        if (failure is not null)
        {
            return trust.IsRequired || isBroken
                ? new(Outcome.Refused, null)
                : new(Outcome.NotRequired, $"{failure}; accepted because trust is not required");
        }

        var warnings = Texts(checks.Select(check => check.Warning));
        if (warnings.Count > 0 && trust.IsByPolicy)
            warnings[0] = $"the trust policy only logs this: {warnings[0]}";
        warnings.AddRange(Texts(checks.Select(check => check.Notice)));
        return new(Outcome.Verified, warnings.Count == 0 ? null : string.Join("; ", warnings));

        static List<string> Texts(IEnumerable<string?> texts) => [.. texts.OfType<string>().Distinct()];
    }

    // Only the statement of a policy can have a level that skips everything.
    private static Decision Skipped(Trust trust) =>
        new(Outcome.Skipped, $"nothing was verified: the statement {Quoted.Text(trust.Statement?.Name)} of the trust policy skips it");

    private static Check Unless(string? notMadeReason, Check check) =>
        check.Passed && notMadeReason is not null ? check with { NotMadeReason = notMadeReason } : check;

    private static Check RevocationUnknown(VerificationLevel level) =>
        Judge(CheckName.Revocation, (level.Revocation, "not checked: there is no path to a trusted certificate")) with
        {
            WasMade = false,
        };

    // An enforced failure fails the check; a logged one becomes a warning.
    private static Check Judge(CheckName name, params ReadOnlySpan<(ValidationAction Action, string? Failure)> findings)
    {
        string? reason = null;
        string? warning = null;
        foreach (var (action, failure) in findings)
        {
            if (failure is null)
                continue;
            if (action == ValidationAction.Log)
                warning = warning is null ? failure : $"{warning}; {failure}";
            else
                reason ??= failure;
        }

        return new Check(name, reason) { Warning = warning };
    }

    private static string UnknownSigner(Signature signature, TrustedCertificates trusted) =>
        trusted.Pinned.Count == 0
            ? $"the signature is by the key {Quoted.Text(signature.KeyId)}, but there is no trusted certificate with that key"
            : $"the signature is by the key {Quoted.Text(signature.KeyId)}, but none of the trusted certificates has that key";

    // A key id names a key, which is trusted only through a pinned certificate: the signature has no certificate of an authority. Of several
    // certificates of one key (an old one and its renewal), one that allows the signature is enough.
    private static X509Certificate2? FindSigner(Signature signature, TrustedCertificates trusted, DateTimeOffset now)
    {
        if (signature.Certificates.Count > 0)
            return signature.Certificates[0];

        var ofKey = trusted.Pinned.Where(certificate => LibtrustKeyId.Compute(SubjectPublicKey.Of(certificate)) == signature.KeyId).ToList();
        return ofKey.Find(certificate =>
                (
                    SignerCertificate.CheckDates(certificate, now)
                    ?? SignerCertificate.CheckKeyUsage(certificate)
                    ?? SignerCertificate.CheckReferences(certificate, [], signature.Claims.References)
                )
                    is null
            ) ?? ofKey.FirstOrDefault();
    }

    private static string? CheckIntegrity(Signature signature, X509Certificate2 signer, VerificationRules rules)
    {
        var allowed = signature.Format.Algorithms;
        if (SigningAlgorithm.Find(signature.Algorithm) is not { } algorithm || !allowed.Contains(algorithm))
            return $"the algorithm {Quoted.Text(signature.Algorithm)} is refused: expected {Alternatives.Of(allowed)}";

        try
        {
            using var key = VerificationKey.Of(signer);
            if (!rules.Fits(algorithm, key.Spec))
                return $"the algorithm {algorithm} does not fit the signer's key, which is {key.Spec}";
            return key.Verify(signature.SignedBytes.Span, signature.Value.Span, algorithm) ? null : "the signature does not match the signed content";
        }
        catch (InvalidInputException exception)
        {
            return exception.Message;
        }
    }

    // The time of a signing authority takes the place of a timestamp. A timestamp that is not valid is a separate failure.
    private static string? CheckTimestampRequired(Signature signature, TimestampOutcome? timestamp, Trust trust)
    {
        if (!trust.RequiresTimestamp || timestamp is not null || signature.Claims.Scheme == SigningScheme.SigningAuthority)
            return null;
        return signature.Format.WithTimestamp is null
            ? $"the settings require a timestamp, which the format {signature.Format.Name} does not support"
            : "the signature has no timestamp, which the settings require";
    }

    // A tolerance is for clocks that differ at the beginning: the end of a signature is not extended.
    private static string? CheckValidity(Claims claims, DateTimeOffset now, TimeSpan clockTolerance)
    {
        if (claims.ExpiresAt <= now)
            return $"the signature expired at {Rfc3339.Format(claims.ExpiresAt.Value)}";
        return claims.NotBefore is { } notBefore && notBefore - now > clockTolerance
            ? $"the signature is not valid before {Rfc3339.Format(notBefore)}"
            : null;
    }
}
