using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;
using Nv2.Signing.Timestamps;

namespace Nv2.Plugin.Reports;

/// <summary>What tells a certificate from others.</summary>
internal sealed record CertificateReport(string Subject, string Issuer, string Sha256Thumbprint, string NotBefore, string NotAfter)
{
    public static CertificateReport Of(X509Certificate2 certificate)
    {
        var description = CertificateDescription.Of(certificate);
        return new(
            description.Subject,
            description.Issuer,
            description.Sha256Thumbprint,
            SignerCertificate.Format(description.NotBefore),
            SignerCertificate.Format(description.NotAfter));
    }
}

/// <summary>When a timestamp authority saw a signature.</summary>
internal sealed record TimestampReport(string Time, decimal AccuracyInSeconds, CertificateReport? Authority)
{
    public static TimestampReport Of(TimestampToken timestamp) => new(
        SignerCertificate.Format(timestamp.Time),
        (decimal)timestamp.Accuracy.TotalSeconds,
        timestamp.Authority is null ? null : CertificateReport.Of(timestamp.Authority));
}

/// <summary>Why a timestamp cannot be read.</summary>
internal sealed record DamagedTimestamp(string Reason);
