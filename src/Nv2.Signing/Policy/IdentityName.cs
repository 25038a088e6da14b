using System.Diagnostics.CodeAnalysis;
using System.Text;
using Nv2.Signing.Certificates;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>Names of a subjectAltName in canonical form for comparison (RFC 5280 sections 7.2 to 7.5): unchanged, except for the case of host names
/// and of a URI's scheme.</summary>
internal static class IdentityName
{
    private const int MaxLength = 2048;

    /// <summary>Reads a name from a user.</summary>
    /// <exception cref="InvalidInputException">It is not a name of that kind, or covers more than one.</exception>
    public static string Normalize(CertificateNameKind kind, string text)
    {
        if (text.Length is 0 or > MaxLength)
            throw new InvalidInputException($"expected a name of 1 to {MaxLength} characters");
        if (!Ascii.IsValid(text) || text.AsSpan().ContainsAnyInRange('\0', ' ') || text.Contains('\x7f', StringComparison.Ordinal))
            throw new InvalidInputException("expected ASCII without spaces and control characters, an international name in its xn-- form");
        if (kind != CertificateNameKind.Uri && text.Contains('*', StringComparison.Ordinal))
            throw new InvalidInputException("* is not allowed: expected the full name");
        return TryNormalize(kind, text, out var name)
            ? name
            : throw new InvalidInputException(
                kind switch
                {
                    CertificateNameKind.Dns => "expected a host name, such as build.example.com",
                    CertificateNameKind.Mailbox => "expected an address, such as build@example.com",
                    _ => "expected a URI with its scheme, such as spiffe://example.com/build",
                }
            );
    }

    /// <summary>The canonical form of a name; <see langword="false"/> if it is not of that kind, and so equals nothing.</summary>
    public static bool TryNormalize(CertificateNameKind kind, string text, [NotNullWhen(true)] out string? name)
    {
        name = kind switch
        {
            CertificateNameKind.Dns => CertificateName.IsHost(text) && !text.EndsWith('.') ? text.ToLowerInvariant() : null,
            CertificateNameKind.Mailbox => NormalizeMailbox(text),
            _ => NormalizeUri(text),
        };
        return name is not null;
    }

    // The part before the @ belongs to the mail server, which may be case-sensitive.
    private static string? NormalizeMailbox(string text)
    {
        var at = text.LastIndexOf('@');
        return at > 0 && !text.AsSpan(0, at).Contains('@') && CertificateName.IsHost(text[(at + 1)..]) && !text.EndsWith('.')
            ? $"{text[..at]}@{text[(at + 1)..].ToLowerInvariant()}"
            : null;
    }

    // scheme ":" and the rest; "//" authority, if there is one, ends at the next of / ? # (RFC 3986 section 3). Nothing else has equivalent
    // spellings.
    private static string? NormalizeUri(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (
            colon <= 0
            || colon == text.Length - 1
            || !char.IsAsciiLetter(text[0])
            || text.AsSpan(0, colon).ContainsAnyExcept(CharacterSets.UriScheme)
        )
            return null;
        var scheme = text[..colon].ToLowerInvariant();
        var rest = text[(colon + 1)..];
        if (!rest.StartsWith("//", StringComparison.Ordinal))
            return $"{scheme}:{rest}";
        var end = rest.AsSpan(2).IndexOfAny('/', '?', '#');
        var authority = end < 0 ? rest[2..] : rest.Substring(2, end);
        var host = authority.LastIndexOf('@') + 1;
        return $"{scheme}://{authority[..host]}{authority[host..].ToLowerInvariant()}{(end < 0 ? "" : rest[(2 + end)..])}";
    }
}
