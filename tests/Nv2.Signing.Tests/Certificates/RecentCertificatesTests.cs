using Nv2.Signing.Certificates;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Certificates;

public sealed class RecentCertificatesTests
{
    [Fact]
    public void A_certificate_that_was_read_before_is_the_same_in_an_object_of_its_own()
    {
        var der = Der("rsa2048");
        var first = CertificateFile.ParseDer(der);
        var second = CertificateFile.ParseDer(der);

        Assert.NotSame(first, second);
        Assert.Equal(first.RawData, second.RawData);
        first.Dispose();
        Assert.Equal(der, second.RawData);
        Assert.Equal(der, CertificateFile.ParseDer(der).RawData);
    }

    // One bit makes another certificate, which is read and checked by itself.
    [Fact]
    public void A_certificate_that_differs_in_one_byte_is_another()
    {
        var der = Der("p256");
        using var original = CertificateFile.ParseDer(der);
        der[^1] ^= 1; // In the signature.

        using var other = CertificateFile.ParseDer(der);

        Assert.NotEqual(original.RawData, other.RawData);
    }

    [Fact]
    public void What_was_refused_is_refused_again()
    {
        byte[] damaged = [.. Der("p256"), 0];

        Assert.Throws<InvalidInputException>(() => CertificateFile.ParseDer(damaged));
        Assert.Throws<InvalidInputException>(() => CertificateFile.ParseDer(damaged));
    }

    [Fact]
    public void Many_threads_get_the_certificates_that_they_ask_for()
    {
        string[] names = ["rsa2048", "rsa3072", "rsa4096", "p256", "p384", "p521", "root", "intermediate", "leaf", "cn-only"];
        var ders = names.Select(Der).ToArray();

        Parallel.For(
            0,
            2000,
            index =>
            {
                var der = ders[index % ders.Length];
                using var certificate = CertificateFile.ParseDer(der);
                Assert.Equal(der, certificate.RawData);
            }
        );
    }

    private static byte[] Der(string name)
    {
        using var certificate = CertificateFile.Parse(Vectors.Read($"keys/{name}.crt"))[0];
        return certificate.RawData;
    }
}
