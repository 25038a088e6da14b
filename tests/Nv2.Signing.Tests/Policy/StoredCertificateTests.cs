using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;
using Nv2.Signing.Policy;
using Nv2.Signing.Reuse;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Policy;

/// <summary>Stores of many authorities: what is not needed is not parsed, and what is needed is found and refused as it always is.</summary>
public sealed class StoredCertificateTests(OpenSsl openSsl) : IClassFixture<OpenSsl>, IDisposable
{
    private static readonly TrustStoreName Acme = TrustStoreName.Parse("ca:acme");

    private readonly TemporaryFolder folder = new();

    private TrustHome Home => new(folder.Path);

    [Theory]
    [InlineData("/C=US/O=acme/CN=root", "/C=US/O=ACME/CN=Root", true)]
    [InlineData("/C=US/O=acme/CN=root", "/C=US/O= acme /CN=ro ot", false)]
    [InlineData("/C=US/O=acme inc/CN=root", "/C=US/O=acme  inc/CN=root", true)]
    [InlineData("/C=US/O=acme/CN=root", "/C=US/O=acme/CN=root2", false)]
    [InlineData("/C=US/O=acme/CN=root", "/C=US/CN=root/O=acme", false)]
    [InlineData("/O=Bücher/CN=root", "/O=BÜCHER/CN=root", true)]
    [InlineData("/O=Bücher/CN=root", "/O=Bucher/CN=root", false)]
    public void Names_that_are_the_same_have_one_number(string one, string other, bool areSame)
    {
        var (first, second) = (Name(one), Name(other));

        Assert.Equal(areSame, NameComparison.AreSame(first, second));
        if (areSame)
            Assert.True(MayBeSame(first, second));
    }

    [Fact]
    public void The_order_within_a_relative_name_means_nothing()
    {
        var (first, second) = (
            DistinguishedNames.Encode([("2.5.4.3", "a"), ("2.5.4.10", "b")]),
            DistinguishedNames.Encode([("2.5.4.10", "B"), ("2.5.4.3", "A")])
        );

        Assert.True(NameComparison.AreSame(first, second));
        Assert.True(MayBeSame(first, second));
    }

    [Theory]
    [InlineData(UniversalTagNumber.PrintableString, UniversalTagNumber.UTF8String)]
    [InlineData(UniversalTagNumber.PrintableString, UniversalTagNumber.BMPString)]
    [InlineData(UniversalTagNumber.UTF8String, UniversalTagNumber.T61String)]
    [InlineData(UniversalTagNumber.IA5String, UniversalTagNumber.VisibleString)]
    public void Names_in_other_string_types_are_found(UniversalTagNumber one, UniversalTagNumber other)
    {
        var (first, second) = (Encode("Acme Root", one), Encode("ACME  root ", other));

        Assert.True(NameComparison.AreSame(first, second));
        Assert.True(MayBeSame(first, second));
    }

    [Fact]
    public void The_names_of_all_vectors_tell_apart_what_the_comparison_tells_apart()
    {
        var names = Directory
            .GetFiles(Vectors.PathOf("keys"), "*.crt")
            .SelectMany(file => CertificateFile.Parse(File.ReadAllBytes(file)))
            .Select(certificate => certificate.SubjectName)
            .ToList();
        Assert.True(names.Count > 5);

        foreach (var (first, second) in names.SelectMany(first => names.Select(second => (first, second))))
            Assert.True(MayBeSame(first, second) || !NameComparison.AreSame(first, second));
    }

    [Fact]
    public void An_authority_is_recognised_and_nothing_else_is_taken_for_one()
    {
        var root = openSsl.Issue(new CertificatePlan("/CN=root"));
        var leaf = openSsl.Issue(CertificatePlan.Leaf(root));
        var scan = CertificateScan.Of(root.Certificate.RawData)!.Value;
        Assert.True(scan.IsAuthority);
        Assert.Equal(root.Certificate.SubjectName.RawData, root.Certificate.RawData[scan.Subject]);
        Assert.False(CertificateScan.Of(leaf.Certificate.RawData)?.IsAuthority ?? false);

        // Whatever is cut off or follows, and whatever length or tag is changed: parsing it decides, or the content alone has changed.
        var der = root.Certificate.RawData;
        for (var length = 0; length < der.Length; length++)
            Assert.Null(CertificateScan.Of(der.AsSpan(0, length)));
        Assert.Null(CertificateScan.Of([.. der, 0]));
        for (var position = 0; position < der.Length; position++)
        {
            var changed = (byte[])der.Clone();
            changed[position] ^= 0x55;
            _ = CertificateScan.Of(changed); // Never throws.
        }
    }

    [Fact]
    public void Only_what_is_needed_is_parsed_and_what_is_damaged_there_is_refused()
    {
        var (needed, other) = (openSsl.Issue(new CertificatePlan("/CN=needed")), openSsl.Issue(new CertificatePlan("/CN=other")));
        var leaf = openSsl.Issue(CertificatePlan.Leaf(needed));
        Store("needed.crt", needed.Certificate.RawData);
        Store("other.crt", WithDamagedKey(other.Certificate));
        var roots = Read().Roots;
        Assert.Equal(2, roots.Count);

        Assert.Equal(["CN=needed"], new CertificateNames().IssuersOf(leaf.Certificate, roots).Select(issuer => issuer.Subject));
        Assert.True(CertificatePath.Contains(roots, needed.Certificate));
        Assert.False(CertificatePath.Contains(roots, leaf.Certificate));

        var issued = openSsl.Issue(CertificatePlan.Leaf(other));
        Refusal.Of(
            () =>
            {
                _ = new CertificateNames().IssuersOf(issued.Certificate, roots).ToList();
            },
            "the file \"other.crt\" in the trust store ca:acme cannot be used: "
        );
        Refusal.Of(
            () =>
            {
                _ = roots.ToList();
            },
            "the file \"other.crt\" in the trust store ca:acme cannot be used: "
        );
        Refusal.Of(() => Home.Store.Read(Acme), "the file \"other.crt\" in the trust store ca:acme cannot be used: ");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_damaged_authority_that_is_not_needed_changes_nothing_whether_results_are_kept_or_not(bool areKept)
    {
        var (needed, other) = (openSsl.Issue(new CertificatePlan("/CN=needed")), openSsl.Issue(new CertificatePlan("/CN=other")));
        var leaf = openSsl.Issue(CertificatePlan.Leaf(needed));
        var stranger = openSsl.Issue(CertificatePlan.Leaf(openSsl.Issue(new CertificatePlan("/CN=stranger"))));
        Store("needed.crt", needed.Certificate.RawData);
        Store("other.crt", WithDamagedKey(other.Certificate));
        var (found, notFound) = (new List<string?>(), new List<string?>());

        var thread = new Thread(() =>
        {
            if (areKept)
                KeptResults.BeginOnThisThread(1024 * 1024);
            for (var round = 0; round < 2; round++)
            {
                found.Add(Record.Exception(() => Assert.Null(Find(leaf).Failure))?.Message);
                notFound.Add(
                    Record
                        .Exception(() => Assert.Contains("neither among the trusted roots", Find(stranger).Failure, StringComparison.Ordinal))
                        ?.Message
                );
            }
        });
        thread.Start();
        thread.Join();

        Assert.Equal([null, null], found);
        Assert.Equal([null, null], notFound);

        CertificatePath Find(Issued signer) => CertificatePath.Find(signer.Certificate, [], Read(), DateTimeOffset.UtcNow, PathUse.Signing);
    }

    [Fact]
    public void A_file_in_PEM_holds_all_of_its_authorities()
    {
        var (one, two) = (openSsl.Issue(new CertificatePlan("/CN=one")), openSsl.Issue(new CertificatePlan("/CN=two")));
        var (first, second) = (one.Certificate.ExportCertificatePem(), two.Certificate.ExportCertificatePem());
        foreach (
            var content in new[]
            {
                $"{first}\n{second}\n",
                $"{first}\r\n{second}",
                $"# two authorities\n{first}\n\n# and another\n{second}\n",
                $"{first}\n{second}\n".Replace("\n", "\r\n", StringComparison.Ordinal),
            }
        )
        {
            Store("all.pem", System.Text.Encoding.ASCII.GetBytes(content));

            Assert.Equal(["CN=one", "CN=two"], Read().Roots.Select(root => root.Subject));
        }
    }

    [Theory]
    [InlineData("FIRST-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 1)]
    [InlineData("FIRST-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\nSECOND", 2)]
    public void Other_blocks_are_passed_over_as_in_every_certificate_file(string form, int count)
    {
        var (one, two) = (openSsl.Issue(new CertificatePlan("/CN=one")), openSsl.Issue(new CertificatePlan("/CN=two")));
        Store(
            "all.pem",
            System.Text.Encoding.ASCII.GetBytes(
                form.Replace("FIRST", $"{one.Certificate.ExportCertificatePem()}\n", StringComparison.Ordinal)
                    .Replace("SECOND", two.Certificate.ExportCertificatePem(), StringComparison.Ordinal)
            )
        );

        Assert.Equal(count, Read().Roots.Count);
    }

    [Theory]
    [InlineData("FIRST-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData("FIRST-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n")]
    [InlineData("FIRST-----BEGIN CERTIFICATE-----\n")]
    [InlineData("FIRST-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n")]
    [InlineData("FIRSTSECONDJOINED")]
    public void A_damaged_block_makes_the_store_useless(string form)
    {
        var (one, two) = (openSsl.Issue(new CertificatePlan("/CN=one")), openSsl.Issue(new CertificatePlan("/CN=two")));
        var content =
            form == "FIRSTSECONDJOINED"
                ? $"{one.Certificate.ExportCertificatePem()}{two.Certificate.ExportCertificatePem()}\n"
                : form.Replace("FIRST", $"{one.Certificate.ExportCertificatePem()}\n", StringComparison.Ordinal);
        Store("all.pem", System.Text.Encoding.ASCII.GetBytes(content));

        Refusal.Of(() => Read(), "the file \"all.pem\" in the trust store ca:acme cannot be used: ");
    }

    public void Dispose() => folder.Dispose();

    private TrustedCertificates Read() =>
        Home.ReadCertificates(
            Policies
                .Parse(
                    new System.Text.Json.Nodes.JsonObject
                    {
                        ["version"] = "1.0",
                        ["trustPolicies"] = new System.Text.Json.Nodes.JsonArray(Policies.Statement("all", "ca:acme", "*")),
                    }
                )
                .Statements[0]
        );

    private void Store(string file, byte[] content) => File.WriteAllBytes(folder.Write($"truststore/x509/ca/acme/{file}", content), content);

    // A point that no uncompressed key has: what a scan does not look at.
    private static byte[] WithDamagedKey(X509Certificate2 certificate)
    {
        var der = certificate.RawData;
        var key = certificate.PublicKey.EncodedKeyValue.RawData;
        der[der.AsSpan().IndexOf(key)] = 7;
        return der;
    }

    private static bool MayBeSame(X500DistinguishedName one, X500DistinguishedName other)
    {
        var (first, second) = (NameFilter.Of(one.RawData), NameFilter.Of(other.RawData));
        return first == second || first == NameFilter.Unknown || second == NameFilter.Unknown;
    }

    private static X500DistinguishedName Name(string text) =>
        new(text[1..].Replace("/", ", ", StringComparison.Ordinal), X500DistinguishedNameFlags.UseUTF8Encoding);

    private static X500DistinguishedName Encode(string value, UniversalTagNumber type) => DistinguishedNames.Encode(type, [("2.5.4.3", value)]);
}
