using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Security.Cryptography.Cose;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Keys;

namespace Nv2.Signing.Formats.Notary;

/// <summary>The Notary Project's COSE envelope: a tagged COSE_Sign1 message (RFC 9052 section 4.2) with the headers of signature-envelope-cose.md.</summary>
/// <remarks>
/// The platform's own COSE type keeps the bytes that it verifies to itself. Read and written as CBOR, an envelope has them like every other signature here, and the
/// one verifier does for all formats; the tests hold both against that type.
/// </remarks>
internal sealed class CoseFormat : EnvelopeFormat
{
    private const string What = "the signature";
    private const CborTag Sign1 = (CborTag)18; // RFC 9052 section 2.
    private const int Parts = 4;

    // RFC 9052 section 3.1 and RFC 9360 section 2.
    private const long Algorithm = 1;
    private const long Critical = 2;
    private const long ContentType = 3;
    private const long CertificateChain = 33;

    /// <summary>The last of the labels that are so common that <c>crit</c> must not name them.</summary>
    private const long LastCommon = 8;

    public override string Name => "cose";

    public override MediaType MediaType { get; } = MediaType.Parse("application/cose");

    /// <summary>Whether bytes begin like COSE: with an array or a tag of CBOR. No text does, nor does JSON with a byte order mark.</summary>
    public static bool Begins(ReadOnlySpan<byte> bytes) => bytes is [>= 0x80 and <= 0x9f or >= 0xc0 and <= 0xdb, ..];

    public override bool Recognizes(ReadOnlySpan<byte> signature) => Begins(signature);

    public override Signature Parse(ReadOnlyMemory<byte> signature)
    {
        var message = CoseItems.ReadOnly(signature, What, ReadMessage);
        var headers = new ProtectedHeaders();
        var labels = CoseItems.ReadOnly(message.Protected, "the protected header of the signature", reader => headers.Read(reader));
        labels.IntersectWith(message.Unprotected.Labels);
        if (labels.Count > 0)
            throw new InvalidInputException($"the signature has {labels.First()} among its protected and among its unprotected headers: expected it once");

        var claims = headers.Attributes.Complete(() => NotaryPayload.Parse(message.Payload));
        return new Signature
        {
            Format = this,
            Algorithm = headers.Algorithm ?? throw new InvalidInputException("the signature has no algorithm among its protected headers"),
            SignedBytes = SigStructure(message.Protected, message.Payload),
            Value = message.Value,
            Certificates = headers.Certificates ?? message.Unprotected.Certificates ??
                throw new InvalidInputException("the signature has no x5chain (label 33): expected the signer's certificate and those above it"),
            KeyId = null,
            Claims = claims,
            ContentType = NotaryPayload.MediaType,
            SigningAgent = message.Unprotected.SigningAgent,
            Timestamp = message.Unprotected.Timestamp,
        };
    }

    public override byte[] WithTimestamp(ReadOnlyMemory<byte> signature, ReadOnlyMemory<byte> token)
    {
        try
        {
            var message = CoseMessage.DecodeSign1(signature.Span);
            message.UnprotectedHeaders[new CoseHeaderLabel(EnvelopeAttributes.TimestampName)] = CoseHeaderValue.FromBytes(token.Span);
            return message.Encode();
        }
        catch (CryptographicException exception)
        {
            throw new InvalidInputException($"a timestamp cannot be put into the signature: {Quoted.Text(exception.Message)[1..^1]}", exception);
        }
    }

    protected override byte[] Write(
        Claims claims, SigningKey key, SigningAlgorithm algorithm, IReadOnlyList<X509Certificate2> certificates, string? signingAgent)
    {
        var protectedHeader = WriteProtected(claims, algorithm);
        var payload = NotaryPayload.Write(claims);
        var value = key.Sign(SigStructure(protectedHeader, payload), algorithm);

        var unprotectedHeader = new CoseMap();
        unprotectedHeader.Add(CertificateChain, writer => WriteArray(writer, certificates, certificate => writer.WriteByteString(certificate.RawDataMemory.Span)));
        if (signingAgent is not null)
            unprotectedHeader.Add(EnvelopeAttributes.SigningAgentName, writer => writer.WriteTextString(signingAgent));

        var message = new CborWriter(CborConformanceMode.Strict);
        message.WriteTag(Sign1);
        message.WriteStartArray(Parts);
        message.WriteByteString(protectedHeader);
        message.WriteEncodedValue(unprotectedHeader.Encode());
        message.WriteByteString(payload);
        message.WriteByteString(value);
        message.WriteEndArray();
        return message.Encode();
    }

    // What is signed (RFC 9052 section 4.4). There is no externally supplied data.
    private static byte[] SigStructure(ReadOnlySpan<byte> protectedHeader, ReadOnlySpan<byte> payload)
    {
        var structure = new CborWriter(CborConformanceMode.Strict);
        structure.WriteStartArray(Parts);
        structure.WriteTextString("Signature1");
        structure.WriteByteString(protectedHeader);
        structure.WriteByteString([]);
        structure.WriteByteString(payload);
        structure.WriteEndArray();
        return structure.Encode();
    }

    private static byte[] WriteProtected(Claims claims, SigningAlgorithm algorithm)
    {
        var map = new CoseMap();
        map.Add(Algorithm, writer => writer.WriteInt64(CoseAlgorithm.NumberOf(algorithm)));
        map.Add(Critical, writer => WriteArray<string>(writer, [.. EnvelopeAttributes.CriticalNames(claims)], writer.WriteTextString));
        map.Add(ContentType, writer => writer.WriteTextString(NotaryPayload.MediaType.ToString()));
        map.Add(EnvelopeAttributes.SchemeName, writer => writer.WriteTextString(claims.Scheme!.Name)); // Set by the caller, as is the time.
        map.Add(
            claims.AuthenticSigningTime is null ? EnvelopeAttributes.SigningTimeName : EnvelopeAttributes.AuthenticSigningTimeName,
            writer => WriteTime(writer, claims.IssuedAt!.Value));
        if (claims.ExpiresAt is { } expiry)
            map.Add(EnvelopeAttributes.ExpiryName, writer => WriteTime(writer, expiry));
        foreach (var attribute in claims.ExtendedClaims)
            map.Add(attribute.Name, writer => writer.WriteTextString(attribute.Text!)); // Has been checked.
        return map.Encode();
    }

    private static void WriteTime(CborWriter writer, DateTimeOffset time)
    {
        writer.WriteTag(CborTag.UnixTimeSeconds);
        writer.WriteInt64(time.ToUnixTimeSeconds());
    }

    private static void WriteArray<T>(CborWriter writer, IReadOnlyList<T> items, Action<T> write)
    {
        writer.WriteStartArray(items.Count);
        foreach (var item in items)
            write(item);
        writer.WriteEndArray();
    }

    private static Message ReadMessage(CborReader reader)
    {
        if (reader.PeekState() != CborReaderState.Tag || reader.ReadTag() != Sign1)
            throw new InvalidInputException("the signature is not tagged as COSE_Sign1: expected tag 18");
        if (reader.PeekState() != CborReaderState.StartArray || reader.ReadStartArray() != Parts)
            throw new InvalidInputException("the signature is not COSE_Sign1: expected an array of protected headers, unprotected headers, payload and signature");

        var protectedHeader = CoseItems.Bytes(reader, "the protected header");
        if (protectedHeader.Length == 0)
            throw new InvalidInputException("the signature has no protected headers");
        var unprotected = new UnprotectedHeaders();
        unprotected.Read(reader);
        if (reader.PeekState() == CborReaderState.Null)
            throw new InvalidInputException("the signature has no payload in it: expected one that is not detached");
        var message = new Message(protectedHeader, unprotected, CoseItems.Bytes(reader, "the payload"), CoseItems.Bytes(reader, "the value"));
        reader.ReadEndArray();
        return message;
    }

    // RFC 9360 section 2: one certificate is a byte string, several are an array of them; the Notary Project writes an array also for one.
    private static List<X509Certificate2> ReadCertificates(CborReader reader)
    {
        const string Chain = "x5chain (label 33)";
        var certificates = reader.PeekState() == CborReaderState.ByteString
            ? [reader.ReadByteString()]
            : CoseItems.Array(reader, Chain, CertificateFile.MaxCertificates, item => CoseItems.Bytes(item, "a certificate in " + Chain));
        if (certificates.Count == 0)
            throw new InvalidInputException($"{Chain} of the signature is empty: expected the signer's certificate and those above it");
        try
        {
            return certificates.ConvertAll(der => CertificateFile.ParseDer(der));
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"a certificate in {Chain} of the signature cannot be used: {exception.Message}", exception);
        }
    }

    private sealed record Message(byte[] Protected, UnprotectedHeaders Unprotected, byte[] Payload, byte[] Value);

    private sealed class ProtectedHeaders
    {
        public EnvelopeAttributes Attributes { get; } = new();

        public string? Algorithm { get; private set; }

        public List<X509Certificate2>? Certificates { get; private set; }

        public HashSet<CoseLabel> Read(CborReader reader) => CoseItems.Map(reader, "the protected header", label =>
        {
            switch (label)
            {
                case { Text: null, Number: CoseFormat.Algorithm }:
                    Algorithm = CoseAlgorithm.NameOf(CoseItems.Integer(reader, "the algorithm"));
                    break;
                case { Text: null, Number: Critical }:
                    Attributes.Critical = CoseItems.Array(reader, "crit", EnvelopeAttributes.MaxCount, ReadCritical);
                    break;
                case { Text: null, Number: ContentType }:
                    Attributes.ContentType = CoseItems.Text(reader, "the content type");
                    break;
                case { Text: null, Number: CertificateChain }:
                    Certificates = ReadCertificates(reader);
                    Attributes.Understood.Add(label.ToString());
                    break;
                default:
                    var name = label.ToString();
                    Attributes.Read(name, () => CoseItems.Text(reader, name), () => CoseItems.Time(reader, name), () => CoseItems.Any(reader));
                    break;
            }
        });

        private static string ReadCritical(CborReader reader) => CoseLabel.Read(reader) is var label && (label.Text is not null || label.Number is < 0 or > LastCommon)
            ? label.ToString()
            : throw new InvalidInputException($"the signature has {label} in crit, which must not name labels from 0 to {LastCommon}");
    }

    private sealed class UnprotectedHeaders
    {
        public HashSet<CoseLabel> Labels { get; private set; } = [];

        public List<X509Certificate2>? Certificates { get; private set; }

        public string? SigningAgent { get; private set; }

        public byte[]? Timestamp { get; private set; }

        // A header that is not known, and not signed either, is passed over (RFC 9052 section 3).
        public void Read(CborReader reader) => Labels = CoseItems.Map(reader, "the unprotected header", label =>
        {
            switch (label)
            {
                case { Text: null, Number: CertificateChain }:
                    Certificates = ReadCertificates(reader);
                    break;
                case { Text: EnvelopeAttributes.SigningAgentName }:
                    SigningAgent = CoseItems.Text(reader, EnvelopeAttributes.SigningAgentName);
                    break;
                case { Text: EnvelopeAttributes.TimestampName }:
                    Timestamp = CoseItems.Bytes(reader, EnvelopeAttributes.TimestampName);
                    break;
                default:
                    reader.SkipValue();
                    break;
            }
        });
    }
}
