using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>The openssl program: what anybody has to check signatures with, and to make them.</summary>
internal static class OpenSsl
{
    public static ProcessResult Run(params string[] arguments) => Tool.Run("openssl", arguments);

    /// <summary>The public key of a certificate, in PEM.</summary>
    public static string PublicKey(string certificatePath) => Run("x509", "-in", certificatePath, "-noout", "-pubkey").RequireSuccess().Stdout;

    /// <summary>A certificate in DER.</summary>
    public static byte[] Der(string certificatePath) => Run("x509", "-in", certificatePath, "-outform", "DER").RequireSuccess().StdoutBytes;

    /// <summary>Whether openssl finds that <paramref name="signature"/> is one of <paramref name="data"/> by the key of the certificate.</summary>
    public static bool Verifies(KeyCase key, byte[] data, byte[] signature)
    {
        using var folder = new TemporaryFolder();
        var result = Run([
            "dgst",
            $"-{key.Hash}",
            .. Padding(key),
            "-verify",
            folder.Write("key.pem", PublicKey(key.CertificatePath)),
            "-signature",
            folder.Write("signature", key.Curve is null ? signature : ToDer(signature, key.FieldBytes)),
            folder.Write("data", data),
        ]);

        // Anything but these two answers is a failure of the check, not an answer.
        return (result.ExitCode, result.Stdout.Trim()) switch
        {
            (0, "Verified OK") => true,
            (1, "Verification failure" or "Verification Failure") => false,
            _ => throw new InvalidOperationException($"'{result.Command}' said {result.Stdout}{result.Stderr}"),
        };
    }

    /// <summary>Signs with a private key; ECDSA signatures are given as JOSE has them.</summary>
    public static byte[] Sign(KeyCase key, byte[] data)
    {
        using var folder = new TemporaryFolder();
        var signature = Run(["dgst", $"-{key.Hash}", .. Padding(key), "-sign", key.KeyPath, folder.Write("data", data)]).RequireSuccess().StdoutBytes;
        return key.Curve is null ? signature : FromDer(signature, key.FieldBytes);
    }

    /// <summary>The numbers of a key that <c>openssl pkey -text</c> prints, by its names for them: <c>modulus</c>, <c>pub</c>, …</summary>
    public static Dictionary<string, byte[]> Numbers(params string[] pkeyArguments)
    {
        var numbers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var name = "";
        foreach (var line in Run(["pkey", .. pkeyArguments, "-noout", "-text"]).RequireSuccess().Stdout.Split('\n'))
        {
            if (line.StartsWith(' '))
            {
                numbers[name] += line.Trim().Replace(":", "", StringComparison.Ordinal);
                continue;
            }

            name = line.Split(':')[0].Trim();
            numbers[name] = "";
            if (line.Split("(0x") is [_, var small]) // "publicExponent: 65537 (0x10001)"
                numbers[name] = small.TrimEnd(')') is var hex && hex.Length % 2 == 0 ? hex : $"0{hex}";
        }

        return numbers
            .Where(number => number.Value.Length > 0 && number.Value.All(char.IsAsciiHexDigit))
            .ToDictionary(number => number.Key, number => Convert.FromHexString(number.Value), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>An unsigned number, big-endian, in exactly that many bytes; with 0, in as few as it needs.</summary>
    public static byte[] Fixed(ReadOnlySpan<byte> number, int width)
    {
        var bytes = new BigInteger(number, isUnsigned: true, isBigEndian: true).ToByteArray(isUnsigned: true, isBigEndian: true);
        return bytes.Length >= width ? bytes : [.. new byte[width - bytes.Length], .. bytes];
    }

    // RFC 7518 section 3.5: a salt of the hash's length, and MGF1 with the same hash, which is openssl's default.
    private static string[] Padding(KeyCase key) =>
        key.Algorithm.StartsWith("PS", StringComparison.Ordinal) ? ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] : [];

    private static byte[] ToDer(byte[] signature, int fieldBytes)
    {
        if (signature.Length != 2 * fieldBytes)
            throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"an ECDSA signature of {signature.Length} bytes: expected {2 * fieldBytes}")
            );

        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(new BigInteger(signature.AsSpan(0, fieldBytes), isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(new BigInteger(signature.AsSpan(fieldBytes), isUnsigned: true, isBigEndian: true));
        }

        return writer.Encode();
    }

    private static byte[] FromDer(byte[] der, int fieldBytes)
    {
        var sequence = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        return [.. Fixed(sequence.ReadIntegerBytes().Span, fieldBytes), .. Fixed(sequence.ReadIntegerBytes().Span, fieldBytes)];
    }
}
