using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Keys;
using Nv2.Signing.Text;

namespace Nv2.Signing.Certificates;

/// <summary>Reads a private key and its certificates from a PKCS#12 file (RFC 7292).</summary>
internal static class Pkcs12File
{
    private const int Version = 3;
    private const int MaxKeys = 64;
    private const int MaxDepth = 4;
    private const string DataType = "1.2.840.113549.1.7.1";
    private const string EncryptedDataType = "1.2.840.113549.1.7.6";
    private const string FriendlyName = "1.2.840.113549.1.9.20";
    private const string FingerprintPrefix = "sha256:";

    /// <summary>Whether the content begins like PKCS#12: with version 3, followed by a sequence. A private key in DER has a lower version.</summary>
    public static bool IsMeant(ReadOnlyMemory<byte> content)
    {
        if (content.Span is not [0x30, ..])
            return false;
        try
        {
            var file = new AsnReader(content, AsnEncodingRules.BER).ReadSequence();
            return file.TryReadInt32(out var version) && version == Version && file.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence);
        }
        catch (AsnContentException)
        {
            // Truncated content still has its beginning: SEQUENCE, a length of up to three bytes, INTEGER 3, SEQUENCE.
            return content.Span[..Math.Min(content.Length, 16)].IndexOf((ReadOnlySpan<byte>)[0x02, 0x01, Version, 0x30]) is > 0 and <= 4;
        }
    }

    /// <inheritdoc cref="KeyFile.Parse"/>
    public static SigningKey Parse(ReadOnlyMemory<byte> content, Func<Secret>? passphrase, string? choice)
    {
        try
        {
            RequireBounds(content);
            var file = Pkcs12Info.Decode(content, out var read);
            if (read != content.Length)
                throw new InvalidInputException("it is PKCS#12, and bytes follow its end");
            using var secret = FindPassphrase(file, passphrase);
            return Choose(Read(file, secret), choice);
        }
        catch (AsnContentException exception)
        {
            throw new InvalidInputException("it is PKCS#12, and damaged or cut off", exception);
        }
        catch (CryptographicException exception)
        {
            throw new InvalidInputException(
                "it is PKCS#12, and damaged or encrypted with an unsupported algorithm: convert it with: "
                    + "openssl pkcs12 -legacy -in OLD -nodes | openssl pkcs12 -export -out NEW",
                exception
            );
        }
    }

    // Tools write the empty passphrase, so it is tried without asking.
    private static Secret FindPassphrase(Pkcs12Info file, Func<Secret>? passphrase)
    {
        if (file.IntegrityMode == Pkcs12IntegrityMode.PublicKey)
            throw new InvalidInputException(
                "it is PKCS#12 that is signed and encrypted for a public key, which is not supported: expected one with a passphrase"
            );
        var none = Secret.Take([]);
        if (file.IntegrityMode == Pkcs12IntegrityMode.None || file.VerifyMac(none.Chars))
            return none;
        if (passphrase is null)
            throw new InvalidInputException("it is PKCS#12 with a passphrase, and none was given");
        var secret = passphrase();
        if (file.VerifyMac(secret.Chars))
            return secret;
        secret.Dispose();
        throw new InvalidInputException("it is PKCS#12, and the passphrase is wrong, or the file is damaged");
    }

    private static Content Read(Pkcs12Info file, Secret secret)
    {
        var content = new Content([], []);
        try
        {
            foreach (var safe in file.AuthenticatedSafe)
            {
                if (safe.ConfidentialityMode == Pkcs12ConfidentialityMode.PublicKey)
                    throw new InvalidInputException(
                        "it is PKCS#12 that is encrypted for a public key, which is not supported: expected one with a passphrase"
                    );
                if (safe.ConfidentialityMode == Pkcs12ConfidentialityMode.Password)
                    safe.Decrypt(secret.Chars);
                Read(safe, secret, content, MaxDepth);
            }

            return content;
        }
        catch
        {
            content.Keys.ForEach(key => CryptographicOperations.ZeroMemory(key.Pkcs8));
            throw;
        }
    }

    private static void Read(Pkcs12SafeContents safe, Secret secret, Content content, int depth)
    {
        foreach (var bag in safe.GetBags())
        {
            switch (bag)
            {
                case Pkcs12KeyBag key:
                    Add(key, key.Pkcs8PrivateKey.ToArray());
                    break;
                case Pkcs12ShroudedKeyBag key:
                    Add(key, PasswordBasedEncryption.DecryptKey(key.EncryptedPkcs8PrivateKey, secret));
                    break;
                case Pkcs12CertBag { IsX509Certificate: true } certificate when content.Certificates.Count < CertificateFile.MaxCertificates:
                    var der = new AsnReader(certificate.EncodedCertificate, AsnEncodingRules.BER).ReadOctetString();
                    content.Certificates.Add((CertificateFile.ParseDer(der), FindName(bag)));
                    break;
                case Pkcs12CertBag { IsX509Certificate: true }:
                    throw new InvalidInputException($"it contains more than {CertificateFile.MaxCertificates} certificates");
                case Pkcs12SafeContentsBag { SafeContents: { } inner } when depth > 0:
                    Read(inner, secret, content, depth - 1);
                    break;
            }
        }

        void Add(Pkcs12SafeBag bag, byte[] pkcs8)
        {
            if (content.Keys.Count == MaxKeys)
                throw new InvalidInputException($"it contains more than {MaxKeys} private keys");
            content.Keys.Add((pkcs8, FindName(bag)));
        }
    }

    private static string? FindName(Pkcs12SafeBag bag)
    {
        foreach (var attribute in bag.Attributes)
        {
            if (attribute.Oid.Value == FriendlyName && attribute.Values.Count > 0)
                return new AsnReader(attribute.Values[0].RawData, AsnEncodingRules.BER).ReadCharacterString(UniversalTagNumber.BMPString);
        }

        return null;
    }

    // One key and its certificates.
    private static SigningKey Choose(Content content, string? choice)
    {
        var keys = new List<(SigningKey Key, string? Name)>();
        try
        {
            var certificates = content.Certificates.ConvertAll(one => one.Certificate);
            foreach (var (pkcs8, name) in content.Keys)
            {
                using var bare = PemPrivateKey.ParsePkcs8([.. pkcs8], []);
                var leaf = content.Certificates.Find(one => bare.BelongsTo(one.Certificate));
                var chain = leaf.Certificate is null ? [] : CertificateOrder.From(leaf.Certificate, certificates);
                keys.Add((PemPrivateKey.ParsePkcs8(pkcs8, chain), name ?? leaf.Name));
            }

            var chosen = choice is null ? keys : keys.FindAll(key => IsMeant(key, choice));
            var found = string.Join("; ", keys.Select(Describe));
            switch (chosen)
            {
                case [var one]:
                    keys.Remove(one);
                    return one.Key;
                case [] when keys.Count == 0:
                    throw new InvalidInputException(
                        "it is PKCS#12 without a private key: expected the file with the private key; certificates have their own option"
                    );
                case []:
                    throw new InvalidInputException($"it contains no key {Quoted.Text(choice)}: it contains {found}");
                default:
                    throw new InvalidInputException(
                        $"it contains {chosen.Count} private keys{(choice is null ? "" : $" {Quoted.Text(choice)}")}: "
                            + $"choose one by its name or fingerprint, FILE#NAME; it contains {found}"
                    );
            }
        }
        finally
        {
            keys.ForEach(key => key.Key.Dispose());
            content.Keys.ForEach(key => CryptographicOperations.ZeroMemory(key.Pkcs8));
        }
    }

    private static bool IsMeant((SigningKey Key, string? Name) key, string choice)
    {
        if (key.Name == choice)
            return true;
        var hex = (choice.StartsWith(FingerprintPrefix, StringComparison.OrdinalIgnoreCase) ? choice[FingerprintPrefix.Length..] : choice).Replace(
            ":",
            "",
            StringComparison.Ordinal
        );
        return key.Key.Certificates is [var leaf, ..] && hex.Equals(Fingerprint(leaf), StringComparison.OrdinalIgnoreCase);
    }

    private static string Describe((SigningKey Key, string? Name) key) =>
        $"{Quoted.Text(key.Name)} ({key.Key.Spec}"
        + $"{(key.Key.Certificates is [var leaf, ..] ? $", {FingerprintPrefix}{Fingerprint(leaf)}" : ", no certificate")})";

    private static string Fingerprint(X509Certificate2 certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span));

    // The cost is checked before a key is derived from a passphrase.
    private static void RequireBounds(ReadOnlyMemory<byte> content)
    {
        // PFX ::= SEQUENCE { version INTEGER, authSafe ContentInfo, macData MacData OPTIONAL } (RFC 7292 section 4)
        var file = new AsnReader(content, AsnEncodingRules.BER).ReadSequence();
        file.ReadInteger();
        var authSafe = file.ReadSequence();
        BigInteger iterations = 0;
        if (file.HasData)
        {
            // MacData ::= SEQUENCE { mac DigestInfo, macSalt OCTET STRING, iterations INTEGER DEFAULT 1 }. It is also derived for the empty
            // passphrase.
            var mac = file.ReadSequence();
            mac.ReadSequence();
            mac.ReadOctetString();
            iterations += 2 * (mac.HasData ? mac.ReadInteger() : 1);
        }

        if (authSafe.ReadObjectIdentifier() == DataType)
        {
            var safes = new AsnReader(authSafe.ReadSequence(Explicit).ReadOctetString(), AsnEncodingRules.BER).ReadSequence();
            while (safes.HasData)
            {
                var safe = safes.ReadSequence();
                if (safe.ReadObjectIdentifier() != EncryptedDataType)
                    continue;

                // EncryptedData ::= SEQUENCE { version, SEQUENCE { contentType, AlgorithmIdentifier, … } } (RFC 5652 section 8)
                var encrypted = safe.ReadSequence(Explicit).ReadSequence();
                encrypted.ReadInteger();
                var info = encrypted.ReadSequence();
                info.ReadObjectIdentifier();
                iterations += PasswordBasedEncryption.ReadIterations(info, isKey: false);
            }
        }

        // The keys are checked one by one when they are decrypted.
        if (iterations > 0)
            PasswordBasedEncryption.RequireIterations(iterations);
    }

    private static Asn1Tag Explicit { get; } = new(TagClass.ContextSpecific, 0, isConstructed: true);

    private sealed record Content(List<(byte[] Pkcs8, string? Name)> Keys, List<(X509Certificate2 Certificate, string? Name)> Certificates);
}
