using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Nv2.Testing;

/// <summary>What a timestamp is to say, and how it is to be signed. The defaults are those of an authority that does everything right.</summary>
/// <param name="Time">When the authority claims to have stamped.</param>
public sealed record StampPlan(DateTimeOffset Time)
{
    /// <summary>The hash function over what is stamped, by its object identifier.</summary>
    public (string Oid, HashAlgorithmName Name) Imprint { get; init; } = ("2.16.840.1.101.3.4.2.1", HashAlgorithmName.SHA256);

    public int? AccuracyInSeconds { get; init; }

    public string Policy { get; init; } = "1.2.3.4.1";

    /// <summary>The hash function of the authority's signature, in openssl's words.</summary>
    public string Digest { get; init; } = "sha256";

    /// <summary>Whether an RSA key signs with PSS.</summary>
    public bool Pss { get; init; }

    public bool WithCertificates { get; init; } = true;

    /// <summary>Whether a signed attribute says which certificate signed.</summary>
    public bool NamesCertificate { get; init; } = true;

    /// <summary>Whether the certificate is named by its key identifier, and not by issuer and serial number.</summary>
    public bool ByKeyIdentifier { get; init; }

    /// <summary>What is signed is said to be: a TSTInfo.</summary>
    public string ContentType { get; init; } = "1.2.840.113549.1.9.16.1.4";
}

/// <summary>A timestamp authority (RFC 3161) with a key and a certificate, by openssl.</summary>
/// <param name="keyPath">Its key.</param>
/// <param name="certificatePath">Its certificate.</param>
/// <param name="issuerPaths">The certificates that go along.</param>
public sealed class TimestampAuthority(string keyPath, string certificatePath, params string[] issuerPaths)
{
    /// <summary>The setting of an authority whose clock may be off by a second and a half. Without one, the time is exact: certificates that were
    /// issued in the same second are valid then.</summary>
    public const string Accuracy = "accuracy = secs:1, millisecs:500";

    private const string Sections = """
        oid_section = oids
        [oids]
        policy = 1.2.3.4.1
        other_policy = 1.2.3.4.2
        [tsa]
        default_tsa = authority
        [authority]
        crypto_device = builtin
        signer_digest = sha256
        default_policy = policy
        other_policies = other_policy
        digests = sha256, sha384, sha512
        ess_cert_id_alg = sha256
        """;

    /// <summary>Answers a request, now, as <c>openssl ts</c> does for anybody who runs it as an authority.</summary>
    /// <param name="request">The request in DER.</param>
    /// <param name="settings">Settings beside those above, or in their place.</param>
    public byte[] Reply(byte[] request, params string[] settings)
    {
        using var folder = new TemporaryFolder();
        var configuration = folder.Write("tsa.cnf", $"{Sections}\nserial = {folder["serial"]}\n{string.Join('\n', settings)}\n");
        Tool.Run(
                "openssl",
                [
                    "ts",
                    "-reply",
                    "-config",
                    configuration,
                    "-queryfile",
                    folder.Write("request", request),
                    "-inkey",
                    keyPath,
                    "-signer",
                    certificatePath,
                    "-chain",
                    folder.Write("chain.pem", string.Concat(issuerPaths.Select(File.ReadAllText))),
                    "-out",
                    folder["reply"],
                ]
            )
            .RequireSuccess();
        return File.ReadAllBytes(folder["reply"]);
    }

    /// <summary>Makes a token of any time and kind. <c>openssl ts</c> stamps now, and would not do most of what a plan can ask for; <c>openssl
    /// cms</c> signs what it is given.</summary>
    public byte[] Stamp(ReadOnlySpan<byte> content, StampPlan plan)
    {
        using var folder = new TemporaryFolder();
        List<string> arguments =
        [
            "cms",
            "-sign",
            "-binary",
            "-nodetach",
            "-outform",
            "DER",
            "-econtent_type",
            plan.ContentType,
            "-md",
            plan.Digest,
            "-inkey",
            keyPath,
            "-signer",
            certificatePath,
            "-in",
            folder.Write("info", Describe(content, plan)),
            "-out",
            folder["token"],
        ];
        if (plan.Pss)
            arguments.AddRange(["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest"]);
        if (plan.NamesCertificate)
            arguments.Add("-cades");
        if (plan.ByKeyIdentifier)
            arguments.Add("-keyid");
        if (!plan.WithCertificates)
            arguments.Add("-nocerts");
        else if (issuerPaths.Length > 0)
            arguments.AddRange(["-certfile", folder.Write("chain.pem", string.Concat(issuerPaths.Select(File.ReadAllText)))]);
        Tool.Run("openssl", [.. arguments]).RequireSuccess();
        return File.ReadAllBytes(folder["token"]);
    }

    // TSTInfo (RFC 3161 section 2.4.2)
    private static byte[] Describe(ReadOnlySpan<byte> content, StampPlan plan)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteObjectIdentifier(plan.Policy);
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                    writer.WriteObjectIdentifier(plan.Imprint.Oid);
                writer.WriteOctetString(CryptographicOperations.HashData(plan.Imprint.Name, content));
            }

            writer.WriteInteger(1);
            writer.WriteGeneralizedTime(plan.Time, omitFractionalSeconds: plan.Time.Ticks % TimeSpan.TicksPerSecond == 0);
            if (plan.AccuracyInSeconds is { } seconds)
            {
                using (writer.PushSequence())
                    writer.WriteInteger(seconds);
            }
        }

        return writer.Encode();
    }
}
