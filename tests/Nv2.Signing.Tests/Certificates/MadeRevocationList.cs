using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates.Revocation;

namespace Nv2.Signing.Tests.Certificates;

/// <summary>An entry of a revocation list.</summary>
/// <param name="Certificate">Whose it is.</param>
/// <param name="Reason">The value of reasonCode; <see langword="null"/> to leave that out.</param>
internal sealed record MadeEntry(X509Certificate2 Certificate, int? Reason = null)
{
    public const int KeyCompromise = 1;
    public const int Hold = 6;
    public const int RemoveFromCrl = 8;

    public bool IsTimeGeneralized { get; init; }

    /// <summary>Critical extensions besides, by their object identifiers.</summary>
    public string[] Critical { get; init; } = [];
}

/// <summary>A revocation list with all that the platform's own builder leaves out (RFC 5280 section 5): delta lists, scopes, other forms of
/// time.</summary>
internal sealed record MadeRevocationList(string Name, params MadeEntry[] Entries)
{
    public DateTimeOffset ThisUpdate { get; init; } = Signatures.Now.AddDays(-1);

    public DateTimeOffset? NextUpdate { get; init; } = Signatures.Now.AddDays(30);

    public bool IsTimeGeneralized { get; init; }

    public int? Number { get; init; } = 10;

    /// <summary>The number of the list that this one is a delta to.</summary>
    public int? BaseNumber { get; init; }

    /// <summary>Whether it says where delta lists to it are.</summary>
    public bool HasDeltas { get; init; }

    /// <summary>The content of issuingDistributionPoint in hexadecimal digits, without the SEQUENCE around it.</summary>
    public string? Scope { get; init; }

    /// <summary>Critical extensions besides, by their object identifiers.</summary>
    public string[] Critical { get; init; } = [];

    /// <summary>What follows the last field, in hexadecimal digits.</summary>
    public string Trailing { get; init; } = "";

    public RevocationList Sign(ECDsa key, X500DistinguishedName issuer) => Assert.Single(RevocationList.Parse(Der(key, issuer), Name));

    public byte[] Der(ECDsa key, X500DistinguishedName issuer)
    {
        var generator = X509SignatureGenerator.CreateForECDsa(key);
        var algorithm = generator.GetSignatureAlgorithmIdentifier(HashAlgorithmName.SHA256);
        var content = new AsnWriter(AsnEncodingRules.DER);
        using (content.PushSequence())
        {
            content.WriteInteger(1);
            content.WriteEncodedValue(algorithm);
            content.WriteEncodedValue(issuer.RawData);
            WriteTime(content, ThisUpdate, IsTimeGeneralized);
            if (NextUpdate is { } next)
                WriteTime(content, next, IsTimeGeneralized);
            if (Entries.Length > 0)
                WriteEntries(content);
            WriteExtensions(content);
            if (Trailing.Length > 0)
                content.WriteEncodedValue(Convert.FromHexString(Trailing));
        }

        var signed = content.Encode();
        var list = new AsnWriter(AsnEncodingRules.DER);
        using (list.PushSequence())
        {
            list.WriteEncodedValue(signed);
            list.WriteEncodedValue(algorithm);
            list.WriteBitString(generator.SignData(signed, HashAlgorithmName.SHA256));
        }

        return list.Encode();
    }

    private void WriteEntries(AsnWriter writer)
    {
        using var _ = writer.PushSequence();
        foreach (var entry in Entries)
        {
            using var __ = writer.PushSequence();
            writer.WriteInteger(entry.Certificate.SerialNumberBytes.Span);
            WriteTime(writer, ThisUpdate, entry.IsTimeGeneralized);
            if (entry.Reason is null && entry.Critical.Length == 0)
                continue;
            using var ___ = writer.PushSequence();
            if (entry.Reason is { } reason)
                WriteExtension(writer, "2.5.29.21", false, value => value.WriteEnumeratedValue((X509RevocationReason)reason));
            foreach (var oid in entry.Critical)
                WriteExtension(writer, oid, true, value => value.WriteNull());
        }
    }

    private void WriteExtensions(AsnWriter writer)
    {
        if (Number is null && BaseNumber is null && !HasDeltas && Scope is null && Critical.Length == 0)
            return;
        using var _ = writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true));
        using var __ = writer.PushSequence();
        if (Number is { } number)
            WriteExtension(writer, "2.5.29.20", false, value => value.WriteInteger(number));
        if (BaseNumber is { } of)
            WriteExtension(writer, "2.5.29.27", true, value => value.WriteInteger(of));
        if (HasDeltas)
            WriteExtension(writer, "2.5.29.46", false, value => value.WriteEncodedValue(Convert.FromHexString("30083006A004A0028600")));
        if (Scope is not null)
            WriteExtension(writer, "2.5.29.28", true, value => WriteScope(value, Scope));
        foreach (var oid in Critical)
            WriteExtension(writer, oid, true, value => value.WriteNull());
    }

    private static void WriteScope(AsnWriter writer, string content)
    {
        using var _ = writer.PushSequence();
        if (content.Length > 0)
            writer.WriteEncodedValue(Convert.FromHexString(content));
    }

    private static void WriteExtension(AsnWriter writer, string oid, bool isCritical, Action<AsnWriter> writeValue)
    {
        var value = new AsnWriter(AsnEncodingRules.DER);
        writeValue(value);
        using var _ = writer.PushSequence();
        writer.WriteObjectIdentifier(oid);
        if (isCritical)
            writer.WriteBoolean(true);
        writer.WriteOctetString(value.Encode());
    }

    private static void WriteTime(AsnWriter writer, DateTimeOffset time, bool isGeneralized)
    {
        if (isGeneralized)
            writer.WriteGeneralizedTime(time, omitFractionalSeconds: true);
        else
            writer.WriteUtcTime(time);
    }
}
