using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;
using Nv2.Signing.Text;
using Nv2.Signing.Timestamps;

namespace Nv2.Plugin.Reports;

/// <summary>The identity of a certificate.</summary>
internal sealed record CertificateReport(string Subject, string Issuer, string Sha256Thumbprint, string NotBefore, string NotAfter) : IJsonRecord
{
    public static CertificateReport Of(X509Certificate2 certificate)
    {
        var description = CertificateDescription.Of(certificate);
        return new(
            description.Subject,
            description.Issuer,
            description.Sha256Thumbprint,
            Rfc3339.Format(description.NotBefore),
            Rfc3339.Format(description.NotAfter)
        );
    }

    public void WriteTo(JsonProperties json)
    {
        json.Text("subject"u8, Subject);
        json.Text("issuer"u8, Issuer);
        json.Text("sha256Thumbprint"u8, Sha256Thumbprint);
        json.Text("notBefore"u8, NotBefore);
        json.Text("notAfter"u8, NotAfter);
    }
}

/// <summary>A verified timestamp.</summary>
internal sealed record TimestampReport(string Time, decimal AccuracyInSeconds, CertificateReport Authority) : IJsonRecord
{
    public static TimestampReport Of(TimestampToken timestamp) =>
        new(Rfc3339.Format(timestamp.Time), (decimal)timestamp.Accuracy.TotalSeconds, CertificateReport.Of(timestamp.Authority!));

    public void WriteTo(JsonProperties json)
    {
        json.Text("time"u8, Time);
        json.Number("accuracyInSeconds"u8, AccuracyInSeconds);
        json.Record("authority"u8, Authority);
    }
}

/// <summary>The claims of an unverified timestamp.</summary>
/// <param name="Time">The time by the authority's clock.</param>
/// <param name="AccuracyInSeconds">The accuracy of that clock, in both directions.</param>
/// <param name="Authority">The authority's certificate, or <see langword="null"/> if the timestamp does not contain it.</param>
internal sealed record ClaimedTimestamp(string Time, decimal AccuracyInSeconds, CertificateReport? Authority)
{
    public static ClaimedTimestamp Of(TimestampToken timestamp) =>
        new(
            Rfc3339.Format(timestamp.Time),
            (decimal)timestamp.Accuracy.TotalSeconds,
            timestamp.Authority is null ? null : CertificateReport.Of(timestamp.Authority)
        );
}

/// <summary>Why a timestamp cannot be read.</summary>
internal sealed record DamagedTimestamp(string Reason);
