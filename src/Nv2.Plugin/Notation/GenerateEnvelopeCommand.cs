using System.Text.Json;
using Nv2.Plugin.Hosts;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Formats.Notary;
using Nv2.Signing.Json;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.Notation;

/// <summary><c>generate-envelope</c>: a whole signature envelope around a payload of notation's.</summary>
internal static class GenerateEnvelopeCommand
{
    public const string Name = "generate-envelope";

    /// <summary>The longest time of validity in seconds: a thousand years of 365 days.</summary>
    private const long MaxExpirySeconds = 31_536_000_000;

    private static readonly string[] FormatNames = ["jws", "cose"];

    public static void Run(JsonNode request, Utf8JsonWriter response)
    {
        var config = PluginConfig.Read(request);
        RequirePayloadType(request.Required("payloadType"));
        var format = FindFormat(request.Required("signatureEnvelopeType"));
        var payload = request.Required("payload").Base64(HostCall.MaxRequestBytes);
        var subject = ReadSubject(request.Required("payload"), payload);
        var expirySeconds = request.Optional("expiryDurationInSeconds")?.WholeNumber(1, MaxExpirySeconds);
        using var key = ContractKey.Read(request);
        var chain = key.ReadChain(config, TimeProvider.System);

        var envelope = Sign(new SigningRequest(subject, [], format, expirySeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null, key.Key, chain)
        {
            Payload = payload,
            SigningAgent = PluginInformation.Agent,
            ExtendedClaims = PluginRequirement.Read(config),
        });
        if (envelope.Length > SignatureFormats.MaxBytes)
            throw request.Required("payload").Invalid($"is too large: expected one whose envelope has at most {SignatureFormats.MaxBytes} bytes, which is what verifiers read");

        response.WriteStartObject();
        response.WriteBase64String("signatureEnvelope", envelope);
        response.WriteString("signatureEnvelopeType", format.MediaType.ToString());
        response.WriteStartObject("annotations");
        response.WriteEndObject();
        response.WriteEndObject();
    }

    private static void RequirePayloadType(JsonNode type)
    {
        if (type.Text() != NotaryPayload.MediaType.ToString())
            throw type.Invalid($"is {Quoted.Text(type.Text())}: expected {NotaryPayload.MediaType}");
    }

    private static ISignatureFormat FindFormat(JsonNode type)
    {
        var formats = Array.ConvertAll(FormatNames, SignatureFormats.ByName);
        return Array.Find(formats, format => format.MediaType.ToString() == type.Text())
            ?? throw type.Invalid($"is {Quoted.Text(type.Text())}: expected {Alternatives.Of(formats.Select(format => format.MediaType))}");
    }

    // The payload is signed as it came, byte for byte. It is read all the same: a signature of something that no verifier can read would be of no use.
    private static Descriptor ReadSubject(JsonNode property, byte[] payload)
    {
        try
        {
            var claims = NotaryPayload.Parse(payload);
            return new Descriptor(claims.MediaType!, claims.Digest, claims.Size); // A payload has all three.
        }
        catch (InvalidInputException exception)
        {
            throw property.Invalid($"cannot be used: {exception.Message}", exception);
        }
    }

    private static byte[] Sign(SigningRequest request)
    {
        try
        {
            return new Signer(TimeProvider.System).Sign(request);
        }
        catch (SigningRefusedException exception)
        {
            var path = exception.Input == SigningInput.Certificate ? "$.pluginConfig.certificate" : "$.expiryDurationInSeconds";
            throw new InvalidInputException($"the request: {path}: {exception.Message}", exception) { Path = path };
        }
    }
}
