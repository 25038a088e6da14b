namespace Nv2.Signing.Formats;

/// <summary>Who made a signature, and whose word its time is (Notary Project specification, signing-scheme.md).</summary>
public sealed class SigningScheme
{
    /// <summary>The signer signed, and says at what time; nobody else vouches for that but a timestamp.</summary>
    public static SigningScheme X509 { get; } = new("notary.x509");

    /// <summary>A signing authority signed for somebody else, and vouches for the time.</summary>
    public static SigningScheme SigningAuthority { get; } = new("notary.x509.signingAuthority");

    private SigningScheme(string name) => Name = name;

    /// <summary>The name as envelopes have it: <c>notary.x509</c>.</summary>
    public string Name { get; }

    /// <summary>The scheme of that exact name, or <see langword="null"/>.</summary>
    public static SigningScheme? Find(string name) =>
        name == X509.Name ? X509 : name == SigningAuthority.Name ? SigningAuthority : null;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
