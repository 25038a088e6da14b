using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;

namespace Nv2.Signing.Tests.Verification;

/// <summary>Certificate policies along a path, rule by rule (RFC 5280 section 6.1).</summary>
/// <remarks>
/// A path is written from the signer's certificate to the root, with <c>&lt;</c> between them. <c>P:a,b</c> are the policies of a certificate,
/// <c>*</c> is anyPolicy, and <c>M:a>b</c> a mapping. <c>E0</c> is requireExplicitPolicy, <c>I0</c> inhibitPolicyMapping, and <c>A0</c>
/// inhibitAnyPolicy, each with the certificates to skip. A certificate that is <c>self</c> has its issuer's name.
/// </remarks>
public sealed class PolicyPathTests
{
    private const string AnyPolicy = "2.5.29.32.0";
    private const int MaxPolicies = 256;

    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Theory]
    // No authority asks for a policy.
    [InlineData("- < - < -", true)]
    [InlineData("P:a < P:b < -", true)]
    [InlineData("- < P:a M:a>b < P:a", true)]
    // The root does.
    [InlineData("P:a < P:a < E0", true)]
    [InlineData("- < P:a < E0", false)]
    [InlineData("P:a < - < E0", false)]
    [InlineData("P:b < P:a < E0", false)]
    [InlineData("P:b < P:a,b < E0", true)]
    [InlineData("P:b < P:a < P:a,b < E0", false)]
    // anyPolicy matches each, above and below.
    [InlineData("P:* < P:a < E0", true)]
    [InlineData("P:a < P:* < E0", true)]
    [InlineData("P:* < P:* < E0", true)]
    [InlineData("P:a < P:* < P:b < E0", false)]
    [InlineData("P:b < P:* < P:b < E0", true)]
    public void A_policy_that_an_authority_requires_must_be_valid_along_the_path(string path, bool isValid) => Expect(path, isValid);

    [Theory]
    [InlineData("- < - < E1", false)]
    [InlineData("- < - < E2", false)]
    [InlineData("- < - < E3", true)]
    [InlineData("- < E0 < -", false)]
    [InlineData("- < E1 < -", false)]
    [InlineData("- < E2 < -", true)]
    [InlineData("P:a < P:a E0 < -", true)]
    [InlineData("P:a < P:a E0 < P:a", true)]
    [InlineData("- < P:a E5 < E0", false)]
    [InlineData("- < - E0 < E5", false)]
    // The signer's own counts if it skips none.
    [InlineData("E0 < - < -", false)]
    [InlineData("P:a E0 < P:a < -", true)]
    [InlineData("E1 < - < -", true)]
    // A certificate that issued itself is not counted, unless it is the last.
    [InlineData("- < self < E2", true)]
    [InlineData("- < self < E1", false)]
    [InlineData("self < - < E2", false)]
    public void How_many_certificates_are_skipped_is_counted(string path, bool isValid) => Expect(path, isValid);

    [Theory]
    [InlineData("P:* < P:a < E0 A0", false)]
    [InlineData("P:* < P:a < E0 A1", false)]
    [InlineData("P:* < P:a < E0 A2", true)]
    [InlineData("P:a < P:* < E0 A0", false)]
    [InlineData("P:a < P:* < E0 A1", true)]
    [InlineData("P:a < P:a < E0 A0", true)]
    [InlineData("P:* < P:a A0 < E0 A5", false)]
    [InlineData("P:* < P:a A5 < E0 A1", false)]
    // An authority's certificate that issued itself may have it all the same, and is not counted.
    [InlineData("P:a < self P:* < E0 A0", true)]
    [InlineData("self P:* < P:a < E0 A1", false)]
    [InlineData("P:* < self P:a < P:a < E0 A2", true)]
    [InlineData("P:* < P:a < P:a < E0 A2", false)]
    public void Where_anyPolicy_is_inhibited_it_matches_nothing(string path, bool isValid) => Expect(path, isValid);

    [Theory]
    [InlineData("P:b < P:a M:a>b < E0", true)]
    [InlineData("P:a < P:a M:a>b < E0", false)]
    [InlineData("P:b < P:a M:a>b,a>c < E0", true)]
    [InlineData("P:c < P:a M:a>b,a>c < E0", true)]
    [InlineData("P:c < P:b M:b>c < P:a M:a>b < E0", true)]
    [InlineData("P:b < P:c M:a>b < E0", false)]
    [InlineData("P:c < P:c M:a>b < E0", true)]
    [InlineData("P:b < P:* M:a>b < E0", true)]
    [InlineData("P:a < P:* M:a>b < E0", true)]
    // Where mapping is inhibited, what would be mapped is valid no longer.
    [InlineData("P:b < P:a M:a>b < E0 I0", false)]
    [InlineData("P:a < P:a M:a>b < E0 I0", false)]
    [InlineData("P:b < P:a M:a>b < E0 I1", true)]
    [InlineData("P:c < P:a,c M:a>b < E0 I0", true)]
    [InlineData("P:c < P:b M:b>c < P:a M:a>b < E0 I1", false)]
    [InlineData("P:c < P:b M:b>c < P:a M:a>b < E0 I2", true)]
    [InlineData("P:c < P:b M:b>c < P:a M:a>b I0 < E0", false)]
    [InlineData("P:c < P:b M:b>c < self P:a M:a>b < E0 I1", true)]
    public void A_mapping_replaces_a_policy_by_those_that_it_names(string path, bool isValid) => Expect(path, isValid);

    [Theory]
    [InlineData("P:a < P:a M:*>b < E0")]
    [InlineData("P:a < P:a M:a>* < E0")]
    [InlineData("P:a < P:a,a < E0")]
    [InlineData("P:a,a < P:a < -")]
    [InlineData("- < E-1 < -")]
    [InlineData("- < A-1 < -")]
    [InlineData("- < C:3000 < -")] // Neither of the two numbers,
    [InlineData("- < C:3006800100820100 < -")] // a third field,
    [InlineData("- < C:3006810100800100 < -")] // and the two the wrong way round.
    public void What_breaks_the_rules_for_the_extensions_is_refused(string path) => Assert.Contains("damaged", Check(path), StringComparison.Ordinal);

    [Theory]
    [InlineData(MaxPolicies, true)]
    [InlineData(MaxPolicies + 1, false)]
    public void A_certificate_has_a_bounded_number_of_policies_and_mappings(int count, bool isValid)
    {
        var policies = string.Join(',', Enumerable.Range(1, count));
        var mappings = string.Join(',', Enumerable.Range(1, count).Select(number => $"a>{number}"));
        Expect($"P:1 < P:{policies} < E0", isValid);
        Expect($"P:1 < P:a M:{mappings} < E0", isValid);
    }

    [Fact]
    public void What_is_expected_below_an_authority_with_anyPolicy_is_bounded()
    {
        var mappings = string.Join(',', Enumerable.Range(1, MaxPolicies).Select(number => $"a>{number}"));
        Expect($"P:1 < P:* < P:a M:{mappings} < E0", true);
        Expect($"P:1 < P:* < P:a,b M:{mappings} < E0", false);
    }

    [Theory]
    [InlineData("leaf.example.com", true)]
    [InlineData("leaf.example.org", false)]
    public void Names_are_constrained_whether_or_not_there_are_policies(string name, bool isValid) =>
        Expect($"D:{name} < - < N:example.com", isValid);

    [Fact]
    public void The_name_of_an_authority_that_issued_itself_is_not_constrained_and_that_of_the_last_certificate_is()
    {
        Expect("- < self < X:root", true);
        Expect("self < - < X:authority", false);
        Expect("self < X:root", false);
    }

    [Fact]
    public void Damaged_constraints_of_names_are_a_failure() =>
        Assert.Contains("damaged", Check("D:leaf.example.com < - < R:2.5.29.30=3003A00130"), StringComparison.Ordinal);

    private static void Expect(string path, bool isValid)
    {
        var failure = Check(path);
        Assert.True(failure is null == isValid, $"{path}: {failure ?? "valid"}");
    }

    private static string? Check(string path)
    {
        var plans = path.Split(" < ");
        var certificates = new List<X509Certificate2>();
        var issuer = "root";
        for (var position = plans.Length - 1; position >= 0; position--)
        {
            var words = plans[position].Split(' ');
            var name =
                position == plans.Length - 1 || words.Contains("self") ? issuer
                : position == 0 ? "leaf"
                : position == plans.Length - 2 ? "authority"
                : $"authority {position}";
            certificates.Insert(0, Issue(name, issuer, words));
            issuer = name;
        }

        return PathConstraints.Check(certificates);
    }

    // Signatures are not looked at here: one key signs them all.
    private static X509Certificate2 Issue(string name, string issuer, string[] words)
    {
        var request = new CertificateRequest(new X500DistinguishedName($"CN={name}"), Key, HashAlgorithmName.SHA256);
        int? explicitPolicy = null;
        int? mapping = null;
        foreach (var word in words.Where(word => word is not ("-" or "self")))
        {
            if (word[0] == 'E')
                explicitPolicy = Number(word);
            else if (word[0] == 'I')
                mapping = Number(word);
            else
                request.CertificateExtensions.Add(Extension(word));
        }

        if (explicitPolicy is not null || mapping is not null)
            request.CertificateExtensions.Add(Made("2.5.29.36", writer => WriteConstraints(writer, explicitPolicy, mapping)));
        var generator = X509SignatureGenerator.CreateForECDsa(Key);
        return request.Create(
            new($"CN={issuer}"),
            generator,
            Signatures.Now.AddDays(-1),
            Signatures.Now.AddDays(1),
            RandomNumberGenerator.GetBytes(8)
        );
    }

    private static X509Extension Extension(string word) =>
        word[0] switch
        {
            'P' => Made("2.5.29.32", writer => WritePolicies(writer, word[2..].Split(','))),
            'M' => Made("2.5.29.33", writer => WriteMappings(writer, word[2..].Split(','))),
            'A' => Made("2.5.29.54", writer => writer.WriteInteger(Number(word))),
            'C' => new X509Extension("2.5.29.36", Convert.FromHexString(word[2..]), critical: true),
            'R' when word[2..].Split('=') is [var oid, var hex] => new X509Extension(oid, Convert.FromHexString(hex), critical: true),
            'D' => DnsName(word[2..]),
            'N' => Made("2.5.29.30", writer => WriteSubtree(writer, 0, subtree => WriteDnsName(subtree, word[2..]))),
            'X' => Made("2.5.29.30", writer => WriteSubtree(writer, 1, subtree => WriteDirectoryName(subtree, word[2..]))),
            _ => throw new ArgumentException(word),
        };

    private static int Number(string word) => int.Parse(word[1..], CultureInfo.InvariantCulture);

    private static X509Extension DnsName(string name)
    {
        var builder = new SubjectAlternativeNameBuilder();
        builder.AddDnsName(name);
        return builder.Build();
    }

    private static X509Extension Made(string oid, Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return new X509Extension(oid, writer.Encode(), critical: true);
    }

    private static string OidOf(string policy) => policy == "*" ? AnyPolicy : $"1.3.6.1.4.1.99999.{(policy[0] >= 'a' ? 1000 + policy[0] : policy)}";

    private static void WritePolicies(AsnWriter writer, string[] policies)
    {
        using var _ = writer.PushSequence();
        foreach (var policy in policies)
        {
            using var __ = writer.PushSequence();
            writer.WriteObjectIdentifier(OidOf(policy));
        }
    }

    private static void WriteMappings(AsnWriter writer, string[] mappings)
    {
        using var _ = writer.PushSequence();
        foreach (var mapping in mappings)
        {
            using var __ = writer.PushSequence();
            foreach (var policy in mapping.Split('>'))
                writer.WriteObjectIdentifier(OidOf(policy));
        }
    }

    private static void WriteConstraints(AsnWriter writer, int? explicitPolicy, int? mapping)
    {
        using var _ = writer.PushSequence();
        if (explicitPolicy is { } first)
            writer.WriteInteger(first, new Asn1Tag(TagClass.ContextSpecific, 0));
        if (mapping is { } second)
            writer.WriteInteger(second, new Asn1Tag(TagClass.ContextSpecific, 1));
    }

    // NameConstraints ::= SEQUENCE { permittedSubtrees [0], excludedSubtrees [1] } of SEQUENCE { base GeneralName }
    private static void WriteSubtree(AsnWriter writer, int kind, Action<AsnWriter> writeName)
    {
        using var _ = writer.PushSequence();
        using var __ = writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, kind));
        using var ___ = writer.PushSequence();
        writeName(writer);
    }

    private static void WriteDnsName(AsnWriter writer, string name) =>
        writer.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, 2));

    private static void WriteDirectoryName(AsnWriter writer, string name)
    {
        using var _ = writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 4, isConstructed: true));
        writer.WriteEncodedValue(new X500DistinguishedName($"CN={name}").RawData);
    }
}
