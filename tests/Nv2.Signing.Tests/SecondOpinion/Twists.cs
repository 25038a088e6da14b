using System.Formats.Asn1;
using CsCheck;

namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>A change to one certificate.</summary>
/// <param name="Name">What the table of explanations calls it: one word, or a few with spaces between.</param>
/// <param name="Apply">Makes the change.</param>
internal sealed record Twist(string Name, Action<MadeCertificate> Apply)
{
    /// <summary>What to call the change to a certificate in some place.</summary>
    public IEnumerable<string> In(string place) => Name.Split(' ').Select(word => $"{place}:{word}");
}

/// <summary>The changes that a certificate can have: those of signers, those of authorities, and those of both.</summary>
internal static class Twists
{
    private static readonly DateTimeOffset Now = MadeWorld.Now;

    private static readonly string[] PolicyNames = ["1.2.3.4", "1.2.3.5", "1.2.3.9", Oids.AnyPolicy];

    private static readonly string[] PurposeNames =
    [
        Oids.CodeSigning,
        Oids.CodeSigning,
        Oids.ServerAuth,
        Oids.EmailProtection,
        Oids.AnyPurpose,
        "1.2.3.4",
    ];

    // Names that certificates have, and subtrees that hold some of them, each with what the table of explanations calls it.
    private static readonly Gen<(string Kind, byte[] Encoded)> Names = Gen.OneOf<(string, byte[])>(
        Gen.OneOf("registry.example.com", "prod.example.com", "a.prod.example.com", "example.com", "EXAMPLE.org", "other.org", "badexample.com")
            .Select(name => ("Dns", Der.Dns(name))),
        Gen.OneOf("*.example.com", "*.org", "*.registry.example.com").Select(name => ("Wildcard", Der.Dns(name))),
        Gen.OneOf("a@example.com", "b@sub.example.com", "a@EXAMPLE.com", "a@example.org").Select(name => ("Email", Der.Email(name))),
        Gen.OneOf("https://registry.example.com/x", "https://EXAMPLE.com:8080/").Select(name => ("Uri", Der.Uri(name))),
        Gen.OneOf("https://192.0.2.1/", "urn:no:host").Select(name => ("UriWithoutHost", Der.Uri(name))),
        Gen.OneOf("192.0.2.7", "192.0.3.7", "2001:db8::1").Select(name => ("Address", Der.Address(name))),
        Gen.Const(("Directory", Der.Directory([Attribute.Country("US"), Attribute.Organization("Other")]))),
        Gen.Const(("RegisteredId", Der.RegisteredId("1.2.3.4"))),
        Gen.Const(("OtherName", Der.OtherName("1.2.3.4", "x")))
    );

    private static readonly Gen<(string Kind, byte[] Encoded)> Subtrees = Gen.OneOf<(string, byte[])>(
        Gen.OneOf("example.com", "prod.example.com", "org", "registry.example.com", "EXAMPLE.com").Select(name => ("Dns", Der.Dns(name))),
        Gen.Frequency((2, Gen.Const(("DnsWithDot", Der.Dns(".example.com")))), (1, Gen.Const(("DnsEmpty", Der.Dns(""))))),
        Gen.OneOf("example.com", ".example.com", "a@example.com").Select(name => ("Email", Der.Email(name))),
        Gen.OneOf("example.com", ".example.com", "registry.example.com").Select(name => ("Uri", Der.Uri(name))),
        Gen.OneOf(("EmailEmpty", Der.Email("")), ("UriEmpty", Der.Uri(""))),
        Gen.OneOf("192.0.2.0/255.255.255.0", "0.0.0.0/0.0.0.0", "2001:db8::/ffff:ffff::").Select(name => ("Address", Der.Address(name))),
        Gen.OneOf(
                Der.Directory([Attribute.Country("US"), Attribute.Organization("Second Opinion")]),
                Der.Directory([Attribute.Country("us"), new("2.5.4.10", "SECOND  opinion", UniversalTagNumber.PrintableString)]),
                Der.Directory([Attribute.Country("US")]),
                Der.Directory([Attribute.Country("US"), Attribute.Organization("Other")])
            )
            .Select(name => ("Directory", name)),
        Gen.OneOf(("RegisteredId", Der.RegisteredId("1.2.3.4")), ("OtherName", Der.OtherName("1.2.3.4", "x")))
    );

    private static readonly Gen<Twist> Both = Gen.Frequency(
        (3, Gen.OneOf(0, 1, 2, 3, 4).Select(Dates)),
        (
            2,
            Gen.OneOf<(string, Action<MadeCertificate>)>(
                    ("longLength", made => made.Recode = Der.WithLongLength),
                    ("indefiniteLength", made => made.Recode = Der.WithIndefiniteLength),
                    ("trailingByte", made => made.Recode = der => [.. der, 0]),
                    ("serialNotMinimal", made => made.Serial = [2, 3, 0, 0, 9]),
                    ("serialNegative", made => made.Serial = [2, 1, 0x85]),
                    ("serialZero", made => made.Serial = [2, 1, 0]),
                    ("serialLong", made => made.Serial = [2, 24, .. Enumerable.Repeat((byte)0x11, 24)]),
                    ("timesGeneralized", made => made.IsTimeGeneralized = true),
                    ("versionOne", made => made.Version = 1),
                    ("versionTwo", made => made.Version = 2),
                    ("versionTwoWithExtensions", made => (made.Version, made.HasExtensionsInAnyVersion) = (2, true)),
                    ("versionOneWithExtensions", made => (made.Version, made.HasExtensionsInAnyVersion) = (1, true))
                )
                .Select(Named)
        ),
        (
            2,
            Gen.OneOf<(string, Action<MadeCertificate>)>(
                    ("unknownCritical", made => made.Set(Oids.Unknown, true, Der.Null)),
                    ("unknown", made => made.Set(Oids.Unknown, false, Der.Null)),
                    ("duplicateExtension", made => made.Extensions.Add(made.Extensions[0])),
                    ("duplicateUnknown", made => made.Extensions.AddRange([(Oids.Unknown, false, Der.Null), (Oids.Unknown, false, Der.Null)])),
                    ("noKeyUsage", made => made.Remove(Oids.KeyUsage)),
                    ("keyUsageEmpty", made => made.Set(Oids.KeyUsage, true, Extension.KeyUsage(0))),
                    (
                        "keyUsageNotCritical",
                        made => made.Set(Oids.KeyUsage, false, made.Extensions.Find(one => one.Oid == Oids.KeyUsage).Content ?? Der.BitString([]))
                    ),
                    ("keyUsageEncipherment", made => made.Set(Oids.KeyUsage, true, Extension.KeyUsage(Extension.KeyEncipherment))),
                    ("noBasicConstraints", made => made.Remove(Oids.BasicConstraints)),
                    ("noAuthorityKeyIdentifier", made => made.Remove(Oids.AuthorityKeyIdentifier)),
                    ("noSubjectKeyIdentifier", made => made.Remove(Oids.SubjectKeyIdentifier)),
                    ("foreignKeyIdentifier", made => made.Set(Oids.AuthorityKeyIdentifier, false, Der.Sequence(Der.Implicit(0, new byte[20])))),
                    ("criticalKeyIdentifier", made => made.Set(Oids.SubjectKeyIdentifier, true, Der.OctetString(made.KeyIdentifier)))
                )
                .Select(Named)
        ),
        (
            2,
            Gen.OneOf<(string, Action<MadeCertificate>)>(
                    ("sha1", made => made.Signature = new(System.Security.Cryptography.HashAlgorithmName.SHA1)),
                    ("sha384", made => made.Signature = new(System.Security.Cryptography.HashAlgorithmName.SHA384)),
                    ("sha512", made => made.Signature = new(System.Security.Cryptography.HashAlgorithmName.SHA512)),
                    ("spoilt", made => made.IsSpoilt = true),
                    ("wrongSigner", made => made.SignedBy = made.Issuer.Key == KeyPool.Usual[0] ? KeyPool.Usual[1] : KeyPool.Usual[0]),
                    (
                        "innerAlgorithm",
                        made =>
                            made.InnerAlgorithm = new SignatureKind(System.Security.Cryptography.HashAlgorithmName.SHA384).Identifier(
                                made.SignedBy ?? made.Issuer.Key
                            )
                    ),
                    (
                        "innerAlgorithmSha1",
                        made =>
                            made.InnerAlgorithm = new SignatureKind(System.Security.Cryptography.HashAlgorithmName.SHA1).Identifier(
                                made.SignedBy ?? made.Issuer.Key
                            )
                    )
                )
                .Select(Named)
        ),
        (
            2,
            from purposes in Gen.Shuffle(PurposeNames, 1, 3)
            from critical in Gen.Bool
            select new Twist(
                critical ? "purposesCritical" : "purposes",
                made => made.Set(Oids.ExtendedKeyUsage, critical, Extension.Purposes(purposes))
            )
        ),
        (1, from critical in Gen.Bool select new Twist("purposesEmpty", made => made.Set(Oids.ExtendedKeyUsage, critical, Der.Sequence()))),
        (
            2,
            from policies in Gen.Shuffle(PolicyNames, 1, 3)
            from critical in Gen.Bool
            select new Twist("policies", made => made.Set(Oids.CertificatePolicies, critical, Extension.Policies(policies)))
        ),
        (
            1,
            Gen.OneOf<(string, Action<MadeCertificate>)>(
                    ("issuerNameOtherType", made => made.IssuerName = OtherType(made.Issuer.Subject)),
                    ("issuerNameOtherCase", made => made.IssuerName = OtherCase(made.Issuer.Subject)),
                    ("issuerNameOther", made => made.IssuerName = [Attribute.CommonName("Somebody")]),
                    (
                        "criticalDistributionPoints",
                        made => made.Set(Oids.DistributionPoints, true, Extension.DistributionPoint("http://crl.example.com/a"))
                    )
                )
                .Select(Named)
        )
    );

    /// <summary>A change of a signer's certificate.</summary>
    public static Gen<Twist> OfLeaf { get; } =
        Gen.Frequency(
            (6, Both),
            (
                4,
                from names in Names.Array[1, 3]
                from critical in Gen.Frequency((5, Gen.Const(false)), (1, Gen.Const(true)))
                select new Twist(
                    string.Join(' ', names.Select(name => $"name{name.Kind}")),
                    made => made.Set(Oids.SubjectAltName, critical, Der.Sequence([.. names.Select(name => name.Encoded)]))
                )
            ),
            (
                1,
                Gen.OneOf<(string, Action<MadeCertificate>)>(
                        ("namesEmpty", made => made.Set(Oids.SubjectAltName, false, Der.Sequence())),
                        ("noNames", made => made.Remove(Oids.SubjectAltName)),
                        ("noNamesCommonNameHost", made => MakeHost(made, "evil.example.org")),
                        ("noNamesCommonNameGoodHost", made => MakeHost(made, "registry.example.com")),
                        ("subjectEmpty", made => made.Subject = []),
                        ("subjectEmptyNamesCritical", made => MakeNameless(made)),
                        ("subjectEmail", made => made.Subject = [.. made.Subject, Attribute.EmailAddress("a@example.org")]),
                        (
                            "subjectOther",
                            made => made.Subject = [Attribute.Country("US"), Attribute.Organization("Other"), Attribute.CommonName("leaf")]
                        ),
                        (
                            "subjectUniversalString",
                            made => made.Subject = [.. made.Subject.SkipLast(1), new("2.5.4.3", "leaf", UniversalTagNumber.BMPString)]
                        )
                    )
                    .Select(Named)
            ),
            (
                1,
                Gen.OneOf<(string, Action<MadeCertificate>)>(
                        ("authorityWithoutSigning", made => made.Set(Oids.BasicConstraints, true, Extension.Authority(null))),
                        ("authority", made => MakeAuthority(made)),
                        ("falseEncoded", made => made.Set(Oids.BasicConstraints, true, Der.Sequence(Der.Boolean(false)))),
                        ("selfIssued", made => made.Subject = made.Issuer.Subject)
                    )
                    .Select(Named)
            ),
            (
                1,
                Gen.OneOf<(string, Action<MadeCertificate>)>(
                        ("weakKey", made => made.Key = KeyPool.Weak),
                        ("edwardsKey", made => made.Key = KeyPool.Edwards),
                        ("otherCurve", made => made.Key = KeyPool.OtherCurve),
                        ("explicitCurve", made => made.Key = KeyPool.Explicit)
                    )
                    .Select(Named)
            )
        );

    /// <summary>A change of an authority's certificate.</summary>
    public static Gen<Twist> OfAuthority { get; } =
        Gen.Frequency(
            (6, Both),
            (
                2,
                Gen.Int[0, 2]
                    .Select(length => new Twist($"pathLength{length}", made => made.Set(Oids.BasicConstraints, true, Extension.Authority(length))))
            ),
            (
                4,
                from permitted in Subtrees.Array[0, 2]
                from excluded in Subtrees.Array[0, 2]
                from critical in Gen.Bool
                where permitted.Length + excluded.Length > 0
                select new Twist(
                    string.Join(
                        ' ',
                        permitted
                            .Select(one => $"permitted{one.Kind}")
                            .Concat(excluded.Select(one => $"excluded{one.Kind}"))
                            .Prepend("nameConstraints")
                    ),
                    made =>
                        made.Set(
                            Oids.NameConstraints,
                            critical,
                            Extension.NameConstraints([.. permitted.Select(one => one.Encoded)], [.. excluded.Select(one => one.Encoded)])
                        )
                )
            ),
            (
                2,
                from explicitPolicy in Gen.Int[0, 3]
                from policies in Gen.Shuffle(PolicyNames, 0, 2)
                select new Twist(
                    "explicitPolicy",
                    made =>
                    {
                        made.Set(Oids.PolicyConstraints, true, Extension.PolicyConstraints(explicitPolicy, null));
                        if (policies.Length > 0)
                            made.Set(Oids.CertificatePolicies, false, Extension.Policies(policies));
                    }
                )
            ),
            (
                1,
                from explicitPolicy in Gen.Int[0, 1]
                from policy in Gen.Int[0, 3]
                from inhibit in Gen.Int[0, 1]
                from mapped in Gen.OneOf("1.2.3.9", "1.2.3.5")
                select new Twist(
                    "policyMapping",
                    made =>
                    {
                        made.Set(Oids.PolicyConstraints, true, Extension.PolicyConstraints(explicitPolicy, inhibit == 0 ? null : inhibit));
                        made.Set(Oids.CertificatePolicies, false, Extension.Policies(PolicyNames[policy]));
                        made.Set(Oids.PolicyMappings, true, Extension.PolicyMapping("1.2.3.4", mapped));
                    }
                )
            ),
            (1, Gen.Int[0, 1].Select(skip => new Twist("inhibitAnyPolicy", made => made.Set(Oids.InhibitAnyPolicy, true, Der.Integer(skip))))),
            (
                1,
                Gen.OneOf<(string, Action<MadeCertificate>)>(
                        ("policyConstraintsEmpty", made => made.Set(Oids.PolicyConstraints, true, Der.Sequence())),
                        ("mappingOfAnyPolicy", made => made.Set(Oids.PolicyMappings, true, Extension.PolicyMapping(Oids.AnyPolicy, "1.2.3.4"))),
                        ("basicConstraintsNotCritical", made => made.Set(Oids.BasicConstraints, false, Extension.Authority(null))),
                        ("notAuthority", made => made.Set(Oids.BasicConstraints, true, Der.Sequence())),
                        ("noCertSign", made => made.Set(Oids.KeyUsage, true, Extension.KeyUsage(Extension.CrlSign))),
                        ("noCrlSign", made => made.Set(Oids.KeyUsage, true, Extension.KeyUsage(Extension.KeyCertSign)))
                    )
                    .Select(Named)
            ),
            (
                1,
                Gen.OneOf<(string, Action<MadeCertificate>)>(
                        ("weakKey", made => made.Key = KeyPool.Weak),
                        ("edwardsKey", made => made.Key = KeyPool.Edwards),
                        ("otherCurve", made => made.Key = KeyPool.OtherCurve),
                        ("explicitCurve", made => made.Key = KeyPool.Explicit)
                    )
                    .Select(Named)
            )
        );

    /// <summary>Signatures that need an issuer with an RSA key.</summary>
    public static Gen<Twist> OfRsaIssued { get; } =
        Gen.OneOf(("pss", 32), ("pssShortSalt", 20), ("pssNoSalt", 0), ("pssSha1", 20))
            .Select(
                (name, salt) =>
                    new Twist(
                        name,
                        made =>
                            made.Signature = new(
                                name == "pssSha1"
                                    ? System.Security.Cryptography.HashAlgorithmName.SHA1
                                    : System.Security.Cryptography.HashAlgorithmName.SHA256,
                                salt
                            )
                    )
            );

    /// <summary>The same name in another string type (RFC 5280 section 7.1).</summary>
    public static IReadOnlyList<Attribute> OtherType(IReadOnlyList<Attribute> name) =>
        [
            .. name.Select(attribute =>
                attribute.Type == UniversalTagNumber.UTF8String ? attribute with { Type = UniversalTagNumber.PrintableString } : attribute
            ),
        ];

    /// <summary>The same name in other letters and with other spaces.</summary>
    public static IReadOnlyList<Attribute> OtherCase(IReadOnlyList<Attribute> name) =>
        [.. name.Select(attribute => attribute with { Text = attribute.Text.ToUpperInvariant().Replace(" ", "  ", StringComparison.Ordinal) })];

    private static Twist Named((string Name, Action<MadeCertificate> Apply) named) => new(named.Name, named.Apply);

    private static Twist Dates(int which) =>
        which switch
        {
            0 => new("expired", made => made.NotAfter = Now.AddYears(-1)),
            1 => new("expiredBySecond", made => made.NotAfter = Now.AddSeconds(-1)),
            2 => new("lastSecond", made => made.NotAfter = Now),
            3 => new("firstSecond", made => made.NotBefore = Now),
            _ => new("notYet", made => made.NotBefore = Now.AddSeconds(1)),
        };

    private static void MakeHost(MadeCertificate made, string host)
    {
        made.Remove(Oids.SubjectAltName);
        made.Subject = [.. made.Subject.SkipLast(1), Attribute.CommonName(host)];
    }

    private static void MakeNameless(MadeCertificate made)
    {
        made.Subject = [];
        made.Set(Oids.SubjectAltName, true, Der.Sequence(Der.Dns("registry.example.com")));
    }

    private static void MakeAuthority(MadeCertificate made)
    {
        made.Set(Oids.BasicConstraints, true, Extension.Authority(0));
        made.Set(Oids.KeyUsage, true, Extension.KeyUsage(Extension.DigitalSignature | Extension.KeyCertSign));
    }
}
