using System.Buffers.Text;
using System.Security.Cryptography.Cose;
using System.Text;
using System.Text.Json;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Reports;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;
using Nv2.Signing.Verification;

namespace Nv2.Fuzz.Targets;

/// <summary>The parsers of the four signature formats, and what verification and the faces make of what they accept.</summary>
internal static class SignatureTargets
{
    private const byte Separator = 0;

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("jwt", "signatures of the format jwt", () => WithParts(Samples("nv2-jwt"), SplitJwt), input => Check("jwt", JoinJwt(input))),
        new("json", "signatures of the format json", () => Samples("nv2-json"), input => Check("json", input)),
        new("jws", "signatures of the format jws", () => WithParts(Envelopes("jws"), SplitJws), input => Check("jws", JoinJws(input))),
        new("cose", "signatures of the format cose", () => Envelopes("cose"), input => Check("cose", input)),
    ];

    // The larger keys take the same ways through the code, and more time.
    private static bool IsSmall(string name) =>
        !name.Contains("rsa3072", StringComparison.Ordinal) && !name.Contains("rsa4096", StringComparison.Ordinal);

    private static IEnumerable<byte[]> Samples(string folder) =>
        Vectors
            .All.Select(vector => vector.Signature)
            .Distinct()
            .Where(name => name.StartsWith(folder, StringComparison.Ordinal) && IsSmall(name))
            .Select(Vectors.Read);

    private static IEnumerable<byte[]> Envelopes(string format) =>
        Vectors
            .Envelopes.Where(envelope => envelope.Format == format && IsSmall(envelope.Signature))
            .Select(envelope => Vectors.Read(envelope.Signature));

    private static bool Check(string name, byte[] input)
    {
        var format = SignatureFormats.ByName(name);
        if (!Attempt.At(() => SignatureFormats.Parse(input, format), out var signature))
            return false;

        CheckForm(name, input, signature);
        CheckVerification(input, signature);
        CheckTimestamp(input, signature);
        var text = SignatureText.Describe(signature);
        Require.That(!text.Any(character => char.IsControl(character) && character != '\n'), "a control character in the text for people");
        RequireJson(ReportJson.Line(IInspectedSignature.Of(signature)));
        return true;
    }

    // A signature has one encoding: what was read, written again, is the same bytes, as far as the format has one form.
    private static void CheckForm(string name, byte[] input, Signature signature)
    {
        switch (name)
        {
            case "jwt":
                var parts = Encoding.ASCII.GetString(input).Split('.');
                var again = string.Join('.', parts.Select(part => Base64Url.EncodeToString(Base64Url.DecodeFromChars(part))));
                Require.Same(Encoding.ASCII.GetBytes(again), input, "written again");
                break;
            case "json":
                Require.That(input.AsSpan().IndexOf(signature.SignedBytes.Span) >= 0, "what is signed is not in the signature");
                break;
            case "jws":
                using (var json = JsonDocument.Parse(input))
                {
                    var signed = $"{json.RootElement.GetProperty("protected").GetString()}.{json.RootElement.GetProperty("payload").GetString()}";
                    Require.Same(signature.SignedBytes.Span, Encoding.UTF8.GetBytes(signed), "what is signed");
                    Require.Same(signature.Value.Span, Base64Url.DecodeFromChars(json.RootElement.GetProperty("signature").GetString()), "the value");
                }

                break;
            default:
                Require.Same(CoseMessage.DecodeSign1(input).Encode(), input, "written again");
                break;
        }
    }

    private static void CheckVerification(byte[] input, Signature signature)
    {
        var claims = signature.Claims;
        var subject = new Descriptor(claims.MediaType ?? MediaType.OciManifest, claims.Digest, claims.Size);
        var reference = claims.References.Count > 0 ? claims.References[0] : null;
        var request = new VerificationRequest(input, signature.Format, subject, Known.Trust, claims.MediaType, reference);
        var result = new Verifier(Known.Clock).Verify(request);
        if (result.Verified)
            Require.That(result.Signer is { } signer && Known.Contains(signer), "verified, by a signer that is not known");
        var hasIntegrity = result.Checks.Any(check => check is { Name: CheckName.Integrity, Passed: true });
        if (hasIntegrity && Known.Contains(result.Signer!)) // Not null: its key has been used.
            Require.That(Known.IsSigned(signature.SignedBytes), "signed by a known key, which did not sign it");
        RequireJson(JsonOutput.Line(VerificationReport.Of(result, subject, Known.Trust)));
    }

    // A timestamp changes nothing else.
    private static void CheckTimestamp(byte[] input, Signature signature)
    {
        if (signature.Format.WithTimestamp is not { } embed)
            return;
        byte[] token = [0x30, 0];
        var stamped = SignatureFormats.Parse(embed(input, token), signature.Format);
        Require.Same(stamped.Timestamp.Span, token, "the timestamp");
        Require.Same(stamped.SignedBytes.Span, signature.SignedBytes.Span, "what is signed, with a timestamp");
        Require.Same(stamped.Value.Span, signature.Value.Span, "the value, with a timestamp");
        Require.That(stamped.Algorithm == signature.Algorithm, "the algorithm, with a timestamp");
        Require.That(stamped.SigningAgent == signature.SigningAgent, "the agent, with a timestamp");
        Require.That(stamped.Certificates.SequenceEqual(signature.Certificates), "the certificates, with a timestamp");
    }

    private static void RequireJson(ReadOnlyMemory<byte> line)
    {
        using var json = JsonDocument.Parse(line);
        Require.That(line.Span[^1] == '\n' && line.Span.Count((byte)'\n') == 1, "a report that is not one line");
    }

    // A fuzzer does not get through base64: it is given the three parts as they are, with NULs between them.
    private static byte[] JoinJwt(byte[] input) =>
        input.AsSpan().Count(Separator) == 2
            ? Encoding.ASCII.GetBytes(string.Join('.', Split(input).Select(part => Base64Url.EncodeToString(part))))
            : input;

    private static IEnumerable<byte[]> SplitJwt(byte[] signature)
    {
        var parts = Encoding.ASCII.GetString(signature).Split('.');
        return parts.Length == 3 && parts.All(part => Base64Url.IsValid(part)) ? [Join(parts.Select(part => Base64Url.DecodeFromChars(part)))] : [];
    }

    // Likewise: the protected header, the payload, the signature, and the header that is not protected.
    private static byte[] JoinJws(byte[] input)
    {
        if (input.AsSpan().Count(Separator) != 3)
            return input;
        var parts = Split(input).ToList();
        var (headers, payload, value) = (Base64Url.EncodeToString(parts[0]), Base64Url.EncodeToString(parts[1]), Base64Url.EncodeToString(parts[2]));
        var start = $$"""{"payload":"{{payload}}","protected":"{{headers}}","signature":"{{value}}","header":""";
        return [.. Encoding.ASCII.GetBytes(start), .. parts[3], (byte)'}'];
    }

    private static IEnumerable<byte[]> SplitJws(byte[] envelope)
    {
        using var json = JsonDocument.Parse(envelope);
        var value = Decode("signature");
        value.AsSpan().Replace(Separator, (byte)1); // No separator: the form matters, not whether it holds.
        var header = Encoding.UTF8.GetBytes(json.RootElement.GetProperty("header").GetRawText());
        return [Join([Decode("protected"), Decode("payload"), value, header])];

        byte[] Decode(string name) => Base64Url.DecodeFromChars(json.RootElement.GetProperty(name).GetString());
    }

    private static IEnumerable<byte[]> WithParts(IEnumerable<byte[]> samples, Func<byte[], IEnumerable<byte[]>> split) =>
        [.. samples, .. samples.SelectMany(split)];

    private static IEnumerable<byte[]> Split(byte[] input)
    {
        var start = 0;
        for (var end = 0; end <= input.Length; end++)
        {
            if (end < input.Length && input[end] != Separator)
                continue;
            yield return input[start..end];
            start = end + 1;
        }
    }

    private static byte[] Join(IEnumerable<byte[]> parts) => [.. parts.SelectMany((part, index) => index == 0 ? part : [Separator, .. part])];
}
