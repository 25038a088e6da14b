using System.Security.Cryptography;
using Nv2.Signing.Keys;

namespace Nv2.Signing.Certificates;

/// <summary>Reads a private key from the content of a file: PEM, also in UTF-16 with a byte order mark, or PKCS#12. What it is, is told by the content, not by a name.</summary>
public static class KeyFile
{
    /// <summary>Reads the key, and the certificates that are kept with it in PKCS#12.</summary>
    /// <param name="content">The content of the file.</param>
    /// <param name="passphrase">Asked for the passphrase where there must be one; <see langword="null"/> where there is none.</param>
    /// <param name="choice">Which key, by its friendly name or the SHA-256 fingerprint of its certificate, in PKCS#12; <see langword="null"/> for the only one.</param>
    /// <exception cref="InvalidInputException">There is no such key, or it cannot be read.</exception>
    public static SigningKey Parse(ReadOnlyMemory<byte> content, Func<Secret>? passphrase = null, string? choice = null)
    {
        if (Pkcs12File.IsMeant(content))
            return Pkcs12File.Parse(content, passphrase, choice);
        if (choice is not null)
            throw new InvalidInputException("it is not PKCS#12, the one form in which a key is chosen by name");

        var text = KeyContainer.FromUtf16(content.Span);
        try
        {
            return PemPrivateKey.Parse(text ?? content.Span, passphrase);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }
}
