using System.Buffers.Text;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Json;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Formats.Notary;

/// <summary>
/// The Notary Project's JWS envelope: one signature in the flattened JSON serialization of RFC 7515 section 7.2.2, with exactly the four members that
/// signature-envelope-jws.md names.
/// </summary>
internal sealed class JwsFormat : EnvelopeFormat
{
    private const string Payload = "payload";
    private const string Protected = "protected";
    private const string Header = "header";
    private const string SignatureValue = "signature";
    private const string Algorithm = "alg";
    private const string Critical = "crit";
    private const string ContentType = "cty";
    private const string CertificateChain = "x5c";
    private const string Unencoded = "b64";

    // Headers that RFC 7515 section 4.1 and RFC 7797 register: crit must not name them.
    private static readonly string[] Registered =
    [
        Algorithm,
        "jku",
        "jwk",
        "kid",
        "x5u",
        CertificateChain,
        "x5t",
        "x5t#S256",
        "typ",
        ContentType,
        Critical,
        Unencoded,
    ];

    public override string Name => "jws";

    public override MediaType MediaType { get; } = MediaType.Parse("application/jose+json");

    /// <summary>Whether JSON begins like a JWS, not like a signature of the first nv2 prototype: the first member that only one of them has
    /// decides.</summary>
    public static bool Begins(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName)
                    continue;
                if (reader.ValueTextEquals("signed"u8))
                    return false;
                if (reader.ValueTextEquals("payload"u8) || reader.ValueTextEquals("protected"u8) || reader.ValueTextEquals("signatures"u8))
                    return true;
                reader.Skip();
            }

            return false;
        }
        catch (JsonException)
        {
            return false; // The parser of the other format reports the error.
        }
    }

    public override bool Recognizes(ReadOnlySpan<byte> signature) => signature.TrimStart(" \t\r\n"u8) is [(byte)'{', ..] && Begins(signature);

    public override Signature Parse(ReadOnlyMemory<byte> signature)
    {
        var json = StrictJson.Parse(signature.Span, "the signature");
        if (json.Properties().FirstOrDefault(member => member.Key is not (Payload or Protected or Header or SignatureValue)).Key is { } unknown)
            throw new InvalidInputException(
                $"the signature has {Quoted.Text(unknown)}: expected only {Payload}, {Protected}, {Header} and {SignatureValue}"
            );

        var encodedHeaders = json.Required(Protected).Text();
        var encodedPayload = json.Required(Payload).Text();
        var headers = StrictJson.Parse(Decode(encodedHeaders, json, Protected), "the protected header of the signature");
        var header = json.Required(Header);
        if (header.Properties().FirstOrDefault(one => headers.Optional(one.Key) is not null).Key is { } twice)
            throw header.Invalid($"has {Quoted.Text(twice)}, which is also a protected header: expected it once (RFC 7515 section 7.2.1)");
        if (header.Optional(Unencoded) is { } unencoded)
            throw unencoded.Invalid("is not signed here (RFC 7797 section 3), and is not allowed in the Notary Project's envelopes");

        var claims = ReadAttributes(headers).Complete(() => NotaryPayload.Parse(Decode(encodedPayload, json, Payload)));
        var certificates = header.Required(CertificateChain);
        return new Signature
        {
            Format = this,
            Algorithm = headers.Required(Algorithm).NonEmptyText(),
            SignedBytes = Encoding.ASCII.GetBytes($"{encodedHeaders}.{encodedPayload}"), // RFC 7515 section 5.1, step 8.
            Value = Decode(json.Required(SignatureValue).NonEmptyText(), json, SignatureValue),
            Certificates = certificates.Array(CertificateFile.MaxCertificates) is { Count: > 0 } chain
                ? chain.ConvertAll(CertificateFile.ParseJson)
                : throw certificates.Invalid("is empty: expected the signer's certificate chain"),
            KeyId = null,
            Claims = claims,
            ContentType = NotaryPayload.MediaType,
            // "The verifier MUST NOT validate formatting, or fail validation based on" it.
            SigningAgent = header.Optional(EnvelopeAttributes.SigningAgentName)?.TextOrNull(),
            Timestamp = header.Optional(EnvelopeAttributes.TimestampName)?.Base64(SignatureFormats.MaxBytes),
        };
    }

    protected override byte[] EmbedTimestamp(ReadOnlyMemory<byte> signature, ReadOnlyMemory<byte> token)
    {
        using var envelope = JsonDocument.Parse(signature); // Checked before by StrictJson: no duplicate property.
        return JsonBytes.Write(writer =>
        {
            writer.WriteStartObject();
            foreach (var member in envelope.RootElement.EnumerateObject())
            {
                if (!member.NameEquals(Header))
                {
                    member.WriteTo(writer);
                    continue;
                }

                writer.WriteStartObject(Header);
                foreach (var header in member.Value.EnumerateObject().Where(header => !header.NameEquals(EnvelopeAttributes.TimestampName)))
                    header.WriteTo(writer);
                writer.WriteBase64String(EnvelopeAttributes.TimestampName, token.Span);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        });
    }

    protected override byte[] Write(
        Claims claims,
        SigningKey key,
        SigningAlgorithm algorithm,
        IReadOnlyList<X509Certificate2> certificates,
        string? signingAgent
    )
    {
        if (claims.ExtendedClaims.FirstOrDefault(attribute => Registered.Contains(attribute.Name)) is { } registered)
            throw new InvalidInputException($"the signed attribute {Quoted.Text(registered.Name)} has the name of a JWS header");

        var encodedHeaders = Base64Url.EncodeToString(WriteHeaders(claims, algorithm));
        var encodedPayload = Base64Url.EncodeToString(NotaryPayload.Write(claims));
        var value = key.Sign(Encoding.ASCII.GetBytes($"{encodedHeaders}.{encodedPayload}"), algorithm);

        return JsonBytes.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString(Payload, encodedPayload);
            writer.WriteString(Protected, encodedHeaders);
            writer.WriteStartObject(Header);
            writer.WriteStartArray(CertificateChain);
            foreach (var certificate in certificates)
                writer.WriteStringValue(Convert.ToBase64String(certificate.RawDataMemory.Span));
            writer.WriteEndArray();
            if (signingAgent is not null)
                writer.WriteString(EnvelopeAttributes.SigningAgentName, signingAgent);
            writer.WriteEndObject();
            writer.WriteString(SignatureValue, Base64Url.EncodeToString(value));
            writer.WriteEndObject();
        });
    }

    // In the order of their names, like the Notary Project's own implementation.
    private static byte[] WriteHeaders(Claims claims, SigningAlgorithm algorithm)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [Algorithm] = algorithm.Name,
            [ContentType] = NotaryPayload.MediaType.ToString(),
            [EnvelopeAttributes.SchemeName] = claims.Scheme!.Name, // Set by the caller, like the time.
            [claims.AuthenticSigningTime is null ? EnvelopeAttributes.SigningTimeName : EnvelopeAttributes.AuthenticSigningTimeName] = Rfc3339.Format(
                claims.IssuedAt!.Value
            ),
        };
        if (claims.ExpiresAt is { } expiry)
            texts.Add(EnvelopeAttributes.ExpiryName, Rfc3339.Format(expiry));
        foreach (var attribute in claims.ExtendedClaims)
            texts.Add(attribute.Name, attribute.Text!); // Not null: checked.

        return JsonBytes.Write(writer =>
        {
            writer.WriteStartObject();
            foreach (var (name, text) in texts)
            {
                writer.WriteString(name, text);
                if (name != Algorithm)
                    continue;
                writer.WriteStartArray(Critical);
                foreach (var critical in EnvelopeAttributes.CriticalNames(claims))
                    writer.WriteStringValue(critical);
                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        });
    }

    private static EnvelopeAttributes ReadAttributes(JsonNode headers)
    {
        var attributes = new EnvelopeAttributes();
        foreach (var (name, value) in headers.Properties())
        {
            switch (name)
            {
                case Algorithm:
                    break;
                case Critical:
                    attributes.Critical = value.Array(EnvelopeAttributes.MaxCount).ConvertAll(ReadCritical);
                    break;
                case ContentType:
                    attributes.ContentType = value.Text();
                    break;
                case Unencoded:
                    throw value.Invalid("changes the signed bytes (RFC 7797), which is not allowed in the Notary Project's envelopes");
                default:
                    attributes.Read(name, value.Text, () => value.Value(Rfc3339.Parse), () => value.IsText ? value.Text() : null);
                    break;
            }
        }

        return attributes;
    }

    private static string ReadCritical(JsonNode entry) =>
        entry.NonEmptyText() is var name && !Registered.Contains(name)
            ? name
            : throw entry.Invalid($"is {Quoted.Text(name)}, a JWS header, which crit must not name (RFC 7515 section 4.1.11)");

    private static byte[] Decode(string text, JsonNode json, string name) =>
        CanonicalBase64.TryDecodeUrl(Encoding.UTF8.GetBytes(text), out var bytes)
            ? bytes
            : throw json.Required(name).Invalid("is not base64url without padding");
}
