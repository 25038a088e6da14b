using Nv2.Signing.Policy;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Policy;

/// <summary>Trust stores: which files count, and which make a store useless. One that cannot be read whole is not read at all.</summary>
public sealed class TrustStoreTests(OpenSsl openSsl) : IClassFixture<OpenSsl>, IDisposable
{
    private static readonly TrustStoreName Acme = TrustStoreName.Parse("ca:acme");
    private static readonly TrustStoreName Tsa = TrustStoreName.Parse("tsa:clock");

    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Certificates_are_read_from_PEM_DER_and_bundles_whatever_the_case_of_the_extension()
    {
        var (one, two) = (openSsl.Issue(new CertificatePlan("/CN=one")), openSsl.Issue(new CertificatePlan("/CN=two")));
        Write(Acme, "a.PEM", File.ReadAllBytes(one.CertificatePath));
        Write(Acme, "b.cer", two.Certificate.RawData);
        Write(Acme, "c.crt", [.. File.ReadAllBytes(one.CertificatePath), .. File.ReadAllBytes(two.CertificatePath)]);
        Write(Acme, "readme.txt", "not a certificate"u8.ToArray());
        Directory.CreateDirectory(Path.Combine(Store.FolderOf(Acme), "sub"));
        File.WriteAllText(Path.Combine(Store.FolderOf(Acme), "sub", "e.crt"), "ignored");

        Assert.Equal(["a.PEM", "b.cer", "c.crt", "c.crt"], Store.Read(Acme).Select(entry => entry.FileName));
        Assert.Equal(["CN=one", "CN=two", "CN=one", "CN=two"], Store.Read(Acme).Select(entry => entry.Certificate.Subject));
    }

    [Fact]
    public void A_self_signed_signer_is_a_root_of_its_own()
    {
        Write(Acme, "a.crt", openSsl.Issue(CertificatePlan.Leaf()).Certificate.RawData);

        Assert.Single(Store.Read(Acme));
    }

    [Fact]
    public void A_certificate_that_somebody_else_issued_and_that_issues_none_makes_the_store_useless()
    {
        var root = openSsl.Issue(new CertificatePlan("/CN=root"));
        Write(Acme, "a.crt", root.Certificate.RawData);
        Write(Acme, "b.crt", openSsl.Issue(CertificatePlan.Leaf(root)).Certificate.RawData);

        Refusal.Of(
            () => Store.Read(Acme),
            "the file \"b.crt\" in the trust store ca:acme cannot be used: the certificate CN=leaf is neither an authority nor self-signed"
        );
    }

    [Fact]
    public void A_timestamp_authority_is_trusted_by_its_root_alone()
    {
        var root = openSsl.Issue(new CertificatePlan("/CN=root"));
        Write(Tsa, "a.crt", root.Certificate.RawData);
        Assert.Single(Store.Read(Tsa));

        Write(Tsa, "b.crt", openSsl.Issue(new CertificatePlan("/CN=intermediate", root)).Certificate.RawData);
        Refusal.Of(() => Store.Read(Tsa), "the certificate CN=intermediate is not a root: expected a self-signed certificate");
    }

    [Theory]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData("")]
    [InlineData("0")]
    public void A_file_that_is_no_certificate_makes_the_store_useless(string content)
    {
        Write(Acme, "a.crt", openSsl.Issue(new CertificatePlan("/CN=root")).Certificate.RawData);
        Write(Acme, "b.pem", System.Text.Encoding.ASCII.GetBytes(content));

        Refusal.Of(() => Store.Read(Acme), "the file \"b.pem\" in the trust store ca:acme cannot be used: ");
    }

    [Fact]
    public void A_store_that_is_not_there_or_empty_is_refused()
    {
        Refusal.Of(() => Store.Read(Acme), "the trust store ca:acme does not exist: expected the folder ");

        Directory.CreateDirectory(Store.FolderOf(Acme));
        Refusal.Of(() => Store.Read(Acme), "the trust store ca:acme has no certificate: expected files *.pem, *.crt or *.cer");
    }

    [Fact]
    public void Symbolic_links_are_refused()
    {
        var root = openSsl.Issue(new CertificatePlan("/CN=root"));
        Write(Acme, "a.crt", root.Certificate.RawData);
        var linked = TrustStoreName.Parse("ca:linked");
        Directory.CreateSymbolicLink(Store.FolderOf(linked), Store.FolderOf(Acme));
        Refusal.Of(() => Store.Read(linked), "the trust store ca:linked is not used: ", "/ca/linked\" is a symbolic link, which is not allowed");

        File.CreateSymbolicLink(Path.Combine(Store.FolderOf(Acme), "b.crt"), root.CertificatePath);
        Refusal.Of(
            () => Store.Read(Acme),
            "the file \"b.crt\" in the trust store ca:acme cannot be used: it is a symbolic link, which is not allowed"
        );
    }

    [Theory]
    [InlineData("truststore")]
    [InlineData("truststore/x509")]
    [InlineData("truststore/x509/ca")]
    [InlineData("truststore/x509/ca/acme")]
    public void Symbolic_links_on_the_way_to_a_store_are_refused(string linked)
    {
        Write(Acme, "a.crt", openSsl.Issue(new CertificatePlan("/CN=root")).Certificate.RawData);
        Assert.Single(Store.Read(Acme));

        Directory.Move(folder[linked], folder["elsewhere"]);
        Directory.CreateSymbolicLink(folder[linked], folder["elsewhere"]);
        Refusal.Of(() => Store.Read(Acme), $"\"{folder[linked]}\" is a symbolic link, which is not allowed");

        Directory.Move(folder["elsewhere"], folder["gone"]);
        Refusal.Of(() => Store.Read(Acme), $"\"{folder[linked]}\" is a symbolic link, which is not allowed");
    }

    [Fact]
    public void A_link_that_leads_nowhere_is_refused_as_well()
    {
        Write(Acme, "a.crt", openSsl.Issue(new CertificatePlan("/CN=root")).Certificate.RawData);
        File.CreateSymbolicLink(Path.Combine(Store.FolderOf(Acme), "b.crt"), "/nowhere/at/all");

        Refusal.Of(() => Store.Read(Acme), "\"b.crt\"", "it is a symbolic link");
    }

    [Fact]
    public void Stores_are_listed_by_type_and_name()
    {
        Write(Tsa, "a.crt", [1]);
        Write(Acme, "a.crt", [1]);
        Write(TrustStoreName.Parse("ca:Wabbit"), "a.crt", [1]);

        Assert.Equal(["ca:Wabbit", "ca:acme", "tsa:clock"], Store.List().Select(store => store.ToString()));
    }

    [Fact]
    public void A_store_holds_up_to_1024_files()
    {
        var certificate = openSsl.Issue(new CertificatePlan("/CN=root")).Certificate.RawData;
        for (var number = 1; number <= 1024; number++)
            Write(Acme, $"{number}.crt", certificate);
        Assert.Equal(1024, Store.Read(Acme).Count);

        Write(Acme, "1025.crt", certificate);
        Refusal.Of(() => Store.Read(Acme), "the trust store ca:acme has more than 1024 certificate files");
    }

    [Fact]
    public void A_file_of_a_store_has_up_to_1_MiB()
    {
        var certificate = File.ReadAllBytes(openSsl.Issue(new CertificatePlan("/CN=root")).CertificatePath);
        Write(Acme, "a.crt", [.. certificate, .. Enumerable.Repeat((byte)'\n', (1024 * 1024) - certificate.Length)]);
        Assert.Single(Store.Read(Acme));

        File.AppendAllText(Path.Combine(Store.FolderOf(Acme), "a.crt"), "\n");
        Refusal.Of(() => Store.Read(Acme), "the file \"a.crt\" in the trust store ca:acme cannot be used: it is larger than 1048576 bytes");
    }

    [Fact]
    public void Folders_in_a_store_that_hold_certificates_among_other_files_are_told_in_order()
    {
        foreach (var name in new[] { "b/one.crt", "b/readme.txt", "a/one.PEM", "c/readme.txt" })
            folder.Write($"truststore/x509/ca/acme/{name}", "whatever");
        Directory.CreateDirectory(folder["truststore/x509/ca/acme/d"]);

        Assert.Equal(["a", "b"], Store.FindIgnoredFolders(Acme));
    }

    public void Dispose() => folder.Dispose();

    private TrustStore Store => new(folder["truststore"]);

    private void Write(TrustStoreName store, string file, byte[] content)
    {
        Directory.CreateDirectory(Store.FolderOf(store));
        File.WriteAllBytes(Path.Combine(Store.FolderOf(store), file), content);
    }
}
