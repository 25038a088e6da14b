using System.Formats.Asn1;
using System.Numerics;

namespace Nv2.Plugin.Tests.Notation;

/// <summary>Bare signatures as notation takes them, verified by the openssl program.</summary>
internal static class RawSignature
{
    /// <summary>Whether openssl finds that the signature is one of <paramref name="content"/> by the key of the certificate: RSASSA-PSS with a salt
    /// of the hash's length, or ECDSA.</summary>
    public static bool Verifies(byte[] content, byte[] signature, string algorithm, byte[] certificate)
    {
        using var folder = new TemporaryFolder();
        var publicKey = Tool.Run("openssl", ["x509", "-inform", "DER", "-in", folder.Write("crt", certificate), "-noout", "-pubkey"])
            .RequireSuccess()
            .Stdout;
        var isRsa = algorithm.StartsWith("RSASSA-PSS-", StringComparison.Ordinal);
        string[] padding = isRsa ? ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] : [];
        var result = Tool.Run(
            "openssl",
            [
                "dgst",
                $"-sha{algorithm[^3..]}",
                .. padding,
                "-verify",
                folder.Write("key.pem", publicKey),
                "-signature",
                folder.Write("signature", isRsa ? signature : ToDer(signature)),
                folder.Write("content", content),
            ]
        );
        return result.ExitCode == 0 && result.Stdout == "Verified OK\n";
    }

    // The contract has r‖s of fixed width, openssl a SEQUENCE of both.
    private static byte[] ToDer(byte[] signature)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(new BigInteger(signature.AsSpan(0, signature.Length / 2), isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(new BigInteger(signature.AsSpan(signature.Length / 2), isUnsigned: true, isBigEndian: true));
        }

        return writer.Encode();
    }
}
