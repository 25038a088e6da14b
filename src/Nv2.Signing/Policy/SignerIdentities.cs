using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>
/// Additional trusted identities of a statement, by names that the policy does not support: the signer must have one of these identities, and also
/// one of the statement's <c>trustedIdentities</c>. So they only narrow a statement.
/// </summary>
internal sealed class SignerIdentities
{
    private readonly IReadOnlyList<SignerIdentity> identities;

    /// <summary>Creates the identities of a statement.</summary>
    /// <exception cref="InvalidInputException">The list is empty, or one appears twice.</exception>
    public SignerIdentities(IReadOnlyList<SignerIdentity> identities)
    {
        if (identities.Count == 0)
            throw new InvalidInputException("there is no identity: expected at least one, or no such property");
        if (identities.CountBy(identity => identity.Key).FirstOrDefault(one => one.Value > 1).Key is { } twice)
            throw new InvalidInputException(
                $"the identity {Quoted.Text(identities.First(identity => identity.Key == twice).Text)} appears twice: expected each once"
            );
        this.identities = identities;
    }

    /// <summary>The identities as written in the settings.</summary>
    public IEnumerable<string> Texts => identities.Select(identity => identity.Text);

    /// <summary>An identity that no signer trusted by a statement can have, or <see langword="null"/>.</summary>
    /// <remarks>Its author probably expected it to add trusted signers.</remarks>
    public SignerIdentity? FindOutside(TrustedIdentities trusted) => identities.FirstOrDefault(identity => !trusted.MayInclude(identity));

    /// <summary>The signer must have one of the identities.</summary>
    /// <returns>The failure, or <see langword="null"/>.</returns>
    public string? Check(X509Certificate2 signer)
    {
        CertificateIdentity certificate;
        try
        {
            certificate = CertificateIdentity.Of(signer);
        }
        catch (AsnContentException)
        {
            return $"the subjectAltName of the signer's certificate, {DistinguishedName.BriefOf(signer)}, is damaged";
        }

        return identities.Any(identity => identity.Matches(certificate))
            ? null
            : $"the signer's certificate, {DistinguishedName.BriefOf(signer)}{certificate.DescribeNames()}, has none of the identities required by "
                + "the settings: "
                + string.Join(", ", identities.Select(identity => Quoted.Text(identity.Text)));
    }
}

/// <summary>
/// An identity of a signer: <c>dns:</c>, <c>email:</c> or <c>uri:</c> and a name in the subjectAltName of the certificate (RFC 5280 section 4.2.1.6),
/// or <c>x509.subject:</c> and attributes in its subject.
/// </summary>
internal sealed class SignerIdentity
{
    private const string SubjectType = "x509.subject";

    private static readonly (string Type, CertificateNameKind Kind)[] NameTypes =
    [
        ("dns", CertificateNameKind.Dns),
        ("email", CertificateNameKind.Mailbox),
        ("uri", CertificateNameKind.Uri),
    ];

    private readonly CertificateNameKind? kind;
    private readonly string name = "";

    // Relative names, each with its attributes.
    private readonly IReadOnlyList<IReadOnlyList<string>> subject = [];

    private SignerIdentity(string text, CertificateNameKind kind, string name)
    {
        Text = text;
        this.kind = kind;
        this.name = name;
        Key = $"{kind}:{name}";
    }

    private SignerIdentity(string text, IReadOnlyList<IReadOnlyList<(string Oid, string Value)>> subject)
    {
        Text = text;
        Attributes = [.. subject.SelectMany(relative => relative)];
        HasSimpleSubject = Attributes.Count == subject.Count && Attributes.DistinctBy(attribute => attribute.Oid).Count() == subject.Count;
        this.subject =
        [
            .. subject.Select(relative =>
                (IReadOnlyList<string>)[.. relative.Select(attribute => NameComparison.Describe(attribute.Oid, attribute.Value))]
            ),
        ];
        Key = string.Join(
            ',',
            this.subject.Select(relative => string.Join('+', relative.Order(StringComparer.Ordinal))).Order(StringComparer.Ordinal)
        );
    }

    /// <summary>The identity as written in the settings.</summary>
    public string Text { get; }

    /// <summary>A text that is equal for equal identities, however they are written.</summary>
    internal string Key { get; }

    /// <summary>The attributes of a subject; none for a name.</summary>
    internal IReadOnlyList<(string Oid, string Value)> Attributes { get; } = [];

    /// <summary>Whether a matching subject needs no repeated attribute, and no relative name of several attributes.</summary>
    internal bool HasSimpleSubject { get; } = true;

    /// <summary>Reads an identity.</summary>
    /// <exception cref="InvalidInputException">Its type is unknown, its name is not valid, its subject is not a distinguished name, or an attribute
    /// value is repeated.</exception>
    public static SignerIdentity Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var type = colon < 0 ? "" : text[..colon];
        try
        {
            if (type == SubjectType)
                return new(text, ParseSubject(text[(colon + 1)..]));
            foreach (var (known, kind) in NameTypes)
            {
                if (type == known)
                    return new(text, kind, IdentityName.Normalize(kind, text[(colon + 1)..].Trim(' ')));
            }
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"the identity {Quoted.Text(text)} cannot be used: {exception.Message}", exception);
        }

        throw new InvalidInputException(
            $"{Quoted.Text(text)} is not an identity of a signer: expected dns:, email: or uri: and a name, or x509.subject: and a distinguished name"
        );
    }

    /// <summary>Whether a certificate has this identity.</summary>
    internal bool Matches(CertificateIdentity certificate) =>
        kind is { } named
            ? certificate.Names.Contains((named, name))
            : subject.All(relative => certificate.Subject.Any(own => relative.All(own.Contains)));

    private static List<IReadOnlyList<(string Oid, string Value)>> ParseSubject(string text)
    {
        var subject = DistinguishedNameText.ParseRelative(text);
        foreach (
            var ((oid, _), count) in subject
                .SelectMany(relative => relative)
                .CountBy(attribute => (attribute.Oid, NameComparison.Normalize(attribute.Value)))
        )
        {
            if (count > 1)
                throw new InvalidInputException($"it has the attribute {DistinguishedName.ShortName(oid)} with the same value more than once");
        }

        return subject;
    }
}

/// <summary>The names of a certificate, prepared for comparison.</summary>
/// <param name="Names">The names of the subjectAltName that identities can match.</param>
/// <param name="Subject">The relative names of the subject, each with its attributes.</param>
internal sealed record CertificateIdentity(IReadOnlySet<(CertificateNameKind Kind, string Name)> Names, IReadOnlyList<IReadOnlySet<string>> Subject)
{
    private const int MaxShown = 4;

    /// <summary>Reads a certificate.</summary>
    /// <exception cref="AsnContentException">Its subjectAltName is damaged.</exception>
    public static CertificateIdentity Of(X509Certificate2 certificate)
    {
        var names = new HashSet<(CertificateNameKind, string)>();
        foreach (var (kind, text) in CertificateName.AlternativeNamesOf(certificate))
        {
            if (IdentityName.TryNormalize(kind, text, out var name))
                names.Add((kind, name));
        }

        var subject = new List<IReadOnlySet<string>>();
        var relative = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (separator, oid, text, _) in DistinguishedName.Attributes(certificate.SubjectName))
        {
            if (separator != '+')
                subject.Add(relative = new(StringComparer.Ordinal));
            if (text is not null)
                relative.Add(NameComparison.Describe(oid, text));
        }

        return new(names, subject);
    }

    /// <summary>The names for a message, or nothing if there are none.</summary>
    public string DescribeNames()
    {
        if (Names.Count == 0)
            return "";
        var shown = string.Join(", ", Names.Take(MaxShown).Select(one => Quoted.Printable(one.Name)));
        return $" ({shown}{(Names.Count > MaxShown ? ", …" : "")})";
    }
}
