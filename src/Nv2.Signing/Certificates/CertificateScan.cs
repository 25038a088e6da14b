namespace Nv2.Signing.Certificates;

/// <summary>
/// Properties of a certificate without parsing all of it, for a certificate in the usual form: version 3, in DER, complete, and nothing after it. A
/// verification needs a few of thousands of trusted certificates; the others cost no more than this.
/// </summary>
/// <param name="Subject">The position of the subject's name.</param>
/// <param name="IsAuthority">Whether it is marked as a certificate authority (RFC 5280 section 4.2.1.9).</param>
internal readonly record struct CertificateScan(Range Subject, bool IsAuthority)
{
    private const byte Boolean = 0x01;
    private const byte Integer = 0x02;
    private const byte BitString = 0x03;
    private const byte OctetString = 0x04;
    private const byte ObjectIdentifier = 0x06;
    private const byte Sequence = 0x30;
    private const byte Version = 0xa0;
    private const byte Extensions = 0xa3;
    private const int MaxExtensions = 128;

    private static ReadOnlySpan<byte> Version3 => [Integer, 1, 2];

    private static ReadOnlySpan<byte> BasicConstraints => [0x55, 0x1d, 0x13];

    private static ReadOnlySpan<byte> True => [Boolean, 1, 0xff];

    /// <summary>Scans a certificate.</summary>
    /// <returns><see langword="null"/> if it has another form or is not a certificate: parsing it decides.</returns>
    public static CertificateScan? Of(ReadOnlySpan<byte> der)
    {
        // Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature }
        var all = new DerSpan(der);
        if (!all.TryRead(Sequence, out var certificate) || !all.IsEmpty)
            return null;
        if (
            !certificate.TryRead(Sequence, out var fields)
            || !certificate.TryRead(Sequence, out _)
            || !certificate.TryRead(BitString, out _)
            || !certificate.IsEmpty
        )
            return null;

        // TBSCertificate ::= SEQUENCE { version [0], serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, extensions [3] }
        if (
            !fields.TryRead(Version, out var version)
            || !version.Rest.SequenceEqual(Version3)
            || !fields.TryRead(Integer, out _)
            || !fields.TryRead(Sequence, out _)
            || !fields.TryRead(Sequence, out _)
            || !fields.TryRead(Sequence, out _)
        )
        {
            return null;
        }

        var start = fields.OffsetIn(der);
        if (!fields.TryRead(Sequence, out _))
            return null;
        var subject = start..fields.OffsetIn(der);
        return
            fields.TryRead(Sequence, out _)
            && fields.TryRead(Extensions, out var tagged)
            && fields.IsEmpty
            && tagged.TryRead(Sequence, out var extensions)
            && tagged.IsEmpty
            && TryReadAuthority(extensions, out var isAuthority)
            ? new(subject, isAuthority)
            : null;
    }

    // Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }; BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT
    // FALSE, pathLenConstraint OPTIONAL }
    private static bool TryReadAuthority(DerSpan extensions, out bool isAuthority)
    {
        isAuthority = false;
        var isFound = false;
        for (var count = 0; !extensions.IsEmpty; count++)
        {
            if (count == MaxExtensions || !extensions.TryRead(Sequence, out var extension) || !extension.TryRead(ObjectIdentifier, out var type))
                return false;
            if (extension.Rest.StartsWith(True))
                _ = extension.TryRead(Boolean, out _);
            if (!extension.TryRead(OctetString, out var value) || !extension.IsEmpty)
                return false;
            if (!type.Rest.SequenceEqual(BasicConstraints))
                continue;
            if (isFound || !value.TryRead(Sequence, out var constraints) || !value.IsEmpty)
                return false;
            isFound = true;
            isAuthority = constraints.Rest.StartsWith(True);
        }

        return true;
    }
}

/// <summary>DER values in sequence, without copies: with lengths in their shortest form, of up to three bytes.</summary>
internal ref struct DerSpan(ReadOnlySpan<byte> content)
{
    private const int LongForm = 0x80;
    private const int MaxLengthBytes = 3;

    /// <summary>The unread bytes.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = content;

    /// <summary>Whether nothing follows.</summary>
    public readonly bool IsEmpty => Rest.IsEmpty;

    /// <summary>Reads a value with a tag.</summary>
    /// <returns><see langword="false"/> if the next value has another tag or is incomplete.</returns>
    public bool TryRead(byte tag, out DerSpan value)
    {
        value = default;
        if (Rest.Length < 2 || Rest[0] != tag)
            return false;
        int length = Rest[1];
        var start = 2;
        if (length >= LongForm)
        {
            var bytes = length - LongForm;
            if (bytes is 0 or > MaxLengthBytes || Rest.Length < 2 + bytes || Rest[2] == 0)
                return false;
            length = 0;
            for (; start < 2 + bytes; start++)
                length = (length << 8) | Rest[start];
            if (length < LongForm)
                return false;
        }

        if (Rest.Length - start < length)
            return false;
        value = new(Rest.Slice(start, length));
        Rest = Rest[(start + length)..];
        return true;
    }

    /// <summary>The position of the unread bytes in the whole input.</summary>
    public readonly int OffsetIn(ReadOnlySpan<byte> whole)
    {
        whole.Overlaps(Rest, out var offset);
        return offset;
    }
}
