using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Nv2.EndToEnd.Tests;

/// <summary>A signature taken apart as its format's description says, without any code of nv2.</summary>
/// <param name="Header">The header, or in <c>json</c> the object <c>signature</c>.</param>
/// <param name="Claims">The claims, byte for byte.</param>
/// <param name="SignedBytes">The bytes that were signed.</param>
/// <param name="Signature">The signature's own bytes.</param>
internal sealed record Token(JsonElement Header, byte[] Claims, byte[] SignedBytes, byte[] Signature)
{
    public static Token Split(string format, byte[] signature) => format == "jwt" ? SplitJwt(signature) : SplitJson(signature);

    /// <summary>Puts a signature together from parts that were made elsewhere.</summary>
    /// <param name="format"><c>jwt</c> or <c>json</c>.</param>
    /// <param name="header">The header in JSON; in <c>json</c> without <c>sig</c>.</param>
    /// <param name="claims">The claims in JSON.</param>
    /// <param name="sign">Signs bytes.</param>
    public static byte[] Join(string format, string header, string claims, Func<byte[], byte[]> sign)
    {
        if (format == "jwt")
        {
            var signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
            return Encoding.ASCII.GetBytes($"{signed}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)))}");
        }

        var value = Convert.ToBase64String(sign(Encoding.UTF8.GetBytes(claims)));
        return Encoding.UTF8.GetBytes($$"""{"signed":{{claims}},"signature":{"sig":"{{value}}",{{header.TrimStart()[1..]}}}""");
    }

    private static Token SplitJwt(byte[] signature)
    {
        var text = Encoding.ASCII.GetString(signature);
        var parts = text.Split('.');
        Assert.Equal(3, parts.Length);
        return new Token(
            JsonElement.Parse(Base64Url.DecodeFromChars(parts[0])),
            Base64Url.DecodeFromChars(parts[1]),
            Encoding.ASCII.GetBytes(text[..text.LastIndexOf('.')]),
            Base64Url.DecodeFromChars(parts[2])
        );
    }

    private static Token SplitJson(byte[] signature)
    {
        var json = JsonElement.Parse(signature);
        var signed = JsonMarshal.GetRawUtf8Value(json.GetProperty("signed")).ToArray();
        return new Token(json.GetProperty("signature"), signed, signed, json.GetProperty("signature").GetProperty("sig").GetBytesFromBase64());
    }
}
