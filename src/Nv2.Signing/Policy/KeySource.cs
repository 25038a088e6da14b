using System.Security.Cryptography;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>Where to get a certificate, as the user's settings say.</summary>
/// <param name="Scope">The repository that it signs for, or everything.</param>
/// <param name="Url">An address for people and their tools; nv2 fetches nothing.</param>
/// <param name="Sha256Thumbprint">SHA-256 of the certificate's DER in lower-case hexadecimal: what is fetched must be this and nothing else.</param>
/// <param name="Store">The name of the trust store to add it to, or <see langword="null"/> to leave the choice to the user.</param>
public sealed record KeySource(PolicyScope Scope, Uri Url, string Sha256Thumbprint, TrustStoreName? Store)
{
    internal static KeySource Read(JsonNode key) => new(
        key.Required("scope").Value(PolicyScope.Parse),
        key.Required("url").Value(ParseUrl),
        key.Required("sha256Thumbprint").Value(ParseThumbprint),
        key.Optional("store")?.Value(TrustStoreName.Parse));

    /// <summary>Reads a thumbprint: hexadecimal digits of any case, with or without colons, as other programs print it.</summary>
    /// <exception cref="InvalidInputException">It is not 32 bytes.</exception>
    public static string ParseThumbprint(string text)
    {
        var digits = text.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
        return digits.Length == 2 * SHA256.HashSizeInBytes && !digits.AsSpan().ContainsAnyExcept(CharacterSets.LowerHex)
            ? digits
            : throw new InvalidInputException($"{Quoted.Text(text)} is not a SHA-256 fingerprint: expected 64 hexadecimal digits, with or without colons");
    }

    // The address is printed as part of a command for people to run, and so must not be able to hold anything but an address.
    private static Uri ParseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "https" or "http" && !text.AsSpan().ContainsAnyExcept(CharacterSets.Url)
            ? url
            : throw new InvalidInputException($"{Quoted.Text(text)} is not an address: expected https:// or http://, without spaces, quotes and control characters");
}
