using System.Text.Json.Serialization;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Reports;

/// <summary>One check and its outcome.</summary>
/// <param name="Check">The name of the check.</param>
/// <param name="Passed">Whether it was made and passed.</param>
/// <param name="Outcome"><c>notMade</c> if it was not made and did not fail; otherwise <see langword="null"/>.</param>
/// <param name="Reason">Why it did not pass.</param>
/// <param name="Warning">A warning although it passed.</param>
internal sealed record CheckReport(string Check, bool Passed, string? Outcome, string? Reason, string? Warning) : IJsonRecord
{
    private const string NotMade = "notMade";

    public static CheckReport Of(Check check) =>
        new(
            check.Name.InJson(),
            check is { Passed: true, NotMadeReason: null },
            check.NotMadeReason is null ? null : NotMade,
            check.Reason ?? check.NotMadeReason,
            check.Warning ?? check.Notice
        );

    public void WriteTo(JsonProperties json)
    {
        json.Text("check"u8, Check);
        json.Flag("passed"u8, Passed);
        json.Text("outcome"u8, Outcome);
        json.Text("reason"u8, Reason);
        json.Text("warning"u8, Warning);
    }
}

/// <summary>A verification with given certificates: whether the signature is valid, its claims, its signer, and all checks.</summary>
internal record VerificationReport : SignatureReport, IJsonRecord
{
    protected VerificationReport(VerificationResult result, Descriptor subject)
        : base(result.Verified, result.Signature)
    {
        Subject = DescriptorReport.Of(subject);
        Timestamp = result.Timestamp is null ? null : TimestampReport.Of(result.Timestamp);
        Signer = result.Signer is null ? null : CertificateReport.Of(result.Signer);
        Checks = [.. result.Checks.Select(CheckReport.Of)];
    }

    [JsonPropertyOrder(1)]
    public DescriptorReport Subject { get; }

    [JsonPropertyOrder(3)]
    public TimestampReport? Timestamp { get; }

    [JsonPropertyOrder(3)]
    public CertificateReport? Signer { get; }

    [JsonPropertyOrder(3)]
    public IReadOnlyList<CheckReport> Checks { get; }

    /// <summary>The report of a verification: a <see cref="PolicyVerificationReport"/> if a trust policy decided.</summary>
    public static VerificationReport Of(VerificationResult result, Descriptor subject, Trust trust) =>
        trust.IsByPolicy ? PolicyVerificationReport.Of(result, subject, trust) : new VerificationReport(result, subject);

    public virtual void WriteTo(JsonProperties json)
    {
        WriteFormat(json);
        json.Record("subject"u8, Subject);
        WriteClaims(json);
        json.Record("timestamp"u8, Timestamp);
        json.Record("signer"u8, Signer);
        json.Records("checks"u8, Checks);
    }
}

/// <summary>A verification by the trust policy.</summary>
internal sealed record PolicyVerificationReport : VerificationReport
{
    private PolicyVerificationReport(VerificationResult result, Descriptor subject, PolicyOutcome outcome)
        : base(result, subject) => (Accepted, Warning, TrustPolicy, CertificateSources) = outcome;

    [JsonPropertyOrder(4)]
    public bool Accepted { get; }

    [JsonPropertyOrder(4)]
    public string? Warning { get; }

    [JsonPropertyOrder(4)]
    public TrustPolicyReport TrustPolicy { get; }

    [JsonPropertyOrder(4)]
    public IReadOnlyList<CertificateSourceReport>? CertificateSources { get; }

    public static new PolicyVerificationReport Of(VerificationResult result, Descriptor subject, Trust trust) =>
        new(result, subject, PolicyOutcome.Of(trust, result.Decision, [result]));

    public override void WriteTo(JsonProperties json)
    {
        base.WriteTo(json);
        json.Flag("accepted"u8, Accepted);
        json.Text("warning"u8, Warning);
        json.Record("trustPolicy"u8, TrustPolicy);
        json.Records("certificateSources"u8, CertificateSources);
    }
}

/// <summary>The trust policy that decided about an artifact.</summary>
internal sealed record TrustPolicyReport(string? Statement, string? Level, bool TrustRequired) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("statement"u8, Statement);
        json.Text("level"u8, Level);
        json.Flag("trustRequired"u8, TrustRequired);
    }
}

/// <summary>Where to get a certificate.</summary>
internal sealed record CertificateSourceReport(string Url, string? Sha256Thumbprint, string? Store) : IJsonRecord
{
    public void WriteTo(JsonProperties json)
    {
        json.Text("url"u8, Url);
        json.Text("sha256Thumbprint"u8, Sha256Thumbprint);
        json.Text("store"u8, Store);
    }
}

/// <summary>The decision of a trust policy: the last properties of every report by a policy.</summary>
internal sealed record PolicyOutcome(
    bool Accepted,
    string? Warning,
    TrustPolicyReport TrustPolicy,
    IReadOnlyList<CertificateSourceReport>? CertificateSources
)
{
    public static PolicyOutcome Of(Trust trust, Decision decision, IEnumerable<VerificationResult> results) =>
        new(
            decision.IsAccepted,
            decision.WarningText(),
            new(trust.Statement?.Name, trust.Statement?.Level.Name, trust.IsRequired),
            decision.IsAccepted || CertificateSource.Of(trust, results) is not { Count: > 0 } sources
                ? null
                : [.. sources.Select(source => new CertificateSourceReport(source.Url, source.Sha256Thumbprint, source.Store?.ToString()))]
        );
}

/// <summary>A stored signature and its verification.</summary>
internal sealed record StoredSignatureReport : VerificationReport
{
    internal StoredSignatureReport(StoredResult verified, Descriptor subject)
        : base(verified.Result, subject) => Manifest = DescriptorReport.Of(verified.Signature.Manifest);

    [JsonPropertyOrder(-1)]
    public DescriptorReport Manifest { get; }

    public override void WriteTo(JsonProperties json)
    {
        json.Record("manifest"u8, Manifest);
        base.WriteTo(json);
    }
}

/// <summary>The verifications of all signatures that are stored beside an artifact.</summary>
internal record ArtifactReport
{
    protected ArtifactReport(ArtifactVerification verification)
    {
        Verified = verification.Failure is null;
        Reason = verification.Failure;
        Subject = DescriptorReport.Of(verification.Subject);
        Signers = verification.Signers;
        Signatures = [.. verification.Signatures.Select(signature => new StoredSignatureReport(signature, verification.Subject))];
        SignaturesNotVerified = verification.NotVerified;
    }

    public bool Verified { get; }

    public string? Reason { get; }

    public DescriptorReport Subject { get; }

    public int Signers { get; }

    public IReadOnlyList<StoredSignatureReport> Signatures { get; }

    /// <summary>The number of signatures that were not verified, because enough are valid.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int SignaturesNotVerified { get; }

    /// <summary>The report: a <see cref="PolicyArtifactReport"/> if a trust policy decided.</summary>
    public static ArtifactReport Of(ArtifactVerification verification) =>
        verification.Question.Trust.IsByPolicy ? PolicyArtifactReport.Of(verification) : new ArtifactReport(verification);
}

/// <summary>The same by the trust policy.</summary>
internal sealed record PolicyArtifactReport : ArtifactReport
{
    private PolicyArtifactReport(ArtifactVerification verification, PolicyOutcome outcome)
        : base(verification) => (Accepted, Warning, TrustPolicy, CertificateSources) = outcome;

    [JsonPropertyOrder(1)]
    public bool Accepted { get; }

    [JsonPropertyOrder(1)]
    public string? Warning { get; }

    [JsonPropertyOrder(1)]
    public TrustPolicyReport TrustPolicy { get; }

    [JsonPropertyOrder(1)]
    public IReadOnlyList<CertificateSourceReport>? CertificateSources { get; }

    public static new PolicyArtifactReport Of(ArtifactVerification verification) =>
        new(
            verification,
            PolicyOutcome.Of(verification.Question.Trust, verification.Decision, verification.Signatures.Select(signature => signature.Result))
        );
}

/// <summary>An artifact that the trust policy leaves unverified.</summary>
internal sealed record SkippedReport(bool Verified, DescriptorReport Subject, bool Accepted, string? Warning, TrustPolicyReport TrustPolicy)
{
    public static SkippedReport Of(ArtifactVerification verification)
    {
        var outcome = PolicyOutcome.Of(verification.Question.Trust, verification.Decision, []);
        return new(Verified: false, DescriptorReport.Of(verification.Subject), outcome.Accepted, outcome.Warning, outcome.TrustPolicy);
    }
}

/// <summary>The names of the checks in JSON and for people.</summary>
internal static class CheckNames
{
    /// <summary>The name of a check: <c>keyUsage</c>.</summary>
    public static string InJson(this CheckName name) =>
        name switch
        {
            CheckName.Format => "format",
            CheckName.Integrity => "integrity",
            CheckName.Authenticity => "authenticity",
            CheckName.KeyUsage => "keyUsage",
            CheckName.Validity => "validity",
            CheckName.References => "references",
            CheckName.Revocation => "revocation",
            _ => "subject",
        };
}
