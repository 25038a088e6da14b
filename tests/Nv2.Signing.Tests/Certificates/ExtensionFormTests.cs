using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;

namespace Nv2.Signing.Tests.Certificates;

/// <summary>Extensions that are empty, in another form than DER, twice, or critical and not supported: they refuse the certificate wherever it is
/// used.</summary>
public sealed class ExtensionFormTests
{
    private const string KeyUsage = "2.5.29.15";
    private const string SubjectAltName = "2.5.29.17";
    private const string BasicConstraints = "2.5.29.19";
    private const string NameConstraints = "2.5.29.30";
    private const string Policies = "2.5.29.32";
    private const string PolicyMappings = "2.5.29.33";
    private const string ExtendedKeyUsage = "2.5.29.37";
    private const string Dns = "820178";

    [Theory]
    [InlineData(KeyUsage, "03020780")]
    [InlineData(SubjectAltName, "3003" + Dns)]
    [InlineData(BasicConstraints, "3000")]
    [InlineData(BasicConstraints, "30060101ff020100")]
    [InlineData(BasicConstraints, "3003020100")]
    [InlineData(ExtendedKeyUsage, "300a06082b06010505070303")]
    [InlineData(Policies, "3006300406022a03")]
    [InlineData(Policies, "3017301506022a03300f300d06082b060105050702011601" + "78")]
    [InlineData(NameConstraints, "3007a0053003" + Dns)]
    public void An_extension_in_its_form_is_accepted(string oid, string value) => Assert.Null(Check(oid, value));

    [Theory]
    [InlineData(KeyUsage, "030100")] // No bit.
    [InlineData(KeyUsage, "03020080")] // Zeros at the end.
    [InlineData(KeyUsage, "0303078000")]
    [InlineData(KeyUsage, "030207ff")] // Bits that are not there.
    [InlineData(SubjectAltName, "3000")]
    [InlineData(SubjectAltName, "308103" + Dns)]
    [InlineData(SubjectAltName, "3080" + Dns + "0000")]
    [InlineData(SubjectAltName, "3003" + Dns + "0500")]
    [InlineData(SubjectAltName, "3003890178")]
    [InlineData(BasicConstraints, "3003010100")]
    [InlineData(BasicConstraints, "3003010101")]
    [InlineData(BasicConstraints, "30060101ff0201ff")]
    [InlineData(ExtendedKeyUsage, "3000")]
    [InlineData(ExtendedKeyUsage, "")]
    [InlineData(ExtendedKeyUsage, "30810a06082b06010505070303")]
    [InlineData(ExtendedKeyUsage, "300c06082b060105050703030500")]
    [InlineData(Policies, "3000")]
    [InlineData(Policies, "3010300e06022a0330083006060" + "22a040500")] // A qualifier that is not supported, in a critical extension.
    [InlineData(PolicyMappings, "3000")]
    [InlineData(NameConstraints, "3000")]
    [InlineData(NameConstraints, "3002a000")]
    [InlineData(NameConstraints, "3002a100")]
    [InlineData(NameConstraints, "300aa1083006" + Dns + "800100")] // A minimum that is the default.
    [InlineData(NameConstraints, "3008a10630048202" + "2a2e")]
    [InlineData(NameConstraints, "300aa1083006870400000000")]
    public void An_extension_in_another_form_refuses_the_certificate(string oid, string value)
    {
        Assert.NotNull(Check(oid, value));
        AssertNotPinned(new X509Extension(oid, Convert.FromHexString(value), critical: true));
    }

    [Theory]
    [InlineData("2.5.29.14", "040101")]
    [InlineData("2.5.29.18", "3003" + Dns)]
    [InlineData("2.5.29.35", "3000")]
    [InlineData("2.5.29.46", "3000")]
    [InlineData("1.3.6.1.5.5.7.1.1", "3000")]
    [InlineData("1.2.3.4", "0500")]
    public void A_critical_extension_that_is_not_supported_refuses_a_pinned_certificate_too(string oid, string value)
    {
        AssertNotPinned(new X509Extension(oid, Convert.FromHexString(value), critical: true));
        Assert.Null(FindPinned(new X509Extension(oid, Convert.FromHexString(value), critical: false)));
    }

    [Theory]
    [InlineData(ExtendedKeyUsage, "300a06082b06010505070303", "0603551d26", "0603551d25")]
    [InlineData(SubjectAltName, "3003" + Dns, "0603551d26", "0603551d11")]
    [InlineData("1.2.3.4", "0500", "06032a0305", "06032a0304")]
    public void An_extension_that_is_there_twice_refuses_a_pinned_certificate_too(string oid, string value, string other, string repeated)
    {
        // The platform makes no such certificate: the second extension gets its identifier afterwards.
        var extension = new X509Extension(oid, Convert.FromHexString(value), critical: false);
        var second = new X509Extension(other == "06032a0305" ? "1.2.3.5" : "2.5.29.38", extension.RawData, critical: false);
        using var different = Names.Certificate(new X500DistinguishedName("CN=x"), extension, second);
        using var twice = X509CertificateLoader.LoadCertificate(
            Convert.FromHexString(Convert.ToHexStringLower(different.RawData).Replace(other, repeated, StringComparison.Ordinal))
        );

        Assert.Null(FindPinned(different));
        Assert.Contains("more than once", FindPinned(twice), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("300a06082b06010505070303", null)]
    [InlineData("3000", "is empty")]
    [InlineData("30810a06082b06010505070303", "damaged, or not in DER")]
    public void An_envelope_s_certificates_have_their_usages_in_the_right_form(string usages, string? reason)
    {
        using var certificate = Names.Certificate(
            new X500DistinguishedName("CN=x"),
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true),
            new X509Extension(ExtendedKeyUsage, Convert.FromHexString(usages), critical: false)
        );

        var failure = CertificateRequirements.CheckSigning([certificate]);
        if (reason is null)
            Assert.Null(failure);
        else
            Assert.Contains(reason, failure, StringComparison.Ordinal);
    }

    private static string? Check(string oid, string value)
    {
        using var certificate = Names.Certificate(
            new X500DistinguishedName("CN=x"),
            new X509Extension(oid, Convert.FromHexString(value), critical: true)
        );
        return CertificateExtensions.Check(certificate);
    }

    private static void AssertNotPinned(params X509Extension[] extensions) =>
        Assert.Contains("the certificate CN=x is refused: ", FindPinned(extensions), StringComparison.Ordinal);

    private static string? FindPinned(params X509Extension[] extensions)
    {
        using var certificate = Names.Certificate(new X500DistinguishedName("CN=x"), extensions);
        return FindPinned(certificate);
    }

    private static string? FindPinned(X509Certificate2 certificate) =>
        CertificatePath.Find(certificate, [], new TrustedCertificates([certificate], []), Signatures.Now, PathUse.Signing).Failure;
}
