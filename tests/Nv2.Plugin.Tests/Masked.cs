using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests;

/// <summary>The one place that makes answers readable for snapshots, and hides in them what differs from run to run.</summary>
internal static class Masked
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>JSON on many lines, exactly as it came otherwise.</summary>
    public static string Json(string json) => JsonNode.Parse(json)!.ToJsonString(Readable);

    /// <summary>A response of describe, without the versions of what the binary was made with.</summary>
    public static string Described(string response)
    {
        var json = JsonNode.Parse(response)!;
        var build = json["build"]!;
        foreach (var (versions, name) in new[] { (build, "dotnet"), (build["openssl"]!, "version"), (build["openssl"]!, "buildPackage") })
            versions[name] =
                versions[name]?.GetValueKind() == JsonValueKind.String
                    ? "<version>"
                    : throw new InvalidOperationException($"{name} is missing: {build}");
        return json.ToJsonString(Readable);
    }

    /// <summary>A response of generate-signature with the signature and the manifest opened, and without the moment and the randomness of
    /// signing.</summary>
    public static string Signed(string response)
    {
        var json = JsonNode.Parse(response)!;
        var signature = json["signature"]!.GetValue<string>();
        json["signature"] = Signature(Convert.FromBase64String(signature));

        var artifact = json["artifact"]!;
        artifact["digest"] = "<digest>";
        var manifest = JsonNode.Parse(Convert.FromBase64String(artifact["content"]!.GetValue<string>()))!;
        manifest["config"]!["digest"] = "<digest>";
        artifact["content"] = manifest;
        return json.ToJsonString(Readable);
    }

    /// <summary>A signature of either format, opened.</summary>
    public static JsonNode Signature(byte[] signature)
    {
        var text = Encoding.UTF8.GetString(signature);
        if (text.StartsWith('{'))
        {
            var json = JsonNode.Parse(text)!;
            MaskTimes(json["signed"]!);
            json["signature"]!["sig"] = $"<{Convert.FromBase64String(json["signature"]!["sig"]!.GetValue<string>()).Length} bytes>";
            return json;
        }

        var parts = text.Split('.');
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!;
        MaskTimes(claims);
        return new JsonObject
        {
            ["header"] = JsonNode.Parse(Base64Url.DecodeFromChars(parts[0])),
            ["claims"] = claims,
            ["signature"] = $"<{Base64Url.DecodeFromChars(parts[2]).Length} bytes>",
        };
    }

    private static void MaskTimes(JsonNode claims)
    {
        foreach (var name in new[] { "exp", "nbf", "iat" })
        {
            if (claims[name] is { } time)
                claims[name] =
                    time.GetValueKind() == JsonValueKind.Number ? "<time>" : throw new InvalidOperationException($"{name} is no number: {time}");
        }
    }
}
