namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>What a certificate is to be, in every detail that can go wrong. A generator changes it until it is encoded.</summary>
internal sealed class MadeCertificate(IReadOnlyList<Attribute> subject, PoolKey key, MadeCertificate? issuer)
{
    private static long lastSerial = 0x1000;

    private byte[]? encoded;

    public IReadOnlyList<Attribute> Subject { get; set; } = subject;

    public PoolKey Key { get; set; } = key;

    /// <summary>What its certificates and lists name its key by. It stays where a generator changes the key.</summary>
    public byte[] KeyIdentifier { get; private init; } = key.Identifier;

    /// <summary>Its issuer; itself if it has none.</summary>
    public MadeCertificate Issuer => issuer ?? this;

    /// <summary>The issuer's name in another form, or another name.</summary>
    public IReadOnlyList<Attribute>? IssuerName { get; set; }

    public PoolKey? SignedBy { get; set; }

    public byte[] Serial { get; set; } = Der.Integer(Interlocked.Increment(ref lastSerial));

    public int Version { get; set; } = 3;

    public bool HasExtensionsInAnyVersion { get; set; }

    public DateTimeOffset NotBefore { get; set; } = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public DateTimeOffset NotAfter { get; set; } = new(2040, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public bool IsTimeGeneralized { get; set; }

    public SignatureKind Signature { get; set; } = SignatureKind.Default;

    /// <summary>The AlgorithmIdentifier inside what is signed, where it is not the one outside.</summary>
    public byte[]? InnerAlgorithm { get; set; }

    public bool IsSpoilt { get; set; }

    /// <summary>Another encoding of the finished certificate.</summary>
    public Func<byte[], byte[]> Recode { get; set; } = der => der;

    /// <summary>Has the extensions of another, with the key identifier of its own issuer.</summary>
    public MadeCertificate Copy
    {
        init
        {
            Extensions.AddRange(value.Extensions.Where(extension => extension.Oid != Oids.AuthorityKeyIdentifier));
            KeyIdentifier = value.KeyIdentifier;
            Extensions.Add((Oids.AuthorityKeyIdentifier, false, Der.Sequence(Der.Implicit(0, Issuer.KeyIdentifier))));
        }
    }

    /// <summary>Extensions in their order: object identifier, critical, content.</summary>
    public List<(string Oid, bool Critical, byte[] Content)> Extensions { get; } = [];

    public byte[] Encoded => encoded ??= Encode();

    public string Pem => new(System.Security.Cryptography.PemEncoding.Write("CERTIFICATE", Encoded));

    public static MadeCertificate Authority(string name, PoolKey key, MadeCertificate? issuer)
    {
        var made = new MadeCertificate([Attribute.Country("US"), Attribute.Organization("Second Opinion"), Attribute.CommonName(name)], key, issuer);
        made.Extensions.Add((Oids.BasicConstraints, true, Extension.Authority(null)));
        made.Extensions.Add((Oids.KeyUsage, true, Extension.KeyUsage(Extension.KeyCertSign | Extension.CrlSign)));
        made.AddKeyIdentifiers();
        return made;
    }

    public static MadeCertificate Leaf(string name, PoolKey key, MadeCertificate issuer)
    {
        var made = new MadeCertificate([Attribute.Country("US"), Attribute.Organization("Second Opinion"), Attribute.CommonName(name)], key, issuer);
        made.Extensions.Add((Oids.BasicConstraints, true, Der.Sequence()));
        made.Extensions.Add((Oids.KeyUsage, true, Extension.KeyUsage(Extension.DigitalSignature)));
        made.Extensions.Add((Oids.SubjectAltName, false, Der.Sequence(Der.Dns("registry.example.com"))));
        made.AddKeyIdentifiers();
        return made;
    }

    /// <summary>Puts an extension in the place of the one of that kind, or after the others.</summary>
    public void Set(string oid, bool critical, byte[] content)
    {
        Remove(oid);
        Extensions.Add((oid, critical, content));
    }

    public void Remove(string oid) => Extensions.RemoveAll(extension => extension.Oid == oid);

    private void AddKeyIdentifiers()
    {
        Extensions.Add((Oids.SubjectKeyIdentifier, false, Der.OctetString(KeyIdentifier)));
        if (issuer is not null)
            Extensions.Add((Oids.AuthorityKeyIdentifier, false, Der.Sequence(Der.Implicit(0, issuer.KeyIdentifier))));
    }

    // Certificate and TBSCertificate (RFC 5280 section 4.1).
    private byte[] Encode()
    {
        var signer = SignedBy ?? Issuer.Key;
        var algorithm = Signature.Identifier(signer);
        byte[][] extensions = Version < 3 && !HasExtensionsInAnyVersion ? [] : [Der.Tagged(3, Der.Sequence([.. Extensions.Select(EncodeExtension)]))];
        byte[][] version = Version == 1 ? [] : [Der.Tagged(0, Der.Integer(Version - 1))];
        var content = Der.Sequence([
            .. version,
            Serial,
            InnerAlgorithm ?? algorithm,
            Der.Name(IssuerName ?? Issuer.Subject),
            Der.Sequence(Der.Time(NotBefore, IsTimeGeneralized), Der.Time(NotAfter, IsTimeGeneralized)),
            Der.Name(Subject),
            Key.PublicKey,
            .. extensions,
        ]);
        var value = signer.Sign(content, Signature);
        if (IsSpoilt)
            value[^1] ^= 1;
        return Recode(Der.Sequence(content, algorithm, Der.BitString(value)));
    }

    public static byte[] EncodeExtension((string Oid, bool Critical, byte[] Content) extension) =>
        extension.Critical
            ? Der.Sequence(Der.Oid(extension.Oid), Der.Boolean(true), Der.OctetString(extension.Content))
            : Der.Sequence(Der.Oid(extension.Oid), Der.OctetString(extension.Content));
}

/// <summary>The content of extensions (RFC 5280 section 4.2).</summary>
internal static class Extension
{
    public const int DigitalSignature = 0x8000;
    public const int KeyEncipherment = 0x2000;
    public const int KeyCertSign = 0x0400;
    public const int CrlSign = 0x0200;

    public static byte[] Authority(int? pathLength) =>
        pathLength is { } length ? Der.Sequence(Der.Boolean(true), Der.Integer(length)) : Der.Sequence(Der.Boolean(true));

    public static byte[] KeyUsage(int bits)
    {
        byte[] content =
            bits == 0 ? []
            : (bits & 0xFF) != 0 ? [(byte)(bits >> 8), (byte)bits]
            : [(byte)(bits >> 8)];
        return Der.BitString(content, bits == 0 ? 0 : System.Numerics.BitOperations.TrailingZeroCount(content[^1]));
    }

    public static byte[] Purposes(params string[] purposes) => Der.Sequence([.. purposes.Select(Der.Oid)]);

    public static byte[] NameConstraints(byte[][] permitted, byte[][] excluded) =>
        Der.Sequence([
            .. permitted.Length > 0 ? new[] { Der.Tagged(0, [.. permitted.Select(name => Der.Sequence(name))]) } : [],
            .. excluded.Length > 0 ? new[] { Der.Tagged(1, [.. excluded.Select(name => Der.Sequence(name))]) } : [],
        ]);

    public static byte[] Policies(params string[] policies) => Der.Sequence([.. policies.Select(policy => Der.Sequence(Der.Oid(policy)))]);

    public static byte[] PolicyMapping(string above, string below) => Der.Sequence(Der.Sequence(Der.Oid(above), Der.Oid(below)));

    public static byte[] PolicyConstraints(int? requireExplicit, int? inhibitMapping) =>
        Der.Sequence([
            .. requireExplicit is { } skip ? new[] { Der.Implicit(0, [(byte)skip]) } : [],
            .. inhibitMapping is { } inhibit ? new[] { Der.Implicit(1, [(byte)inhibit]) } : [],
        ]);

    public static byte[] DistributionPoint(string uri) => Der.Sequence(Der.Sequence(Der.Tagged(0, Der.Tagged(0, Der.Uri(uri)))));
}

/// <summary>Object identifiers of extensions and purposes.</summary>
internal static class Oids
{
    public const string BasicConstraints = "2.5.29.19";
    public const string KeyUsage = "2.5.29.15";
    public const string ExtendedKeyUsage = "2.5.29.37";
    public const string SubjectAltName = "2.5.29.17";
    public const string SubjectKeyIdentifier = "2.5.29.14";
    public const string AuthorityKeyIdentifier = "2.5.29.35";
    public const string NameConstraints = "2.5.29.30";
    public const string CertificatePolicies = "2.5.29.32";
    public const string PolicyMappings = "2.5.29.33";
    public const string PolicyConstraints = "2.5.29.36";
    public const string InhibitAnyPolicy = "2.5.29.54";
    public const string DistributionPoints = "2.5.29.31";
    public const string IssuingDistributionPoint = "2.5.29.28";
    public const string CrlNumber = "2.5.29.20";
    public const string AnyPolicy = "2.5.29.32.0";
    public const string Unknown = "1.3.6.1.4.1.55555.1";
    public const string CodeSigning = "1.3.6.1.5.5.7.3.3";
    public const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    public const string EmailProtection = "1.3.6.1.5.5.7.3.4";
    public const string AnyPurpose = "2.5.29.37.0";
}
