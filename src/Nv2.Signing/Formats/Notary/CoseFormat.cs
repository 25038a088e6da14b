using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Security.Cryptography.Cose;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;

namespace Nv2.Signing.Formats.Notary;

/// <summary>The Notary Project's COSE envelope: a tagged COSE_Sign1 message (RFC 9052 section 4.2) with the headers of
/// signature-envelope-cose.md.</summary>
/// <remarks>
/// <para>
/// The platform's <see cref="CoseMessage"/> decodes. It accepts untagged messages and any CBOR encoding, which are refused here, so its input is
/// checked first. It cannot read a header whose label does not fit 32 bits, which makes the signature malformed.
/// </para>
/// <para>
/// It does not expose the names of labels, which extended attributes need, or the signed bytes, which one verifier for all formats and keys outside
/// of memory need; these are read and written as CBOR. The platform signs only with keys in memory.
/// </para>
/// </remarks>
internal sealed class CoseFormat : EnvelopeFormat
{
    private const string What = "the signature";
    private const string Chain = "x5chain (label 33)";

    // Tag 18 (RFC 9052 section 2), and an array of four, in the shortest form of CBOR.
    private const ulong Sign1TagNumber = 18;
    private const byte Sign1Tag = 0xd2;
    private const byte ArrayOfFour = 0x84;

    /// <summary>The last of the common labels, which <c>crit</c> must not name.</summary>
    private const int LastCommon = 8;

    // Labels: RFC 9052 section 3.1, RFC 9360 section 2.
    private const int AlgorithmNumber = 1;
    private const int CriticalNumber = 2;
    private const int ContentTypeNumber = 3;
    private const int CertificateChainNumber = 33;

    private static readonly CoseHeaderLabel CertificateChain = new(CertificateChainNumber);
    private static readonly CoseHeaderLabel SigningAgent = new(EnvelopeAttributes.SigningAgentName);
    private static readonly CoseHeaderLabel Timestamp = new(EnvelopeAttributes.TimestampName);

    public override string Name => "cose";

    public override MediaType MediaType { get; } = MediaType.Parse("application/cose");

    /// <summary>Whether bytes begin like COSE: with a CBOR array or tag. Text does not, and neither does JSON with a byte order mark.</summary>
    public static bool Begins(ReadOnlySpan<byte> bytes) => bytes is [>= 0x80 and <= 0x9f or >= 0xc0 and <= 0xdb, ..];

    public override bool Recognizes(ReadOnlySpan<byte> signature) => Begins(signature);

    public override Signature Parse(ReadOnlyMemory<byte> signature)
    {
        var message = Decode(signature.Span);
        var payload = message.Content ?? throw new InvalidInputException("the signature has no payload: expected a payload that is not detached");
        var protectedHeaders = message.ProtectedHeaders;
        var unprotectedHeaders = message.UnprotectedHeaders;
        var claims = ReadAttributes(message).Complete(() => NotaryPayload.Parse(payload.Span));
        return new Signature
        {
            Format = this,
            Algorithm = Find(protectedHeaders, CoseHeaderLabel.Algorithm) is { } algorithm
                ? CoseAlgorithm.NameOf(algorithm.Number("the algorithm"))
                : throw new InvalidInputException("the signature has no algorithm in its protected headers"),
            SignedBytes = SigStructure(message.RawProtectedHeaders.Span, payload.Span),
            Value = message.Signature,
            Certificates = ReadCertificates(
                Find(protectedHeaders, CertificateChain)
                    ?? Find(unprotectedHeaders, CertificateChain)
                    ?? throw new InvalidInputException($"the signature has no {Chain}: expected the signer's certificate chain")
            ),
            KeyId = null,
            Claims = claims,
            ContentType = NotaryPayload.MediaType,
            // "The verifier MUST NOT validate formatting, or fail validation based on" it.
            SigningAgent = Find(unprotectedHeaders, SigningAgent)?.TextOrNull(),
            Timestamp = Find(unprotectedHeaders, Timestamp)?.Bytes(EnvelopeAttributes.TimestampName),
        };
    }

    protected override byte[] EmbedTimestamp(ReadOnlyMemory<byte> signature, ReadOnlyMemory<byte> token)
    {
        var message = Decode(signature.Span);
        message.UnprotectedHeaders[Timestamp] = CoseHeaderValue.FromBytes(token.Span);
        return message.Encode();
    }

    protected override byte[] Write(
        Claims claims,
        SigningKey key,
        SigningAlgorithm algorithm,
        IReadOnlyList<X509Certificate2> certificates,
        string? signingAgent
    )
    {
        var protectedHeaders = WriteProtected(claims, algorithm);
        var payload = NotaryPayload.Write(claims);
        var value = key.Sign(SigStructure(protectedHeaders, payload), algorithm);

        var envelope = new CborWriter(CborConformanceMode.Strict);
        envelope.WriteTag((CborTag)Sign1TagNumber);
        envelope.WriteStartArray(4);
        envelope.WriteByteString(protectedHeaders);
        envelope.WriteStartMap(signingAgent is null ? 1 : 2);
        envelope.WriteInt32(CertificateChainNumber);
        WriteArray(envelope, certificates, certificate => envelope.WriteByteString(certificate.RawDataMemory.Span));
        if (signingAgent is not null)
        {
            envelope.WriteTextString(EnvelopeAttributes.SigningAgentName);
            envelope.WriteTextString(signingAgent);
        }

        envelope.WriteEndMap();
        envelope.WriteByteString(payload);
        envelope.WriteByteString(value);
        envelope.WriteEndArray();
        return envelope.Encode();
    }

    private static CoseSign1Message Decode(ReadOnlySpan<byte> signature)
    {
        PreferredSerialization.Require(signature, What);
        if (signature is not [Sign1Tag, ..])
            throw new InvalidInputException("the signature is not tagged as COSE_Sign1: expected tag 18");
        if (signature is not [_, ArrayOfFour, ..])
            throw new InvalidInputException(
                "the signature is not COSE_Sign1: expected an array of protected headers, unprotected headers, payload and signature"
            );
        CoseForm.Require(signature.ToArray());
        try
        {
            var message = CoseMessage.DecodeSign1(signature);
            PreferredSerialization.Require(message.RawProtectedHeaders.Span, "the protected header of the signature");
            return message;
        }
        catch (CryptographicException exception)
        {
            throw CoseForm.Damaged(exception);
        }
    }

    // The signed bytes (RFC 9052 section 4.4), without externally supplied data.
    private static byte[] SigStructure(ReadOnlySpan<byte> protectedHeaders, ReadOnlySpan<byte> payload)
    {
        var structure = new CborWriter(CborConformanceMode.Strict);
        structure.WriteStartArray(4);
        structure.WriteTextString("Signature1");
        structure.WriteByteString(protectedHeaders);
        structure.WriteByteString([]);
        structure.WriteByteString(payload);
        structure.WriteEndArray();
        return structure.Encode();
    }

    private static EnvelopeAttributes ReadAttributes(CoseSign1Message message)
    {
        var attributes = new EnvelopeAttributes();
        foreach (var (label, name) in ReadLabels(message))
        {
            var value = message.ProtectedHeaders[label];
            if (label == CoseHeaderLabel.CriticalHeaders)
                attributes.Critical = value.Array("crit", "labels", EnvelopeAttributes.MaxCount, ReadCritical);
            else if (label == CoseHeaderLabel.ContentType)
                attributes.ContentType = value.Text("the content type");
            else if (label == CertificateChain)
                attributes.Understood.Add(name);
            else if (label != CoseHeaderLabel.Algorithm)
                attributes.Read(name, () => value.Text(name), () => value.Time(name), () => value.TextOrNull());
        }

        return attributes;
    }

    private static List<(CoseHeaderLabel Label, string Name)> ReadLabels(CoseSign1Message message)
    {
        if (Math.Max(message.ProtectedHeaders.Count, message.UnprotectedHeaders.Count) > EnvelopeAttributes.MaxCount)
            throw new InvalidInputException(
                $"the signature has more headers than {EnvelopeAttributes.MaxCount} of one kind, protected or unprotected"
            );

        var labels = new List<(CoseHeaderLabel, string)>();
        if (message.RawProtectedHeaders.IsEmpty)
            return labels;
        var reader = new CborReader(message.RawProtectedHeaders, CborConformanceMode.Strict);
        reader.ReadStartMap();
        while (reader.PeekState() != CborReaderState.EndMap)
        {
            labels.Add(ReadLabel(reader));
            reader.SkipValue();
        }

        return labels;
    }

    private static (CoseHeaderLabel Label, string Name) ReadLabel(CborReader reader)
    {
        if (reader.PeekState() == CborReaderState.TextString)
        {
            var text = reader.ReadTextString();
            return (new CoseHeaderLabel(text), text);
        }

        var number = reader.ReadInt32();
        return (new CoseHeaderLabel(number), CoseForm.NameOf(number));
    }

    // CoseForm has checked that each is in the protected headers.
    private static string ReadCritical(CborReader reader)
    {
        if (reader.PeekState() == CborReaderState.TextString)
            return reader.ReadTextString();
        return reader.ReadInt32() is var number && number is < 0 or > LastCommon
            ? CoseForm.NameOf(number)
            : throw new InvalidInputException(
                $"the signature has {CoseForm.NameOf(number)} in crit, which must not name labels from 0 to {LastCommon}"
            );
    }

    // RFC 9360 section 2: one certificate is a byte string, several are an array of them; the Notary Project always writes an array.
    private static List<X509Certificate2> ReadCertificates(CoseHeaderValue chain)
    {
        var certificates = chain.IsBytes()
            ? [chain.Bytes(Chain)]
            : chain.Array(Chain, "byte strings", CertificateFile.MaxCertificates, reader => reader.ReadByteString());
        if (certificates.Count == 0)
            throw new InvalidInputException($"{Chain} of the signature is empty: expected the signer's certificate chain");
        try
        {
            return certificates.ConvertAll(der => CertificateFile.ParseDer(der));
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"a certificate in {Chain} of the signature cannot be used: {exception.Message}", exception);
        }
    }

    // In the bytewise order of their labels: core deterministic encoding (RFC 8949 section 4.2.1).
    private static byte[] WriteProtected(Claims claims, SigningAlgorithm algorithm)
    {
        var attributes = new SortedDictionary<string, (string Name, Action<CborWriter> WriteValue)>(StringComparer.Ordinal);
        foreach (var attribute in claims.ExtendedClaims)
            Add(attribute.Name, writer => writer.WriteTextString(attribute.Text!)); // Not null: checked.
        Add(EnvelopeAttributes.SchemeName, writer => writer.WriteTextString(claims.Scheme!.Name)); // Set by the caller, like the time.
        Add(
            claims.AuthenticSigningTime is null ? EnvelopeAttributes.SigningTimeName : EnvelopeAttributes.AuthenticSigningTimeName,
            writer => WriteTime(writer, claims.IssuedAt!.Value)
        );
        if (claims.ExpiresAt is { } expiry)
            Add(EnvelopeAttributes.ExpiryName, writer => WriteTime(writer, expiry));

        return Encode(writer =>
        {
            writer.WriteStartMap(attributes.Count + 3);
            writer.WriteInt32(AlgorithmNumber);
            writer.WriteInt32(CoseAlgorithm.NumberOf(algorithm));
            writer.WriteInt32(CriticalNumber);
            WriteArray<string>(writer, [.. EnvelopeAttributes.CriticalNames(claims)], writer.WriteTextString);
            writer.WriteInt32(ContentTypeNumber);
            writer.WriteTextString(NotaryPayload.MediaType.ToString());
            foreach (var (name, writeValue) in attributes.Values)
            {
                writer.WriteTextString(name);
                writeValue(writer);
            }

            writer.WriteEndMap();
        });

        void Add(string name, Action<CborWriter> writeValue) =>
            attributes.Add(Convert.ToHexString(Encode(writer => writer.WriteTextString(name))), (name, writeValue));
    }

    private static void WriteTime(CborWriter writer, DateTimeOffset time)
    {
        writer.WriteTag(CborTag.UnixTimeSeconds);
        writer.WriteInt64(time.ToUnixTimeSeconds());
    }

    private static byte[] Encode(Action<CborWriter> write)
    {
        var writer = new CborWriter(CborConformanceMode.Strict);
        write(writer);
        return writer.Encode();
    }

    private static void WriteArray<T>(CborWriter writer, IReadOnlyList<T> items, Action<T> write)
    {
        writer.WriteStartArray(items.Count);
        foreach (var item in items)
            write(item);
        writer.WriteEndArray();
    }

    private static CoseHeaderValue? Find(CoseHeaderMap headers, CoseHeaderLabel label) => headers.TryGetValue(label, out var value) ? value : null;
}
