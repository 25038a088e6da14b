using System.Text;
using Nv2.Plugin.KeySources;
using Nv2.Signing.Certificates;
using Nv2.Signing.Keys;

namespace Nv2.Fuzz.Targets;

/// <summary>Private keys as they are kept in files: PEM, encrypted or not, and PKCS#12. The passphrase is always the same. And PKCS#11
/// URIs.</summary>
internal static class KeyTarget
{
    private const string Name = "keys";

    private static readonly byte[] Content = Encoding.ASCII.GetBytes("content");

    public static FuzzTarget Target { get; } =
        new(Name, "private keys in PEM and PKCS#12, and PKCS#11 URIs", () => [], Check)
        {
            // A file may ask for that many iterations of the key derivation: the budget of PasswordBasedEncryption.
            MaxTime = TimeSpan.FromSeconds(8),
        };

    private static bool Check(byte[] input) =>
        input.AsSpan().StartsWith(Encoding.ASCII.GetBytes(Pkcs11Uri.Scheme)) ? CheckUri(input) : CheckKey(input);

    private static bool CheckKey(byte[] input)
    {
        if (!Attempt.At(() => KeyFile.Parse(input, () => Secret.Take("wabbit"u8.ToArray())), out var key))
            return false;
        using (key)
        {
            Require.That(key.Certificates.Count == 0 || key.BelongsTo(key.Certificates[0]), "the first certificate is not that of the key");
            Require.That(
                Attempt.At(() => key.Sign(Content, key.Algorithms[0]), out var signature) || !IsKnown(key),
                "a key of the vectors that cannot sign"
            );
            using var publicKey = VerificationKey.Parse(key.ExportSubjectPublicKeyInfo());
            Require.That(signature is null || publicKey.Verify(Content, signature, key.Algorithms[0]), "a signature that is not valid");
        }

        // Without the passphrase, an encrypted key is refused and another is the same.
        if (Attempt.At(() => KeyFile.Parse(input), out var again))
            again.Dispose();
        return true;
    }

    private static bool IsKnown(SigningKey key) => Known.Certificates.Any(key.BelongsTo);

    private static bool CheckUri(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (!Attempt.At(() => Pkcs11Uri.Parse(text), out var uri))
            return false;
        var attributes = text[Pkcs11Uri.Scheme.Length..].Split('?', 2).SelectMany(part => part.Split(';', '&'));
        Require.That(!attributes.Any(attribute => attribute.StartsWith("pin-value=", StringComparison.Ordinal)), "a URI with a PIN in it");
        Require.That(uri.Text == text && uri.Module.Length > 0, "another URI");
        return true;
    }
}
