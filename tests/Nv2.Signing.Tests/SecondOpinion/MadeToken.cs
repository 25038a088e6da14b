using System.Buffers.Text;
using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using CsCheck;

namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>A signature in the format jwt, right or wrong in one or two ways.</summary>
internal sealed class MadeToken(PoolKey key, string algorithm, string signedAs, string header, string change)
{
    private static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "HS256", "none", "rs256"];

    private static readonly Gen<MadeToken> All =
        from key in Gen.Frequency(
            (8, Gen.OneOf(KeyPool.Usual[0], KeyPool.Usual[^4], KeyPool.Usual[^3], KeyPool.Usual[^1])),
            (1, Gen.Const(KeyPool.Weak))
        )
        from algorithm in Gen.Frequency((4, Gen.Const("")), (1, Gen.OneOf(Algorithms)))
        from signedAs in Gen.Frequency((6, Gen.Const("")), (1, Gen.OneOf("RS256", "RS512", "PS256")))
        from header in Gen.Frequency(
            (6, Gen.Const("")),
            (3, Gen.OneOf("crit", "b64", "jwk", "repeated", "unknown", "noType", "noAlgorithm", "trailing", "kid"))
        )
        from change in Gen.Frequency(
            (3, Gen.Const("")),
            (
                3,
                Gen.OneOf(
                    "bit",
                    "short",
                    "long",
                    "empty",
                    "zero",
                    "der",
                    "negated",
                    "swapped",
                    "padded",
                    "trailingBits",
                    "claims",
                    "space",
                    "standardAlphabet",
                    "order"
                )
            )
        )
        select new MadeToken(key, algorithm.Length == 0 ? key.JoseAlgorithm : algorithm, signedAs, header, change);

    public PoolKey Key { get; } = key;

    /// <summary>The algorithm that the header names.</summary>
    public string Algorithm { get; } = algorithm;

    /// <summary>What is odd.</summary>
    public IReadOnlySet<string> Features { get; } =
        new HashSet<string>
        {
            $"key:{key.Name}",
            $"algorithm:{algorithm}",
            $"signed:{signedAs}",
            $"header:{header}",
            $"change:{change}",
            algorithm == key.JoseAlgorithm ? "fits" : "misfits",
        };

    /// <summary>The self-signed certificate that is pinned.</summary>
    public MadeCertificate Certificate { get; } = MakeCertificate(key);

    public byte[] SignedBytes => Encoding.ASCII.GetBytes(string.Join('.', Text.Split('.').Take(2)));

    /// <summary>The last part, decoded as leniently as can be.</summary>
    public byte[] Value
    {
        get
        {
            var text = Text.Split('.')[^1].TrimEnd(' ', '=').Replace('-', '+').Replace('_', '/');
            return text.Length % 4 == 1 ? [] : Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
        }
    }

    public string Text => field ??= Make();

    public static MadeToken Generate(ulong seed, uint number) => All.Generate(new PCG(number, seed), null, out _);

    public static HashAlgorithmName HashOf(string algorithm) =>
        algorithm[^3..] switch
        {
            "384" => HashAlgorithmName.SHA384,
            "512" => HashAlgorithmName.SHA512,
            _ => HashAlgorithmName.SHA256,
        };

    /// <summary>An ECDSA signature as openssl has it, or <see langword="null"/> where the bytes are not two numbers.</summary>
    public static byte[]? ToDer(byte[] value)
    {
        if (value.Length == 0 || value.Length % 2 != 0)
            return null;
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(new BigInteger(value.AsSpan(0, value.Length / 2), isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(new BigInteger(value.AsSpan(value.Length / 2), isUnsigned: true, isBigEndian: true));
        }

        return writer.Encode();
    }

    private static MadeCertificate MakeCertificate(PoolKey key)
    {
        var made = MadeCertificate.Leaf("Signer", key, MadeCertificate.Authority("Authority", KeyPool.Usual[1], null));
        return made;
    }

    private string Make()
    {
        var certificate = Convert.ToBase64String(Certificate.Encoded);
        var (before, after) = header switch
        {
            "crit" => ("", ",\"crit\":[\"exp\"],\"exp\":1"),
            "b64" => ("", ",\"b64\":false"),
            "jwk" => ("", $",\"jwk\":{KeyPool.Usual[1].Jwk()}"),
            "repeated" => ($"\"alg\":\"{Algorithm}\",", ""),
            "unknown" => ("", ",\"other\":1"),
            "kid" => ("", ",\"kid\":\"A\""),
            _ => ("", ""),
        };
        var type = header == "noType" ? "" : "\"typ\":\"x509\",";
        var named = header == "noAlgorithm" ? "" : $"\"alg\":\"{Algorithm}\",";
        var json = $"{{{before}{type}{named}\"x5c\":[\"{certificate}\"]{after}}}{(header == "trailing" ? " x" : "")}";
        var subject = Signatures.Subject;
        var claims = $$"""{"mediaType":"{{subject.MediaType}}","digest":"{{subject.Digest}}","size":{{subject.Size}},"iat":1700000000}""";
        var content = $"{Encode(json)}.{Encode(claims)}";
        var by = signedAs.Length > 0 && Key.IsRsa ? signedAs : Algorithm;
        var value = Key.SignJose(Encoding.ASCII.GetBytes(content), HashOf(by), isPss: by.StartsWith("PS", StringComparison.Ordinal));
        if (change == "claims")
            content = content.Replace(
                Encode(claims),
                Encode(claims.Replace("1700000000", "1700000001", StringComparison.Ordinal)),
                StringComparison.Ordinal
            );
        return $"{content}.{Change(value)}";
    }

    private string Change(byte[] value)
    {
        switch (change)
        {
            case "bit":
                value[value.Length / 2] ^= 4;
                break;
            case "short":
                value = value[..^1];
                break;
            case "long":
                value = [0, .. value];
                break;
            case "empty":
                value = [];
                break;
            case "zero":
                Array.Clear(value);
                break;
            case "der" when !Key.IsRsa:
                value = ToDer(value)!;
                break;
            case "negated" when Key.Name == KeyPool.Usual[0].Name: // (r, n - s) is a signature as well: ECDSA has no one form.
                var order = BigInteger.Parse(
                    "0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
                    System.Globalization.NumberStyles.HexNumber,
                    null
                );
                var s = order - new BigInteger(value.AsSpan(32), isUnsigned: true, isBigEndian: true);
                value =
                [
                    .. value[..32],
                    .. s.ToByteArray(isUnsigned: true, isBigEndian: true) is var bytes ? new byte[32 - bytes.Length] : [],
                    .. bytes,
                ];
                break;
            case "order" when Key.Name == KeyPool.Usual[0].Name: // s + n, where it still fits: the same number to a careless eye.
                value = [.. Enumerable.Repeat((byte)0xFF, 32), .. value[32..]];
                break;
            case "swapped" when !Key.IsRsa:
                value = [.. value[(value.Length / 2)..], .. value[..(value.Length / 2)]];
                break;
            default:
                break;
        }

        var text = Base64Url.EncodeToString(value);
        return change switch
        {
            "padded" => text + new string('=', (4 - (text.Length % 4)) % 4),
            "trailingBits" when text.Length % 4 != 0 => text[..^1] + (char)(text[^1] + 1),
            "space" => text + " ",
            "standardAlphabet" => text.Replace('-', '+').Replace('_', '/'),
            _ => text,
        };
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
