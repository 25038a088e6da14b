namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>What a revocation list is to be (RFC 5280 section 5.1).</summary>
internal sealed class MadeList(MadeCertificate issuer)
{
    private byte[]? encoded;

    public MadeCertificate Issuer { get; } = issuer;

    public IReadOnlyList<Attribute>? IssuerName { get; set; }

    public PoolKey? SignedBy { get; set; }

    public SignatureKind Signature { get; set; } = SignatureKind.Default;

    public DateTimeOffset ThisUpdate { get; set; } = MadeWorld.Now.AddMonths(-1);

    public DateTimeOffset? NextUpdate { get; set; } = MadeWorld.Now.AddMonths(1);

    /// <summary>Who is revoked, and why: a number of CRLReason.</summary>
    public List<(MadeCertificate Certificate, byte? Reason)> Revoked { get; } = [];

    /// <summary>Extensions beside the key identifier and the number.</summary>
    public List<(string Oid, bool Critical, byte[] Content)> Extensions { get; } = [];

    public byte[] Encoded => encoded ??= Encode();

    public string Pem => new(System.Security.Cryptography.PemEncoding.Write("X509 CRL", Encoded));

    private byte[] Encode()
    {
        var signer = SignedBy ?? Issuer.Key;
        var algorithm = Signature.Identifier(signer);
        List<(string Oid, bool Critical, byte[] Content)> extensions =
        [
            (Oids.AuthorityKeyIdentifier, false, Der.Sequence(Der.Implicit(0, Issuer.KeyIdentifier))),
            (Oids.CrlNumber, false, Der.Integer(7)),
            .. Extensions,
        ];
        byte[][] revoked = Revoked.Count == 0 ? [] : [Der.Sequence([.. Revoked.Select(Entry)])];
        byte[][] next = NextUpdate is { } time ? [Der.Time(time)] : [];
        var content = Der.Sequence([
            Der.Integer(1),
            algorithm,
            Der.Name(IssuerName ?? Issuer.Subject),
            Der.Time(ThisUpdate),
            .. next,
            .. revoked,
            Der.Tagged(0, Der.Sequence([.. extensions.Select(MadeCertificate.EncodeExtension)])),
        ]);
        return Der.Sequence(content, algorithm, Der.BitString(signer.Sign(content, Signature)));
    }

    private static byte[] Entry((MadeCertificate Certificate, byte? Reason) entry)
    {
        byte[][] extensions = entry.Reason is { } reason
            ? [Der.Sequence(Der.Sequence(Der.Oid("2.5.29.21"), Der.OctetString([0x0A, 1, reason])))]
            : [];
        return Der.Sequence([entry.Certificate.Serial, Der.Time(MadeWorld.Now.AddMonths(-6)), .. extensions]);
    }
}
