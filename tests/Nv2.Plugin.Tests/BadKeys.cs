using System.Security.Cryptography;

namespace Nv2.Plugin.Tests;

/// <summary>Keys that nv2 does not sign with; each is made anew, since no message shows any of it.</summary>
internal static class BadKeys
{
    public const string Rsa1024 = "rsa1024.key";
    public const string P224 = "p224.key";
    public const string Dsa = "dsa.key";
    public const string Ed25519 = "ed25519.key";
    public const string Encrypted = "encrypted.key";
    public const string TraditionallyEncrypted = "traditionally-encrypted.key";
    public const string Damaged = "damaged.key";
    public const string NoDer = "no-der.key";
    public const string Two = "two.key";
    public const string Empty = "empty.key";
    public const string Text = "text.key";
    public const string Huge = "huge.key";
    public const string Openssh = "openssh.key";
    public const string Folder = "folder.key";

    private const string Passphrase = "wabbit";

    public static IReadOnlyList<string> All { get; } =
    [
        Rsa1024,
        P224,
        Dsa,
        Ed25519,
        Encrypted,
        TraditionallyEncrypted,
        Damaged,
        NoDer,
        Two,
        Empty,
        Text,
        Huge,
        Openssh,
        Folder,
        "missing.key",
        WorkingFolder.P256Certificate,
    ];

    public static void WriteTo(WorkingFolder folder)
    {
        using var rsa = RSA.Create(1024);
        using var p224 = ECDsa.Create(ECCurve.CreateFromFriendlyName("secp224r1"));
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var dsa = DSA.Create(1024);
        var pkcs8 = p256.ExportPkcs8PrivateKeyPem();
        Write(Rsa1024, rsa.ExportPkcs8PrivateKeyPem());
        Write(P224, p224.ExportPkcs8PrivateKeyPem());
        Write(Dsa, dsa.ExportPkcs8PrivateKeyPem());
        Write(
            Ed25519,
            PemEncoding.WriteString(
                "PRIVATE KEY",
                [.. Convert.FromHexString("302e020100300506032b657004220420"), .. RandomNumberGenerator.GetBytes(32)]
            )
        ); // RFC 8410 section 7
        Write(
            Encrypted,
            p256.ExportEncryptedPkcs8PrivateKeyPem(Passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1))
        );
        Write(
            TraditionallyEncrypted,
            "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00000000000000000000000000000000\n\nAAAA\n-----END EC "
                + "PRIVATE KEY-----\n"
        );
        Write(Damaged, PemEncoding.WriteString("PRIVATE KEY", p256.ExportPkcs8PrivateKey().AsSpan()[..^8]));
        Write(NoDer, PemEncoding.WriteString("RSA PRIVATE KEY", "not DER"u8));
        Write(Two, $"{pkcs8}\n{pkcs8}\n");
        Write(Empty, "");
        Write(Text, "the key is under the mat\n");
        Write(Huge, new string('A', (1024 * 1024) + 1));
        Write(Openssh, PemEncoding.WriteString("OPENSSH PRIVATE KEY", "openssh-key-v1"u8));
        Directory.CreateDirectory(folder[Folder]);

        void Write(string name, string content) => folder.WriteKey(name, System.Text.Encoding.ASCII.GetBytes(content));
    }
}
