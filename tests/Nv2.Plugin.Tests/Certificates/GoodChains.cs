using static Nv2.Plugin.Tests.Certificates.BrokenChains;
using static Nv2.Plugin.Tests.Certificates.CertificatePlan;

namespace Nv2.Plugin.Tests.Certificates;

/// <summary>Chains that a stricter reader than the Notary Project would refuse.</summary>
internal static class GoodChains
{
    public static IReadOnlyList<ChainCase> All { get; } =
    [
        new("nothing special", Leaf.Chain),
        new("leaf without intermediate", (Leaf with { Issuer = Root }).Chain),
        Signer("no basicConstraints", "keyUsage=critical,digitalSignature"),
        Signer("basicConstraints not critical", "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature"),
        Signer("nonRepudiation", "keyUsage=critical,digitalSignature,nonRepudiation"),
        Signer("codeSigning", $"{OfSigner}\nextendedKeyUsage=codeSigning"),
        Signer("codeSigning, critical", $"{OfSigner}\nextendedKeyUsage=critical,codeSigning"),
        Signer("codeSigning and another purpose", $"{OfSigner}\nextendedKeyUsage=codeSigning,1.3.6.1.4.1.99999.1"),
        Signer("another purpose alone", $"{OfSigner}\nextendedKeyUsage=1.3.6.1.4.1.99999.1"),
        new("self-signed signer", [new("alone", null, OfSigner)]),
        new("self-signed signer, trusted itself", [new("alone", null, OfSigner)]) { TrustedBy = "-c" },
        new("pathLen just enough", Longer(Intermediate with { Issuer = Root with { Extensions = PathLength(2) }, Extensions = PathLength(1) })),
        new("pathLen 0 over the leaf", Chain(intermediate: Intermediate with { Extensions = PathLength(0) })),
        Signer("unknown critical extension of the leaf", $"{OfSigner}\n1.3.6.1.4.1.99999.2=critical,DER:0500") with
        {
            OpenSslSays = "unhandled critical extension",
        },
        new(
            "unknown critical extension of the intermediate",
            Chain(intermediate: Intermediate with { Extensions = $"{OfAuthority}\n1.3.6.1.4.1.99999.2=critical,DER:0500" })
        )
        {
            OpenSslSays = "unhandled critical extension",
        },
        new(
            "name constraints that the leaf breaks",
            Chain(
                intermediate: Intermediate with
                {
                    Extensions = $"{OfAuthority}\nnameConstraints=critical,permitted;DNS:example.org",
                },
                leaf: Leaf with
                {
                    Extensions = $"{OfSigner}\nsubjectAltName=DNS:registry.example.com",
                }
            )
        )
        {
            OpenSslSays = "permitted subtree violation",
        },
        new(
            "a key identifier of no issuer",
            Chain(
                leaf: Leaf with
                {
                    Extensions = $"{OfSigner}\n2.5.29.35=DER:30068004DEADBEEF",
                },
                intermediate: Intermediate with
                {
                    Extensions = $"{OfAuthority}\nsubjectKeyIdentifier=hash",
                }
            )
        )
        {
            OpenSslSays = "unable to get local issuer certificate",
        },
        new(
            "extended key usage of the intermediate",
            Chain(intermediate: Intermediate with { Extensions = $"{OfAuthority}\nextendedKeyUsage=critical,serverAuth" })
        ),
        new(
            "validity not nested",
            Chain(
                root: Root with
                {
                    NotBefore = "20230101000000Z",
                    NotAfter = "20400101000000Z",
                },
                intermediate: Intermediate with
                {
                    NotBefore = "20220101000000Z",
                    NotAfter = "20410101000000Z",
                },
                leaf: Leaf with
                {
                    NotBefore = "20210101000000Z",
                    NotAfter = "20420101000000Z",
                }
            )
        ),
    ];

    private static ChainCase Signer(string clause, string extensions) => new(clause, Chain(leaf: Leaf with { Extensions = extensions }));
}
