using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>The Notary Project's envelopes of <see cref="KeyCase.ManifestPath"/>.</summary>
internal static class EnvelopeFile
{
    /// <summary>A time of signing for envelopes that other programs sign; it only informs.</summary>
    public static DateTimeOffset SignedAt { get; } = new(2027, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>A key with what it signs with in envelopes.</summary>
    public static KeyCase Key(string name) => KeyCase.Notary.Single(key => key.Name == name);

    /// <summary>Signs with the published binary.</summary>
    public static byte[] Sign(string format, KeyCase key) =>
        Nv2Binary
            .Run("sign", "-k", key.KeyPath, "-c", key.CertificatePath, "--format", format, "-o", "-", KeyCase.ManifestPath)
            .RequireSuccess()
            .StdoutBytes;

    /// <summary>Verifies with the published binary.</summary>
    public static Verification Verify(string envelope, string root, string manifest) =>
        Verification.Run(["-s", envelope, "--ca-cert", root, manifest]);

    /// <summary>What is signed; digest and size are openssl's and the file system's.</summary>
    public static string Payload()
    {
        var digest = OpenSsl.Run("dgst", "-sha256", "-r", KeyCase.ManifestPath).RequireSuccess().Stdout.Split(' ')[0];
        return $$$"""{"targetArtifact":{"mediaType":"{{{KeyCase.ManifestMediaType}}}","digest":"sha256:{{{digest}}}","size":"""
            + $$$"""{{{new FileInfo(KeyCase.ManifestPath).Length}}}}}""";
    }

    /// <summary>A certificate that envelopes may have, of a new RSA key of 2048 bits that is thrown away.</summary>
    public static string StrangerCertificate(TemporaryFolder folder)
    {
        var certificate = folder["stranger.crt"];
        var configuration = folder.Write(
            "stranger.cnf",
            "[req]\ndistinguished_name=none\n[none]\n[extensions]\nkeyUsage=critical,digitalSignature\n"
        );
        OpenSsl
            .Run(
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-keyout",
                folder["stranger.key"],
                "-subj",
                "/CN=stranger",
                "-days",
                "2",
                "-config",
                configuration,
                "-extensions",
                "extensions",
                "-out",
                certificate
            )
            .RequireSuccess();
        return certificate;
    }
}
