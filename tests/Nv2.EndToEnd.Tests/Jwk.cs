using System.Buffers.Text;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Keys as JOSE has them (RFC 7518 section 6): the names are JOSE's, the numbers are openssl's.</summary>
internal static class Jwk
{
    public static string Public(KeyCase key)
    {
        using var folder = new TemporaryFolder();
        var numbers = OpenSsl.Numbers("-pubin", "-in", folder.Write("public.pem", OpenSsl.PublicKey(key.CertificatePath)));
        return key.Curve is null
            ? $$"""{"kty":"RSA",{{Member("n", numbers["Modulus"])}},{{Member("e", numbers["Exponent"])}}}"""
            : $$"""{{{Point(key, numbers["pub"])}}}""";
    }

    public static string Private(KeyCase key)
    {
        var numbers = OpenSsl.Numbers("-in", key.KeyPath);
        return key.Curve is not null
            ? $$"""{{{Point(key, numbers["pub"])}},{{Member("d", numbers["priv"], key.FieldBytes)}}}"""
            : $$"""
                {"kty":"RSA",{{Member("n", numbers["modulus"])}},{{Member("e", numbers["publicExponent"])}},{{Member(
                    "d",
                    numbers["privateExponent"]
                )}},
                {{Member("p", numbers["prime1"])}},{{Member("q", numbers["prime2"])}},
                {{Member("dp", numbers["exponent1"])}},{{Member("dq", numbers["exponent2"])}},{{Member("qi", numbers["coefficient"])}}}
                """;
    }

    // An uncompressed point: 04, x, y.
    private static string Point(KeyCase key, byte[] point) =>
        $"\"kty\":\"EC\",\"crv\":\"{key.Curve}\",{Member("x", point[1..(1 + key.FieldBytes)], key.FieldBytes)},"
        + $"{Member("y", point[(1 + key.FieldBytes)..], key.FieldBytes)}";

    private static string Member(string name, byte[] number, int width = 0) =>
        $"\"{name}\":\"{Base64Url.EncodeToString(OpenSsl.Fixed(number, width))}\"";
}
