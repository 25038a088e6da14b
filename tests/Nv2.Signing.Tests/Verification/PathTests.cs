using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;

namespace Nv2.Signing.Tests.Verification;

/// <summary>What RFC 5280 section 6 asks of a path beyond its signatures: names, policies, purposes, extensions; and that a good path is found in
/// every order.</summary>
public class PathTests(ChainTests.Authorities authorities) : IClassFixture<ChainTests.Authorities>
{
    private const string Ca = "basicConstraints=critical,CA:TRUE";
    private const string KeyUsage = "keyUsage=critical,keyCertSign,cRLSign";

    private static readonly string[] Leaf = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature"];

    [Theory]
    [InlineData("excluded;DNS:prod.example.com", "DNS:*.example.com,DNS:registry.example.com", false)] // CVE-2025-61727
    [InlineData("excluded;DNS:.prod.example.com", "DNS:*.prod.example.com,DNS:registry.example.com", false)]
    [InlineData("excluded;DNS:a.prod.example.com", "DNS:*.example.com,DNS:registry.example.com", true)]
    [InlineData("excluded;DNS:example.org", "DNS:*.example.com,DNS:registry.example.com", true)]
    [InlineData("excluded;DNS:PROD.example.COM", "DNS:*.Example.com,DNS:registry.example.com", false)]
    [InlineData("excluded;DNS:corp.com", "DNS:*.com,DNS:registry.example.com", false)]
    [InlineData("permitted;DNS:example.com", "DNS:registry.example.com", true)]
    [InlineData("permitted;DNS:example.com", "DNS:*.example.com,DNS:registry.example.com", true)]
    [InlineData("permitted;DNS:.example.com", "DNS:*.example.com,DNS:registry.example.com", true)]
    [InlineData("permitted;DNS:.example.com", "DNS:example.com,DNS:registry.example.com", false)]
    [InlineData("permitted;DNS:registry.example.com", "DNS:*.example.com,DNS:registry.example.com", false)]
    [InlineData("permitted;DNS:example.com", "DNS:registry.example.com,DNS:badexample.com", false)]
    [InlineData("permitted;DNS:example.com", "DNS:registry.example.com,email:a@example.org", true)]
    [InlineData("permitted;email:example.com", "DNS:registry.example.com,email:a@example.com", true)]
    [InlineData("permitted;email:example.com", "DNS:registry.example.com,email:a@sub.example.com", false)]
    [InlineData("permitted;email:.example.com", "DNS:registry.example.com,email:a@sub.example.com", true)]
    [InlineData("permitted;email:a@example.com", "DNS:registry.example.com,email:b@example.com", false)]
    [InlineData("excluded;email:example.com", "DNS:registry.example.com,email:b@EXAMPLE.com", false)]
    [InlineData("permitted;IP:192.0.2.0/255.255.255.0", "DNS:registry.example.com,IP:192.0.2.7", true)]
    [InlineData("permitted;IP:192.0.2.0/255.255.255.0", "DNS:registry.example.com,IP:192.0.3.7", false)]
    [InlineData("permitted;IP:192.0.2.0/255.255.255.0", "DNS:registry.example.com,IP:2001:db8::1", false)]
    [InlineData("excluded;IP:192.0.2.0/255.255.255.0", "DNS:registry.example.com,IP:192.0.2.255", false)]
    [InlineData("excluded;IP:2001:db8::/ffff:ffff::", "DNS:registry.example.com,IP:2001:db8:1::1", false)]
    [InlineData("permitted;URI:.example.com", "DNS:registry.example.com,URI:https://a.example.com/x", true)]
    [InlineData("permitted;URI:example.com", "DNS:registry.example.com,URI:https://a.example.com/x", false)]
    [InlineData("excluded;URI:example.com", "DNS:registry.example.com,URI:https://EXAMPLE.com:8080/x", false)]
    [InlineData("excluded;URI:example.com", "DNS:registry.example.com,URI:urn:no:host", false)]
    [InlineData("permitted;URI:example.com", "DNS:registry.example.com,URI:https://192.0.2.1/", false)]
    [InlineData("permitted;otherName:1.2.3.4;UTF8:x", "DNS:registry.example.com,otherName:1.2.3.4;UTF8:x", false)]
    [InlineData("permitted;RID:1.2.3.4", "DNS:registry.example.com,RID:1.2.3.4", false)]
    [InlineData("permitted;RID:1.2.3.4", "DNS:registry.example.com", true)]
    [InlineData("permitted;IP:192.0.2.0/255.0.255.0", "DNS:registry.example.com,IP:192.0.2.7", false)]
    [InlineData("excluded;IP:192.0.2.0/255.255.255.0", "DNS:registry.example.com,IP:::ffff:192.0.2.7", false)]
    [InlineData("excluded;IP:::ffff:192.0.2.0/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00", "DNS:registry.example.com,IP:192.0.2.7", false)]
    [InlineData("excluded;IP:192.0.2.0/255.255.255.0", "DNS:registry.example.com,IP:192.0.3.7", true)]
    [InlineData("excluded;DNS:*.example.com", "DNS:registry.example.com", false)]
    [InlineData("excluded;DNS:example.org:443", "DNS:registry.example.com", false)]
    [InlineData("excluded;DNS:prod.example.com", "DNS:registry.example.com,DNS:*", false)]
    [InlineData("excluded;DNS:example.org.", "DNS:registry.example.com,DNS:a.example.org", false)]
    [InlineData("excluded;URI:https://example.org", "DNS:registry.example.com,URI:https://example.org/", false)]
    [InlineData("excluded;URI:example.org.", "DNS:registry.example.com,URI:https://example.org/", false)]
    [InlineData("excluded;email:example.org.", "DNS:registry.example.com,email:a@example.org", false)]
    [InlineData("excluded;email:example.org", "DNS:registry.example.com,email:a@example.org.", false)]
    [InlineData("excluded;email:a@example.org", "DNS:registry.example.com,email:b@example.org", true)]
    [InlineData("excluded;email:example.org", "DNS:registry.example.com,otherName:1.3.6.1.5.5.7.8.9;UTF8:a@example.org", false)]
    [InlineData("excluded;email:example.org", "DNS:registry.example.com,otherName:1.2.3.4;UTF8:a@example.org", true)]
    public void Names_below_an_authority_are_those_that_it_may_have(string constraints, string names, bool valid)
    {
        foreach (var critical in new[] { "critical,", "" })
        {
            var intermediate = Authority("/CN=restricted", authorities.Root, $"nameConstraints={critical}{constraints}");
            var leaf = Make(intermediate, [.. Leaf, $"subjectAltName={names}"]);

            Check(valid, Outcome(leaf, authorities.Root, intermediate));

            // By the root that is trusted, and at any depth.
            var lower = Authority("/CN=lower", intermediate);
            Check(valid, Outcome(Make(lower, [.. Leaf, $"subjectAltName={names}"]), authorities.Root, lower, intermediate));
            Check(valid, Outcome(leaf, intermediate));
        }
    }

    [Theory]
    [InlineData("permitted;dirName:allowed", "/C=US/O=Wabbit/CN=leaf", true)]
    [InlineData("permitted;dirName:allowed", "/C=us/O=WABBIT  /CN=leaf", true)]
    [InlineData("permitted;dirName:allowed", "/C=US/O=Wabbits/CN=leaf", false)]
    [InlineData("permitted;dirName:allowed", "/O=Wabbit/C=US/CN=leaf", false)]
    [InlineData("permitted;dirName:allowed", "/C=US", false)]
    [InlineData("excluded;dirName:allowed", "/C=US/O=wabbit/OU=x", false)]
    [InlineData("excluded;dirName:allowed", "/C=US/O=other", true)]
    public void Subjects_below_an_authority_are_those_that_it_may_have(string constraints, string subject, bool valid)
    {
        var intermediate = Authority("/CN=restricted", authorities.Root, $"nameConstraints=critical,{constraints}\n[allowed]\nC=US\nO=Wabbit");
        var leaf = authorities.Make(new CertificatePlan(subject, intermediate) { Extensions = [.. Leaf, "subjectAltName=DNS:registry.example.com"] });

        Check(valid, Outcome(leaf, authorities.Root, intermediate));
    }

    [Theory]
    [InlineData("permitted;email:example.com", "/CN=leaf/emailAddress=a@example.org", false)]
    [InlineData("permitted;email:example.com", "/CN=leaf/emailAddress=a@example.com", true)]
    [InlineData("excluded;email:example.org", "/CN=leaf/emailAddress=a@example.org", false)]
    public void Mail_addresses_in_the_subject_are_restricted_whether_there_are_others_or_not(string constraints, string subject, bool valid)
    {
        var intermediate = Authority("/CN=restricted", authorities.Root, $"nameConstraints=critical,{constraints}");
        foreach (var other in new[] { "", ",email:b@example.com" })
        {
            var leaf = authorities.Make(
                new CertificatePlan(subject, intermediate) { Extensions = [.. Leaf, $"subjectAltName=DNS:registry.example.com{other}"] }
            );
            Check(valid, Outcome(leaf, authorities.Root, intermediate));
        }
    }

    [Theory]
    [InlineData("requireExplicitPolicy:0", null, null, false)]
    [InlineData("requireExplicitPolicy:0", "1.2.3.4", "1.2.3.4", true)]
    [InlineData("requireExplicitPolicy:0", "1.2.3.4", "1.2.3.5", false)]
    [InlineData("requireExplicitPolicy:0", "1.2.3.4", null, false)]
    [InlineData("requireExplicitPolicy:0", "2.5.29.32.0", "1.2.3.5", true)]
    [InlineData("requireExplicitPolicy:0", "1.2.3.4", "2.5.29.32.0", true)]
    [InlineData("requireExplicitPolicy:0", "1.2.3.4,1.2.3.5", "1.2.3.5", true)]
    [InlineData("requireExplicitPolicy:1", null, null, false)]
    [InlineData("requireExplicitPolicy:2", null, null, true)]
    [InlineData("requireExplicitPolicy:3", null, null, true)]
    [InlineData("inhibitPolicyMapping:0", null, null, true)]
    [InlineData("requireExplicitPolicy:0,inhibitPolicyMapping:0", "1.2.3.4", "1.2.3.4", true)]
    public void A_policy_that_an_authority_requires_is_there_on_the_whole_path(string constraints, string? ofAuthority, string? ofLeaf, bool valid)
    {
        string[] policies = ofAuthority is null ? [] : [$"certificatePolicies={ofAuthority}"];
        var intermediate = Authority("/CN=policies", authorities.Root, [$"policyConstraints=critical,{constraints}", .. policies]);
        string[] leafPolicies = ofLeaf is null ? [] : [$"certificatePolicies={ofLeaf}"];

        Check(
            valid,
            Outcome(Make(intermediate, [.. Leaf, "subjectAltName=DNS:registry.example.com", .. leafPolicies]), authorities.Root, intermediate)
        );
    }

    [Theory]
    [InlineData("inhibitAnyPolicy=critical,0", "2.5.29.32.0", false)]
    [InlineData("inhibitAnyPolicy=critical,1", "2.5.29.32.0", true)]
    [InlineData("policyMappings=critical,1.2.3.4:1.2.3.9", "1.2.3.9", true)]
    [InlineData("policyMappings=critical,1.2.3.4:1.2.3.9", "1.2.3.4", false)]
    public void Policies_are_mapped_and_any_policy_is_inhibited(string extension, string ofLeaf, bool valid)
    {
        var intermediate = Authority(
            "/CN=policies",
            authorities.Root,
            "policyConstraints=critical,requireExplicitPolicy:0",
            "certificatePolicies=1.2.3.4",
            extension
        );

        Check(
            valid,
            Outcome(
                Make(intermediate, [.. Leaf, "subjectAltName=DNS:registry.example.com", $"certificatePolicies={ofLeaf}"]),
                authorities.Root,
                intermediate
            )
        );
    }

    [Theory]
    [InlineData("serverAuth", "KeyUsage", "valid")]
    [InlineData("serverAuth,clientAuth", "KeyUsage", "valid")]
    [InlineData("codeSigning", "valid", "valid")]
    [InlineData("serverAuth,codeSigning", "valid", "valid")]
    [InlineData("clientAuth", "KeyUsage", "KeyUsage")]
    [InlineData("emailProtection,timeStamping", "KeyUsage", "KeyUsage")]
    [InlineData("anyExtendedKeyUsage", "KeyUsage", "valid")]
    [InlineData("1.2.3.4", "KeyUsage", "KeyUsage")]
    public void A_signer_below_an_authority_is_for_signing_code_and_a_pinned_one_may_be_for_TLS(string purposes, string byAuthority, string pinned)
    {
        foreach (var critical in new[] { "critical,", "" })
        {
            var leaf = Make(authorities.Intermediate, [.. Leaf, "subjectAltName=DNS:registry.example.com", $"extendedKeyUsage={critical}{purposes}"]);

            Assert.Equal(byAuthority, Outcome(leaf, authorities.Root, authorities.Intermediate));
            Assert.Equal(pinned, Signatures.Verify(Signatures.Sign(leaf, authorities.Intermediate), Signatures.Pins(leaf)).Outcome());
            Assert.Equal(
                pinned == "valid" && byAuthority != "valid",
                Signatures.Verify(Signatures.Sign(leaf), Signatures.Pins(leaf)).Checks.Any(check => check.Warning is not null)
            );
        }
    }

    [Theory]
    [InlineData("serverAuth", false)]
    [InlineData("codeSigning", true)]
    [InlineData("anyExtendedKeyUsage", true)]
    [InlineData("timeStamping,emailProtection", false)]
    public void An_authority_with_a_purpose_issues_signers_only_where_that_is_signing_code(string purposes, bool valid)
    {
        var intermediate = Authority("/CN=for a purpose", authorities.Root, $"extendedKeyUsage={purposes}");
        var lower = Authority("/CN=lower", intermediate);

        Check(valid, Outcome(authorities.Make(CertificatePlan.Leaf(intermediate)), authorities.Root, intermediate));
        Check(valid, Outcome(authorities.Make(CertificatePlan.Leaf(lower)), authorities.Root, lower, intermediate));
    }

    [Theory]
    [InlineData("extendedKeyUsage=DER:3000")]
    [InlineData("extendedKeyUsage=critical,DER:3000")]
    [InlineData("policyConstraints=critical,DER:3000")]
    [InlineData("policyConstraints=critical,DER:30038001FF")]
    [InlineData("nameConstraints=critical,DER:3003800100")]
    [InlineData("nameConstraints=critical,DER:300FA00D300B820361626380010182010F")]
    [InlineData("certificatePolicies=critical,DER:300C300406022A03300406022A03\n1.2.3=DER:0500")]
    [InlineData("issuerAltName=critical,DNS:example.com")]
    [InlineData("1.3.6.1.5.5.7.1.1=critical,DER:3000")]
    [InlineData("2.5.29.14=critical,DER:0403010203")]
    [InlineData("2.5.29.46=critical,DER:3000")]
    [InlineData("2.5.29.9=critical,DER:3000")]
    [InlineData("basicConstraints=critical,DER:30030101FE")]
    [InlineData("2.5.29.30=critical,DER:3080A0808203616263000000000000")]
    public void An_authority_with_an_extension_that_is_damaged_or_critical_and_not_processed_is_refused(string extension)
    {
        string[] constraints = extension.StartsWith("basicConstraints", StringComparison.Ordinal) ? [] : [Ca];
        var intermediate = authorities.Make(new CertificatePlan("/CN=odd", authorities.Root) { Extensions = [.. constraints, KeyUsage, extension] });

        Assert.NotEqual("valid", Outcome(authorities.Make(CertificatePlan.Leaf(intermediate)), authorities.Root, intermediate));
    }

    [Fact]
    public void Self_issued_certificates_do_not_count_for_the_path_length()
    {
        var root = authorities.Make(new CertificatePlan("/CN=short") { Extensions = [$"{Ca},pathlen:1", KeyUsage] });
        var intermediate = Authority("/CN=changes its key", root);
        var renewed = Authority("/CN=Changes  its KEY", intermediate);
        var other = Authority("/CN=another name", intermediate);

        Assert.Equal("valid", Outcome(authorities.Make(CertificatePlan.Leaf(renewed)), root, renewed, intermediate));
        Assert.Equal("Authenticity", Outcome(authorities.Make(CertificatePlan.Leaf(other)), root, other, intermediate));
    }

    [Fact]
    public void Names_are_the_same_in_another_string_type_in_another_case_and_with_other_spaces()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] name = [0x31, 0x0d, 0x30, 0x0b, 0x06, 0x03, 0x55, 0x04, 0x03]; // SET { SEQUENCE { commonName, …
        byte[][] spellings =
        [
            [0x0c, 4, .. "Root"u8],
            [0x13, 4, .. "ROOT"u8],
            [0x16, 4, .. "root"u8],
            [0x1e, 8, 0, (byte)'r', 0, (byte)'o', 0, (byte)'o', 0, (byte)'t'],
            [0x13, 6, .. " root "u8],
            [0x14, 4, .. "rOOt"u8],
        ];
        var root = new CertificateRequest(Name(spellings[0]), key, HashAlgorithmName.SHA256)
        {
            CertificateExtensions = { new X509BasicConstraintsExtension(true, false, 0, true) },
        }.Create(Name(spellings[0]), X509SignatureGenerator.CreateForECDsa(key), Signatures.Now.AddYears(-1), Signatures.Now.AddYears(1), [1]);
        foreach (var spelling in spellings)
        {
            var leaf = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256).Create(
                Name(spelling),
                X509SignatureGenerator.CreateForECDsa(key),
                Signatures.Now.AddDays(-1),
                Signatures.Now.AddDays(1),
                [2]
            );
            Assert.Null(CertificatePath.Find(leaf, [], new TrustedCertificates([], [root]), Signatures.Now, PathUse.Signing).Failure);
        }

        var other = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256).Create(
            Name([0x0c, 5, .. "Root2"u8]),
            X509SignatureGenerator.CreateForECDsa(key),
            Signatures.Now.AddDays(-1),
            Signatures.Now.AddDays(1),
            [2]
        );
        Assert.NotNull(CertificatePath.Find(other, [], new TrustedCertificates([], [root]), Signatures.Now, PathUse.Signing).Failure);

        X500DistinguishedName Name(byte[] value)
        {
            byte[] attribute = [0x06, 0x03, 0x55, 0x04, 0x03, .. value];
            byte[] sequence = [0x30, (byte)attribute.Length, .. attribute];
            byte[] set = [0x31, (byte)sequence.Length, .. sequence];
            return new X500DistinguishedName((byte[])[0x30, (byte)set.Length, .. set]);
        }
    }

    // RFC 4158: authorities that certify each other, and ways that end, lead astray, or are out of their dates. In every order of the certificates
    // the good path is found.
    [Fact]
    public void A_good_path_is_found_in_every_order()
    {
        var bridge = Authority("/CN=bridge", authorities.Root);
        var weak = authorities.Make(new CertificatePlan("/CN=signer CA", authorities.Root) { Extensions = [Ca, KeyUsage], Digest = "sha1" });
        var good = authorities.Make(new CertificatePlan("/CN=signer CA", bridge) { Extensions = [Ca, KeyUsage], SameKeyAs = weak });
        var expired = authorities.Make(
            new CertificatePlan("/CN=signer CA", authorities.Root)
            {
                Extensions = [Ca, KeyUsage],
                SameKeyAs = weak,
                NotAfter = "20210101000000Z",
            }
        );
        var loop = authorities.Make(new CertificatePlan("/CN=bridge", good) { Extensions = [Ca, KeyUsage], SameKeyAs = bridge });
        var noAuthority = authorities.Make(
            new CertificatePlan("/CN=signer CA", authorities.Root) { Extensions = ["basicConstraints=CA:FALSE"], SameKeyAs = weak }
        );
        var leaf = authorities.Make(CertificatePlan.Leaf(good));

        var orders = 0;
        foreach (var order in Permutations([weak, good, expired, loop, noAuthority, bridge]))
        {
            Assert.Equal("valid", Outcome(leaf, authorities.Root, [.. order]));
            AssertPath([leaf, good, bridge, authorities.Root], order);
            if (++orders == 240)
                break;
        }
    }

    [Fact]
    public void Of_a_way_that_constraints_close_nothing_is_left_in_the_path()
    {
        var closed = authorities.Make(
            new CertificatePlan("/CN=signer CA", authorities.Root)
            {
                Extensions = [Ca, KeyUsage, "nameConstraints=critical,excluded;DNS:example.com"],
            }
        );
        var bridge = Authority("/CN=bridge", authorities.Root);
        var open = authorities.Make(new CertificatePlan("/CN=signer CA", bridge) { Extensions = [Ca, KeyUsage], SameKeyAs = closed });
        var leaf = authorities.Make(CertificatePlan.Leaf(open));

        foreach (var order in Permutations([closed, bridge, open]))
            AssertPath([leaf, open, bridge, authorities.Root], order);
        Assert.Null(Find(leaf, [open, bridge]).Failure);
        Assert.Contains("example.com", Find(leaf, [closed, bridge]).Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_is_as_long_as_the_limit_at_most()
    {
        var chain = new List<Issued>();
        var above = authorities.Root;
        while (chain.Count < PathSearch.MaxLength - 2)
            chain.Add(above = Authority($"/CN=authority {chain.Count}", above));
        var longest = authorities.Make(CertificatePlan.Leaf(above));
        Assert.Equal(PathSearch.MaxLength, Find(longest, chain).Certificates.Count);

        chain.Add(above = Authority("/CN=one more", above));
        Assert.NotNull(Find(authorities.Make(CertificatePlan.Leaf(above)), chain).Failure);
    }

    // The certificates of a signature in json are not signed, and anybody can add others.
    [Fact]
    public void Certificates_that_nobody_trusted_vouches_for_do_not_hide_a_good_path()
    {
        var genuine = Authority("/CN=signer CA", authorities.Root);
        var stranger = authorities.Make(new CertificatePlan("/CN=signer CA"));
        var fakes = Enumerable
            .Range(0, 61)
            .Select(_ => authorities.Make(new CertificatePlan("/CN=signer CA", stranger) { SameKeyAs = stranger, Extensions = [Ca, KeyUsage] }))
            .ToArray();
        var copy = authorities.Make(new CertificatePlan("/CN=signer CA", stranger) { SameKeyAs = genuine, Extensions = [Ca, KeyUsage] });
        var leaf = authorities.Make(CertificatePlan.Leaf(genuine));

        Assert.Equal("valid", Outcome(leaf, authorities.Root, [.. fakes, copy, genuine]));
        Assert.Equal("valid", Outcome(leaf, authorities.Root, [copy, genuine, .. fakes]));
        Assert.Equal("Authenticity", Outcome(leaf, authorities.Root, [.. fakes, copy]));
    }

    // A copy of an authority, with its name, its key and no constraints, is signed by its maker.
    [Fact]
    public void A_copy_of_an_authority_does_not_lift_its_constraints()
    {
        var genuine = Authority("/CN=restricted", authorities.Root, "nameConstraints=critical,permitted;DNS:elsewhere.example.net");
        var stranger = authorities.Make(new CertificatePlan("/CN=Root"));
        var copies = new[] { stranger, genuine }
            .Select(issuer => authorities.Make(new CertificatePlan("/CN=restricted", issuer) { SameKeyAs = genuine, Extensions = [Ca, KeyUsage] }))
            .ToArray();
        var leaf = Make(genuine, [.. Leaf, "subjectAltName=DNS:registry.example.com"]);

        foreach (var order in Permutations([genuine, .. copies]))
            Assert.Equal("Authenticity", Outcome(leaf, authorities.Root, [.. order]));
    }

    [Fact]
    public void A_search_that_was_made_to_be_long_ends()
    {
        var top = authorities.Make(new CertificatePlan("/CN=maze"));
        var maze = Enumerable
            .Range(0, 40)
            .Select(_ => authorities.Make(new CertificatePlan("/CN=maze", top) { SameKeyAs = top, Extensions = [Ca, KeyUsage] }))
            .ToArray();
        var leaf = authorities.Make(CertificatePlan.Leaf(top));

        var result = Signatures.Verify(Signatures.Sign(leaf, maze), Signatures.Roots(authorities.Root));

        Assert.Contains("has too many certificates", result.Checks.First(check => !check.Passed).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_in_another_encoding_than_DER_is_refused()
    {
        var der = authorities.Leaf.Certificate.RawData;
        Assert.NotNull(CertificateFile.ParseDer(der));

        // The outer length in one byte more; indefinite; a BIT STRING in pieces; something behind the signature.
        byte[] longer = [0x30, 0x83, 0, der[2], der[3], .. der[4..]];
        byte[] indefinite = [0x30, 0x80, .. der[4..], 0, 0];
        foreach (var other in new[] { longer, indefinite, [.. der, 0], der[..^1] })
            Assert.ThrowsAny<InvalidInputException>(() => CertificateFile.ParseDer(other));
    }

    [Fact]
    public void A_key_on_a_curve_that_is_given_by_its_parameters_is_refused()
    {
        using var folder = new Testing.TemporaryFolder();
        OpenSsl.Run("ecparam", "-name", "prime256v1", "-param_enc", "explicit", "-genkey", "-noout", "-out", folder["explicit.key"]);
        OpenSsl.Run("req", "-x509", "-key", folder["explicit.key"], "-subj", "/CN=explicit", "-out", folder["explicit.crt"]);

        var refusal = Assert.ThrowsAny<InvalidInputException>(() => CertificateFile.Parse(File.ReadAllBytes(folder["explicit.crt"])));

        Assert.Contains("RFC 5480", refusal.Message, StringComparison.Ordinal);
    }

    private static void Check(bool valid, string outcome) => Assert.Equal(valid ? "valid" : "Authenticity", outcome);

    private static IEnumerable<IReadOnlyList<Issued>> Permutations(IReadOnlyList<Issued> items)
    {
        if (items.Count == 0)
        {
            yield return [];
            yield break;
        }

        for (var index = 0; index < items.Count; index++)
        {
            foreach (var rest in Permutations([.. items.Where((_, position) => position != index)]))
                yield return [items[index], .. rest];
        }
    }

    private void AssertPath(IReadOnlyList<Issued> expected, IReadOnlyList<Issued> others)
    {
        var path = Find(expected[0], others);
        Assert.Null(path.Failure);
        Assert.Equal(expected.Select(one => one.Certificate.Thumbprint), path.Certificates.Select(one => one.Thumbprint));
    }

    private CertificatePath Find(Issued leaf, IReadOnlyList<Issued> others) =>
        CertificatePath.Find(
            leaf.Certificate,
            [.. others.Select(one => one.Certificate)],
            Signatures.Roots(authorities.Root),
            Signatures.Now,
            PathUse.Signing
        );

    private Issued Authority(string subject, Issued issuer, params string[] extensions) =>
        authorities.Make(new CertificatePlan(subject, issuer) { Extensions = [Ca, KeyUsage, .. extensions] });

    private Issued Make(Issued issuer, string[] extensions) => authorities.Make(new CertificatePlan("/CN=leaf", issuer) { Extensions = extensions });

    private static string Outcome(Issued leaf, Issued root, params Issued[] others) =>
        Signatures.Verify(Signatures.Sign(leaf, others), Signatures.Roots(root)).Outcome();
}
