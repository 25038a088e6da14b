using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;

namespace Nv2.Signing.Formats.Nv2;

/// <summary>
/// The first nv2 prototype's format, clear-signed JSON: <c>{"signed":{…},"signature":{…}}</c>. The signed bytes are exactly those of the value of
/// <c>signed</c>.
/// </summary>
internal sealed class JsonFormat : PrototypeFormat
{
    public override string Name => "json";

    public override MediaType MediaType { get; } = MediaType.Parse("application/vnd.cncf.notary.config.v2+json");

    public override bool Recognizes(ReadOnlySpan<byte> signature) => signature.TrimStart(" \t\r\n"u8) is [(byte)'{', ..];

    public override Signature Parse(ReadOnlyMemory<byte> signature)
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

    public override byte[] Sign(Claims claims, SigningKey key, IReadOnlyList<X509Certificate2> certificates, string? signingAgent = null)
    {
        var signed = JsonBytes.Write(writer => ClaimsJson.Write(writer, claims, withMediaType: false));
        return JsonBytes.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WritePropertyName("signed");
            writer.WriteRawValue(signed);
            writer.WriteStartObject("signature");
            X509Header.WriteType(writer);
            writer.WriteString("sig", Convert.ToBase64String(key.Sign(signed, key.Spec.Algorithm)));
            X509Header.For(key, certificates).WriteSigner(writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
        });
    }
}
