using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats.Notary;
using Nv2.Signing.Json;
using Nv2.Signing.Keys;
using Nv2.Signing.Trust;

namespace Nv2.Signing.Formats;

/// <summary>
/// The first nv2 prototype's format, clear-signed JSON: <c>{"signed":{…},"signature":{…}}</c>. The exact bytes of the value of <c>signed</c> are what is signed.
/// </summary>
internal sealed class JsonFormat : ISignatureFormat
{
    public string Name => "json";

    public IReadOnlyList<SigningAlgorithm> Algorithms => X509Header.Algorithms;

    public SigningAlgorithm AlgorithmFor(KeySpec key) => key.Algorithm;

    public bool CarriesReferences => true;

    public bool CarriesAnnotations => false;

    public bool SignsBlobs => false;

    public SignatureStorage Storage => SignatureStorage.AsConfig;

    public SignatureRules Rules => Nv2Rules.Instance;

    public MediaType MediaType { get; } = MediaType.Parse("application/vnd.cncf.notary.config.v2+json");

    public bool Recognizes(ReadOnlySpan<byte> signature) =>
        signature.TrimStart(" \t\r\n"u8) is [(byte)'{', ..] && !JwsFormat.Begins(signature);

    public Signature Parse(ReadOnlyMemory<byte> signature)
    {
        var json = StrictJson.Parse(signature.Span, "the signature");
        var signed = json.Required("signed");
        var block = json.Required("signature");
        var header = X509Header.Read(block);
        return new Signature
        {
            Format = this,
            Algorithm = header.Algorithm,
            SignedBytes = signed.RawBytes(),
            Value = block.Required("sig").Base64(SignatureFormats.MaxBytes),
            Certificates = header.Certificates,
            KeyId = header.KeyId,
            Claims = ClaimsJson.Read(signed, withMediaType: false),
        };
    }

    public byte[] Sign(Claims claims, SigningKey key, IReadOnlyList<X509Certificate2> certificates, string? signingAgent = null)
    {
        var signed = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(signed, X509Header.WriterOptions))
            ClaimsJson.Write(writer, claims, withMediaType: false);

        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, X509Header.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("signed");
            writer.WriteRawValue(signed.WrittenSpan);
            writer.WriteStartObject("signature");
            X509Header.WriteType(writer);
            writer.WriteString("sig", Convert.ToBase64String(key.Sign(signed.WrittenSpan, key.Spec.Algorithm)));
            X509Header.For(key, certificates).WriteSigner(writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return json.WrittenSpan.ToArray();
    }
}
