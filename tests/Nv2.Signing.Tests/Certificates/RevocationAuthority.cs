using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates.Revocation;

namespace Nv2.Signing.Tests.Certificates;

/// <summary>A root, an authority below it and a signer's certificate, all valid from 2020 to 2040, with revocation lists that may be wrong in one
/// way.</summary>
internal sealed class RevocationAuthority : IDisposable
{
    private static readonly DateTimeOffset Start = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = new(2040, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 root;
    private readonly X509Certificate2 issuer;
    private int lists;

    /// <param name="issuerUsages">What the key of the authority in the middle may be used for; <see langword="null"/> for a certificate that does not
    /// say it.</param>
    /// <param name="announces">Whether the signer's certificate says where its revocation list is.</param>
    public RevocationAuthority(X509KeyUsageFlags? issuerUsages = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, bool announces = true)
    {
        root = Issue("root", rootKey, "root", rootKey, true, X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign);
        issuer = Issue("issuer", issuerKey, "root", rootKey, true, issuerUsages);
        Leaf = Issue(
            "leaf",
            leafKey,
            "issuer",
            issuerKey,
            false,
            X509KeyUsageFlags.DigitalSignature,
            announces ? [CertificateRevocationListBuilder.BuildCrlDistributionPointExtension(["http://crl.example.com/"])] : []
        );
    }

    /// <summary>The signer's certificate.</summary>
    public X509Certificate2 Leaf { get; }

    /// <summary>The signer's certificate, its issuer's and the root.</summary>
    public IReadOnlyList<X509Certificate2> Chain => [Leaf, issuer, root];

    /// <summary>A current list of the root, on which nothing stands.</summary>
    public RevocationList OfRoot() => List("root.crl", "root", rootKey, Signatures.Now.AddDays(-1), Signatures.Now.AddDays(30), null, null);

    /// <summary>A list in the name of the signer's issuer.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="revoked">Whether the signer's certificate is on it.</param>
    /// <param name="reason">Why; <see langword="null"/> to leave that out.</param>
    /// <param name="thisUpdate">When it is issued; a day ago by default.</param>
    /// <param name="nextUpdate">When the next one is due; in a month by default.</param>
    /// <param name="byAnotherKey">Whether it is signed by a key that is not the issuer's.</param>
    public RevocationList OfIssuer(
        string name,
        bool revoked = false,
        X509RevocationReason? reason = null,
        DateTimeOffset? thisUpdate = null,
        DateTimeOffset? nextUpdate = null,
        bool byAnotherKey = false
    ) =>
        List(
            name,
            "issuer",
            byAnotherKey ? leafKey : issuerKey,
            thisUpdate ?? Signatures.Now.AddDays(-1),
            nextUpdate ?? Signatures.Now.AddDays(30),
            revoked ? Leaf : null,
            reason
        );

    /// <summary>A list in the name of the signer's issuer, of any form.</summary>
    public RevocationList OfIssuer(MadeRevocationList list) => list.Sign(issuerKey, NameOf("issuer"));

    /// <summary>A list in the name of the root, of any form.</summary>
    public RevocationList OfRoot(MadeRevocationList list) => list.Sign(rootKey, NameOf("root"));

    /// <summary>The bytes of a current list of the signer's issuer.</summary>
    public byte[] DerOfIssuer(bool revoked, X509RevocationReason? reason = null) =>
        Der("issuer", issuerKey, Signatures.Now.AddDays(-1), Signatures.Now.AddDays(30), revoked ? Leaf : null, reason);

    /// <summary>The bytes of a current list of the root, on which nothing stands.</summary>
    public byte[] DerOfRoot() => Der("root", rootKey, Signatures.Now.AddDays(-1), Signatures.Now.AddDays(30), null, null);

    /// <summary>The bytes of a current list of the signer's issuer with some entries.</summary>
    /// <param name="entries">How many.</param>
    /// <param name="position">Which of them is of the signer's certificate; negative for none.</param>
    public byte[] DerOfIssuer(int entries, int position)
    {
        var builder = new CertificateRevocationListBuilder();
        for (var index = 0; index < entries; index++)
        {
            if (index == position)
                builder.AddEntry(Leaf, Start.AddYears(1));
            else
                builder.AddEntry([1, (byte)(index >> 8), (byte)index, 7], Start.AddYears(1), X509RevocationReason.Superseded);
        }

        return builder.Build(
            NameOf("issuer"),
            X509SignatureGenerator.CreateForECDsa(issuerKey),
            BigInteger.One,
            Signatures.Now.AddDays(30),
            HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier([1]),
            Signatures.Now.AddDays(-1)
        );
    }

    public void Dispose()
    {
        foreach (var one in new IDisposable[] { rootKey, issuerKey, leafKey, root, issuer, Leaf })
            one.Dispose();
    }

    private static X509Certificate2 Issue(
        string name,
        ECDsa key,
        string issuer,
        ECDsa issuerKey,
        bool isAuthority,
        X509KeyUsageFlags? usages,
        params X509Extension[] extensions
    )
    {
        var request = new CertificateRequest(NameOf(name), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        if (usages is { } flags)
            request.CertificateExtensions.Add(new X509KeyUsageExtension(flags, critical: true));
        foreach (var extension in extensions)
            request.CertificateExtensions.Add(extension);
        return request.Create(NameOf(issuer), X509SignatureGenerator.CreateForECDsa(issuerKey), Start, End, RandomNumberGenerator.GetBytes(8));
    }

    private static X500DistinguishedName NameOf(string name) => new($"CN={name}");

    private RevocationList List(
        string name,
        string issuer,
        ECDsa key,
        DateTimeOffset thisUpdate,
        DateTimeOffset nextUpdate,
        X509Certificate2? revoked,
        X509RevocationReason? reason
    ) => Assert.Single(RevocationList.Parse(Der(issuer, key, thisUpdate, nextUpdate, revoked, reason), name));

    private byte[] Der(
        string issuer,
        ECDsa key,
        DateTimeOffset thisUpdate,
        DateTimeOffset nextUpdate,
        X509Certificate2? revoked,
        X509RevocationReason? reason
    )
    {
        var builder = new CertificateRevocationListBuilder();
        if (revoked is not null)
            builder.AddEntry(revoked, Start.AddYears(1), reason);
        return builder.Build(
            NameOf(issuer),
            X509SignatureGenerator.CreateForECDsa(key),
            new BigInteger(++lists),
            nextUpdate,
            HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier([1]),
            thisUpdate
        );
    }
}
