using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nv2.Signing.Certificates;

namespace Nv2.Plugin.Cli.Text;

/// <summary>Certificates of trust stores for people.</summary>
internal static class CertificateText
{
    /// <summary>Appends a heading, and under it what tells the certificate from others, and whether it is valid <paramref name="now"/>.</summary>
    public static void Append(StringBuilder text, string heading, X509Certificate2 certificate, DateTimeOffset now)
    {
        var description = CertificateDescription.Of(certificate);
        var state = now > description.NotAfter ? ", has expired" : now < description.NotBefore ? ", is not valid yet" : "";
        text.Append(CultureInfo.InvariantCulture, $"{heading}\n");
        Line("subject", description.Subject);
        if (description.Issuer != description.Subject)
            Line("issuer", description.Issuer);
        Line("sha256", description.Sha256Thumbprint);
        Line("valid", $"{SignerCertificate.Format(description.NotBefore)} to {SignerCertificate.Format(description.NotAfter)}{state}");

        void Line(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"  {name,-10} {value}\n");
    }
}
