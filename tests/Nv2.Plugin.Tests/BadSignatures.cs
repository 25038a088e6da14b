using System.Buffers.Text;
using System.Text;

namespace Nv2.Plugin.Tests;

/// <summary>Bytes that are no signature.</summary>
internal static class BadSignatures
{
    private const string Header = """{"typ":"x509","alg":"ES256","kid":"AAAA"}""";
    private static readonly string Digest = WorkingFolder.DigestOf([]);
    private static readonly string Claims = $$"""{"mediaType":"a/b","digest":"{{Digest}}","size":0}""";

    public static IReadOnlyList<(string Name, string Content)> All { get; } =
    [
        ("empty", ""),
        ("white space", " \n"),
        ("two parts", "e30.e30"),
        ("four parts", "e30.e30.e30.e30"),
        ("no parts", "signature"),
        ("PEM", "-----BEGIN CERTIFICATE-----\n"),
        ("padding", "e30=.e30=.AAAA"),
        ("standard base64", Token(Header, Claims)[..^4] + "++//"),
        ("unused bits set", "e31.e30.AAAA"),
        ("a space at the end", Token(Header, Claims) + " "),
        ("a line break and a space at the end", Token(Header, Claims) + "\n "),
        ("a line break within", Token(Header, Claims).Insert(4, "\n")),
        ("header no JSON", Token("header", Claims)),
        ("header an array", Token("[]", Claims)),
        ("header a property twice", Token("""{"typ":"x509","typ":"x509","alg":"ES256","kid":"A"}""", Claims)),
        ("header with trailing data", Token(Header + "{}", Claims)),
        ("header of another type", Token("""{"typ":"JWT","alg":"ES256","kid":"A"}""", Claims)),
        ("header with crit", Token("""{"typ":"x509","alg":"ES256","kid":"A","crit":["exp"]}""", Claims)),
        ("header without signer", Token("""{"typ":"x509","alg":"ES256"}""", Claims)),
        ("header without alg", Token("""{"typ":"x509","kid":"A"}""", Claims)),
        ("x5c empty", Token("""{"typ":"x509","alg":"ES256","x5c":[]}""", Claims)),
        ("x5c no certificate", Token("""{"typ":"x509","alg":"ES256","x5c":["AAAA"]}""", Claims)),
        ("x5c in base64url", Token("""{"typ":"x509","alg":"ES256","x5c":["-_-_"]}""", Claims)),
        ("claims nested too deep", Token(Header, "{\"a\":" + new string('[', 40) + new string(']', 40) + "}")),
        ("claims without digest", Token(Header, """{"mediaType":"a/b","size":0}""")),
        ("claims with a bad reference", Token(Header, Claims.Replace("}", ",\"references\":[\"a\",\"A B\"]}", StringComparison.Ordinal))),
        ("size negative", Token(Header, Claims.Replace(":0}", ":-1}", StringComparison.Ordinal))),
        ("size too large", Token(Header, Claims.Replace(":0}", ":9223372036854775808}", StringComparison.Ordinal))),
        ("size with a fraction", Token(Header, Claims.Replace(":0}", ":1.0}", StringComparison.Ordinal))),
        ("exp after the year 9999", Token(Header, Claims.Replace("}", ",\"exp\":253402300800}", StringComparison.Ordinal))),
        ("iat a string", Token(Header, Claims.Replace("}", ",\"iat\":\"1\"}", StringComparison.Ordinal))),
        ("JSON without signed", """{"signature":{}}"""),
        ("JSON a property twice", """{"signed":{},"signed":{},"signature":{}}"""),
        ("JSON trailing data", """{"signed":{},"signature":{}} x"""),
        ("JSON sig without padding", """{"signed":{},"signature":{"typ":"x509","alg":"ES256","kid":"A","sig":"YQ"}}"""),
        ("larger than 4 MiB", new string('A', (4 * 1024 * 1024) + 1)),
    ];

    private static string Token(string header, string claims) => $"{Encode(header)}.{Encode(claims)}.AAAA";

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
