using System.Security.Cryptography;

namespace Nv2.Signing.Keys;

/// <summary>
/// The key id of docker's libtrust: SHA-256 of the DER SubjectPublicKeyInfo, the first 30 bytes of it in base32 (RFC 4648 section 6), in twelve groups of four
/// joined by colons: <c>PF45:Q2VE:…</c>.
/// </summary>
public static class LibtrustKeyId
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int HashBytes = 30;
    private const int BitsPerCharacter = 5;
    private const int GroupLength = 4;

    /// <summary>The key id of a public key.</summary>
    /// <param name="subjectPublicKeyInfo">The key as DER SubjectPublicKeyInfo.</param>
    public static string Compute(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        var hash = SHA256.HashData(subjectPublicKeyInfo).AsSpan(0, HashBytes);
        var id = new System.Text.StringBuilder();
        var buffer = 0;
        var bits = 0;
        var characters = 0;
        foreach (var value in hash)
        {
            buffer = (buffer << 8) | value;
            for (bits += 8; bits >= BitsPerCharacter; bits -= BitsPerCharacter)
            {
                if (characters > 0 && characters % GroupLength == 0)
                    id.Append(':');
                id.Append(Alphabet[(buffer >> (bits - BitsPerCharacter)) & 31]);
                characters++;
            }

            buffer &= 0xff;
        }

        return id.ToString();
    }
}
