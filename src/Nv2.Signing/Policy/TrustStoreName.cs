using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>A named store of certificates (trust-store-trust-policy.md, "Trust Store").</summary>
/// <param name="Type">What its certificates are trusted for.</param>
/// <param name="Name">The name of its folder.</param>
internal sealed record TrustStoreName(TrustStoreType Type, string Name)
{
    private static readonly (string Text, TrustStoreType Type)[] Types =
    [
        ("ca", TrustStoreType.CertificateAuthority),
        ("signingAuthority", TrustStoreType.SigningAuthority),
        ("tsa", TrustStoreType.TimestampAuthority),
    ];

    /// <summary>The type in policies and folders: <c>ca</c>.</summary>
    public string TypeText => Array.Find(Types, one => one.Type == Type).Text;

    /// <summary>Reads a store's name with its type, <c>ca:acme-rockets</c>.</summary>
    /// <exception cref="InvalidInputException">It is not a type and a name, joined by a colon.</exception>
    public static TrustStoreName Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? throw new InvalidInputException($"{Quoted.Text(text)} is not a trust store: expected a type and a name, such as ca:acme-rockets")
            : new(ParseType(text[..colon]), ParseName(text[(colon + 1)..]));
    }

    /// <summary>Reads a type.</summary>
    /// <exception cref="InvalidInputException">There is no such type.</exception>
    public static TrustStoreType ParseType(string text)
    {
        foreach (var (known, type) in Types)
        {
            if (known == text)
                return type;
        }

        throw new InvalidInputException(
            $"{Quoted.Text(text)} is not a type of trust store: "
                + $"expected {Alternatives.Of(Types.Select(type => type.Text))}{NearestName.Suggest(text, Types.Select(type => type.Text))}"
        );
    }

    /// <summary>Checks a name.</summary>
    /// <exception cref="InvalidInputException">It is empty, is <c>.</c> or <c>..</c>, or has characters other than letters, digits, <c>_</c>,
    /// <c>.</c> and <c>-</c>.</exception>
    public static string ParseName(string name) =>
        name is not ("" or "." or "..") && !name.AsSpan().ContainsAnyExcept(CharacterSets.Tag)
            ? name
            : throw new InvalidInputException($"{Quoted.Text(name)} is not the name of a trust store: expected letters, digits, '_', '.' and '-'");

    /// <summary>Type and name in policies: <c>ca:acme-rockets</c>.</summary>
    public override string ToString() => $"{TypeText}:{Name}";
}

/// <summary>What the certificates of a trust store are trusted for.</summary>
internal enum TrustStoreType
{
    /// <summary>To sign, or to issue certificates for signing (<c>ca</c>).</summary>
    CertificateAuthority,

    /// <summary>To sign for others and attest the time (<c>signingAuthority</c>).</summary>
    SigningAuthority,

    /// <summary>To timestamp signatures (<c>tsa</c>).</summary>
    TimestampAuthority,
}
