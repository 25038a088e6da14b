using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Formats.Nv2;

/// <summary>The second nv2 prototype's format: <c>header.claims.signature</c>, each in base64url without padding (RFC 7515 section 7.1). Line breaks
/// may follow.</summary>
internal sealed class JwtFormat : PrototypeFormat
{
    private const byte Dot = (byte)'.';

    public override string Name => "jwt";

    public override MediaType MediaType { get; } = MediaType.Parse("application/vnd.cncf.notary.config.v2+jwt");

    // JSON does not begin with a base64url character, a dot or white space; the parser reports other errors.
    public override bool Recognizes(ReadOnlySpan<byte> signature) => signature.TrimStart(" \t\r\n"u8) is not ([] or [(byte)'{', ..]);

    public override Signature Parse(ReadOnlyMemory<byte> signature)
    {
        // Editors and shells add line breaks at the end, and the original ignores them.
        var bytes = signature.Span.TrimEnd("\r\n"u8);
        var headerEnd = bytes.IndexOf(Dot);
        var claimsEnd = bytes.LastIndexOf(Dot);
        if (!bytes.IsEmpty && char.IsWhiteSpace((char)bytes[^1]))
            throw new InvalidInputException("white space follows the signature: expected only line breaks");
        if (bytes.Count(Dot) != 2)
            throw new InvalidInputException($"the signature does not have the three parts header.claims.signature: it has {bytes.Count(Dot)} dots");

        var header = X509Header.Read(StrictJson.Parse(Decode(bytes[..headerEnd], "header"), "the header of the signature"));
        var claims = StrictJson.Parse(Decode(bytes[(headerEnd + 1)..claimsEnd], "claims"), "the claims part of the signature");
        return new Signature
        {
            Format = this,
            Algorithm = header.Algorithm,
            SignedBytes = signature[..claimsEnd],
            Value = Decode(bytes[(claimsEnd + 1)..], "signature"),
            Certificates = header.Certificates,
            KeyId = header.KeyId,
            Claims = ClaimsJson.Read(claims, withMediaType: true),
        };
    }

    public override byte[] Sign(Claims claims, SigningKey key, IReadOnlyList<X509Certificate2> certificates, string? signingAgent = null)
    {
        var token = new ArrayBufferWriter<byte>();
        WritePart(
            token,
            writer =>
            {
                writer.WriteStartObject();
                X509Header.WriteType(writer);
                X509Header.For(key, certificates).WriteSigner(writer);
                writer.WriteEndObject();
            }
        );
        token.Write([Dot]);
        WritePart(token, writer => ClaimsJson.Write(writer, claims, withMediaType: true));

        var value = key.Sign(token.WrittenSpan, key.Spec.Algorithm);
        token.Write([Dot]);
        token.Write(Base64Url.EncodeToUtf8(value));
        return token.WrittenSpan.ToArray();
    }

    private static void WritePart(ArrayBufferWriter<byte> token, Action<Utf8JsonWriter> write) =>
        token.Write(Base64Url.EncodeToUtf8(JsonBytes.Write(write)));

    private static byte[] Decode(ReadOnlySpan<byte> part, string name) =>
        CanonicalBase64.TryDecodeUrl(part, out var bytes)
            ? bytes
            : throw new InvalidInputException($"the {name} part of the signature is not base64url without padding");
}
