using System.Collections.ObjectModel;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Formats.Notary;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;
using Nv2.Signing.Signing;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Contracts.Notation;

/// <summary><c>generate-envelope</c>: a whole signature envelope for a payload from notation.</summary>
internal static class GenerateEnvelopeCommand
{
    public const string Name = "generate-envelope";

    private static readonly string[] FormatNames = ["jws", "cose"];

    public static HostAnswer Run(HostRequest call)
    {
        var request = call.Json;
        var config = PluginConfig.Read(request);
        RequirePayloadType(request.Required("payloadType"));
        var format = FindFormat(request.Required("signatureEnvelopeType"));
        var payload = request.Required("payload").Base64(HostCall.MaxRequestBytes);
        var subject = ReadSubject(request.Required("payload"), payload);
        var expiry = RequestToSign.ReadExpiry(request);
        using var key = RequestedKey.Read(request, config);
        var toSign = new SigningRequest(subject, [], format, expiry, key.Key, key.ReadChain(call.Clock))
        {
            Payload = payload,
            SigningAgent = PluginInformation.Agent,
            ExtendedClaims = PluginRequirement.Read(config),
        };
        var envelope = RequestToSign.Sign(toSign, call.Clock);
        if (envelope.Length > SignatureFormats.MaxBytes)
        {
            throw request
                .Required("payload")
                .Invalid($"is too large: expected a payload whose envelope has at most {SignatureFormats.MaxBytes} bytes, the limit of verifiers");
        }

        return new(JsonOutput.Line(new GenerateEnvelopeResponse(envelope, format.MediaType.ToString(), ReadOnlyDictionary<string, string>.Empty)))
        {
            Warnings = key.Warning is { } warning ? [warning] : [],
        };
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

    // The payload is signed byte for byte. It is parsed nevertheless: a signature that no verifier can read is useless.
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
}
