using static Nv2.Plugin.Tests.Certificates.CertificatePlan;

namespace Nv2.Plugin.Tests.Certificates;

/// <summary>A chain for each clause that breaks it.</summary>
internal static class BrokenChains
{
    private const string Expired = "20210101000000Z";
    private const string Future = "20480101000000Z";

    /// <summary>"Root and Intermediate CA Certificates".</summary>
    public static IReadOnlyList<ChainCase> OfAuthorities { get; } =
    [
        .. Authority("no basicConstraints", "keyUsage=critical,keyCertSign"),
        .. Authority("basicConstraints not critical", "basicConstraints=CA:TRUE\nkeyUsage=critical,keyCertSign"),
        .. Authority("cA false", "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,keyCertSign"),
        .. Authority("no keyUsage", "basicConstraints=critical,CA:TRUE"),
        .. Authority("keyUsage not critical", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign"),
        .. Authority("no keyCertSign", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign,digitalSignature"),
        .. Authority("no extensions", ""),
        new(
            "intermediate: a second basicConstraints, with cA false",
            Chain(intermediate: Intermediate with { Extensions = $"{OfAuthority}\n{Placeholder}=critical,DER:3000", Repeated = 19 })
        ),
        new("root with pathLen 0 over an intermediate", Chain(root: Root with { Extensions = PathLength(0) })),
        new("intermediate with pathLen 0 over another", Longer(Intermediate with { Extensions = PathLength(0) })),
        new("root with pathLen 1 over two", Longer(Intermediate with { Issuer = Root with { Extensions = PathLength(1) } })),
    ];

    /// <summary>"Leaf Certificates".</summary>
    public static IReadOnlyList<ChainCase> OfSigners { get; } =
    [
        Signer("cA true", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature"),
        Signer("cA true, not critical", "basicConstraints=CA:TRUE\nkeyUsage=critical,digitalSignature"),
        Signer("no keyUsage", "basicConstraints=critical,CA:FALSE"),
        Signer("keyUsage not critical", "keyUsage=digitalSignature"),
        Signer("no digitalSignature", "keyUsage=critical,nonRepudiation"),
        .. new[] { "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly" }.Select(bit =>
            Signer($"key usage {bit}", $"keyUsage=critical,digitalSignature,{bit}")
        ),
        .. new[] { "anyExtendedKeyUsage", "serverAuth", "clientAuth", "emailProtection", "timeStamping", "OCSPSigning" }.Select(purpose =>
            Signer($"extended key usage {purpose}", $"{OfSigner}\nextendedKeyUsage=codeSigning,{purpose}")
        ),
        Signer("extended key usage serverAuth, critical and alone", $"{OfSigner}\nextendedKeyUsage=critical,serverAuth"),
        Repeating("a second keyUsage, with keyCertSign", 15, $"{OfSigner}\n{Placeholder}=critical,DER:03020106"),
        Repeating("a second basicConstraints, with cA true", 19, $"{OfSigner}\n{Placeholder}=critical,DER:30030101FF"),
        Repeating(
            "a second extendedKeyUsage, with serverAuth",
            37,
            $"{OfSigner}\nextendedKeyUsage=codeSigning\n{Placeholder}=DER:300a06082b06010505070301"
        ),
        new("a self-signed signer with cA true", [new("alone", null, "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature")]),
        new("an authority alone", [Root]),
    ];

    /// <summary>"Key Length", and the algorithms of signatures on certificates.</summary>
    public static IReadOnlyList<ChainCase> OfStrength { get; } =
    [
        Key("rsa1024", "PS256"),
        Key("rsa2560", "PS256"),
        Key("secp224r1", "ES256"),
        Key("secp256k1", "ES256"),
        Key("ed25519", "EdDSA"),
        new("root of RSA-1024", Chain(root: Root with { Key = "rsa1024" })),
        new("intermediate of RSA-1024", Chain(intermediate: Intermediate with { Key = "rsa1024" })),
        new("intermediate of Ed25519", Chain(intermediate: Intermediate with { Key = "ed25519" }))
        {
            Checks = ["format", "keyUsage"],
            TrustedBy = "-c",
            Trusted = Leaf with { Issuer = Intermediate with { Key = "ed25519" } },
        },
        .. new[] { "rsa2048", "intermediate" }.SelectMany(Sha1Leaf),
        new("intermediate signed with SHA-1 and ECDSA", Chain(intermediate: Intermediate with { Digest = "sha1" }))
        {
            Checks = ["format", "authenticity", "keyUsage"],
        },
        new("root signed with SHA-1 and ECDSA", Chain(root: Root with { Digest = "sha1" })) { Checks = ["format", "keyUsage"] },
        new("root signed with SHA-1 and RSA", Chain(root: Root with { Key = "rsa2048", Digest = "sha1" })) { Checks = ["format", "keyUsage"] },
        new("a self-signed signer signed with SHA-1", [new("alone", null, OfSigner) { Digest = "sha1" }])
        {
            Checks = ["format", "keyUsage"],
            TrustedBy = "-c",
        },
    ];

    /// <summary>"Other requirements", 1 and 2. The signer's certificate is trusted itself where the order leaves no way to the root.</summary>
    public static IReadOnlyList<ChainCase> OfOrder { get; } =
    [
        Order("root missing", Leaf, Intermediate) with
        {
            TrustedBy = "--ca-cert",
            Trusted = Intermediate,
        },
        Order("leaf alone", Leaf),
        Order("intermediate and root the other way round", Leaf, Root, Intermediate),
        Order("gap where the intermediate was", Leaf, Root),
        Order("two roots", Leaf, Intermediate, Root, new("other", null, OfAuthority)) with
        {
            TrustedBy = "--ca-cert",
            Trusted = Root,
        },
        Order("root twice", Leaf, Intermediate, Root, Root) with
        {
            TrustedBy = "--ca-cert",
            Trusted = Root,
        },
        Order("root of the same name and another key", Leaf, Intermediate, Root with { Key = "other" }),
        Order("intermediate of the same name and another key", Leaf, Intermediate with { Key = "other" }, Root),
        Order("intermediate twice", Leaf, Intermediate, Intermediate, Root) with
        {
            TrustedBy = "--ca-cert",
            Trusted = Intermediate,
        },
        Order("unrelated certificate at the end", Leaf, Intermediate, Root, new("unrelated", new("other", null, OfAuthority), OfAuthority)) with
        {
            TrustedBy = "--ca-cert",
            Trusted = Root,
        },
        Order("unrelated certificate between", Leaf, Intermediate, new("unrelated", new("other", null, OfAuthority), OfAuthority), Root) with
        {
            TrustedBy = "--ca-cert",
            Trusted = Intermediate,
        },
        Order("self-signed signer under a root", new("alone", null, OfSigner), Root),
        // Another certificate is the signer's then: the signature is not by its key, and it is an authority.
        Order("root first", Root, Intermediate, Leaf) with
        {
            Checks = ["format", "integrity", "keyUsage"],
            SignedBy = Leaf,
        },
    ];

    /// <summary>"Other requirements", 3 and 4 of the second count.</summary>
    public static IReadOnlyList<ChainCase> OfDates { get; } =
    [.. Dates("expired", plan => plan with { NotAfter = Expired }), .. Dates("not yet valid", plan => plan with { NotBefore = Future })];

    internal static string PathLength(int length) => $"basicConstraints=critical,CA:TRUE,pathlen:{length}\nkeyUsage=critical,keyCertSign";

    internal static IReadOnlyList<CertificatePlan> Chain(
        CertificatePlan? root = null,
        CertificatePlan? intermediate = null,
        CertificatePlan? leaf = null
    ) => ((leaf ?? Leaf) with { Issuer = (intermediate ?? Intermediate) with { Issuer = root ?? Root } }).Chain;

    /// <summary>A chain with another intermediate under the one given.</summary>
    internal static IReadOnlyList<CertificatePlan> Longer(CertificatePlan intermediate) =>
        (Leaf with { Issuer = new("lower", intermediate, OfAuthority) }).Chain;

    private static IEnumerable<ChainCase> Authority(string clause, string extensions) =>
        [
            new($"root: {clause}", Chain(root: Root with { Extensions = extensions })),
            new($"intermediate: {clause}", Chain(intermediate: Intermediate with { Extensions = extensions })),
        ];

    private static ChainCase Signer(string clause, string extensions) => new(clause, Chain(leaf: Leaf with { Extensions = extensions }));

    private static ChainCase Repeating(string clause, byte number, string extensions) =>
        new(clause, Chain(leaf: Leaf with { Extensions = extensions, Repeated = number }));

    private static ChainCase Key(string key, string algorithm) =>
        new($"leaf of {key}", Chain(leaf: Leaf with { Key = key })) { Algorithm = algorithm, Checks = ["integrity", "keyUsage"] };

    // Nothing signed with SHA-1 shows who issued it: the order is open, and no way leads to a root.
    private static IEnumerable<ChainCase> Sha1Leaf(string issuerKey)
    {
        var chain = Chain(intermediate: Intermediate with { Key = issuerKey }, leaf: Leaf with { Digest = "sha1" });
        var one = new ChainCase($"leaf signed with SHA-1 and {(issuerKey == "rsa2048" ? "RSA" : "ECDSA")}", chain)
        {
            Checks = ["format", "authenticity", "keyUsage"],
        };
        yield return one;
        yield return one with
        {
            Clause = $"{one.Clause}, trusted itself",
            Checks = ["format", "keyUsage"],
            TrustedBy = "-c",
            Trusted = chain[0],
        };
    }

    private static ChainCase Order(string clause, params CertificatePlan[] chain) =>
        new(clause, chain)
        {
            Checks = ["format"],
            TrustedBy = "-c",
            Trusted = chain[0],
        };

    private static IEnumerable<ChainCase> Dates(string clause, Func<CertificatePlan, CertificatePlan> change) =>
        new[]
        {
            new ChainCase($"leaf {clause}", Chain(leaf: change(Leaf))),
            new ChainCase($"intermediate {clause}", Chain(intermediate: change(Intermediate))),
            new ChainCase($"root {clause}", Chain(root: change(Root))),
        }.Select(one => one with { Checks = ["validity"] });
}
