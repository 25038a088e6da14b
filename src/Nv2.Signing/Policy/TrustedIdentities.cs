using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>The <c>trustedIdentities</c> of a trust policy: the trusted signers among those with a path to a trusted root.</summary>
internal sealed class TrustedIdentities
{
    private readonly IReadOnlyList<TrustedIdentity> identities;

    /// <summary>Creates the identities of a policy.</summary>
    /// <exception cref="InvalidInputException">The list is empty; <c>*</c> is not alone; or two overlap, so that one certificate could match
    /// both.</exception>
    public TrustedIdentities(IReadOnlyList<TrustedIdentity> identities)
    {
        if (identities.Count == 0)
            throw new InvalidInputException("there is no trusted identity: expected at least one, or * alone");
        if (identities.Count > 1 && identities.Any(identity => identity.IsAnybody))
            throw new InvalidInputException("* cannot be combined with other trusted identities");
        for (var index = 1; index < identities.Count; index++)
        {
            if (identities.Take(index).FirstOrDefault(identities[index].Overlaps) is { } other)
            {
                throw new InvalidInputException(
                    $"the trusted identities {Quoted.Text(other.Text)} and {Quoted.Text(identities[index].Text)} overlap: "
                        + "expected distinct identities, so that a certificate matches only one"
                );
            }
        }

        this.identities = identities;
    }

    /// <summary>The identities as written in the policy.</summary>
    public IEnumerable<string> Texts => identities.Select(identity => identity.Text);

    /// <summary>Whether a certificate with that identity can also match one of these.</summary>
    internal bool MayInclude(SignerIdentity identity) => identities[0].IsAnybody || identities.Any(trusted => trusted.IsCompatibleWith(identity));

    /// <summary>The signer must have one of the identities.</summary>
    /// <returns>The failure, or <see langword="null"/>.</returns>
    public string? Check(X509Certificate2 signer)
    {
        if (identities[0].IsAnybody)
            return null;

        var name = DistinguishedName.BriefOf(signer);
        var subject = new Dictionary<string, string>();
        foreach (var (separator, oid, text, _) in DistinguishedName.Attributes(signer.SubjectName))
        {
            if (separator == '+')
                return $"the subject of the signer's certificate, {name}, has several attributes in one relative name, "
                    + "which trusted identities do not support";
            if (!subject.TryAdd(oid, text ?? ""))
                return $"the subject of the signer's certificate, {name}, has the attribute {DistinguishedName.ShortName(oid)} more than once, "
                    + "which trusted identities do not support";
        }

        return identities.Any(identity => identity.Matches(subject))
            ? null
            : $"the subject of the signer's certificate, {name}, matches none of the trusted identities: "
                + string.Join(", ", identities.Select(identity => Quoted.Text(identity.Text)));
    }
}

/// <summary>
/// One element of <c>trustedIdentities</c> in a trust policy of the Notary Project (trust-store-trust-policy.md, "Trusted Identities Constraints"):
/// attributes that the subject of a signer's certificate must have, possibly among others; or <c>*</c>, every signer with a path to a trusted root.
/// </summary>
internal sealed class TrustedIdentity
{
    private const string Anybody = "*";
    private const string SubjectType = "x509.subject";

    private static readonly string[] RequiredTypes = ["C", "ST", "O"];

    private TrustedIdentity(string text, IReadOnlyDictionary<string, string>? subject)
    {
        Text = text;
        Subject = subject;
    }

    /// <summary>The identity as written in the policy.</summary>
    public string Text { get; }

    /// <summary>Whether it is <c>*</c>.</summary>
    public bool IsAnybody => Text == Anybody;

    /// <summary>The attributes by object identifier; <see langword="null"/> for <c>*</c>, and for an identity of an unknown type, which no signer
    /// has.</summary>
    internal IReadOnlyDictionary<string, string>? Subject { get; }

    /// <summary>Reads an identity.</summary>
    /// <exception cref="InvalidInputException">It has no type; or its subject is not a distinguished name, repeats an attribute, or lacks C, ST or
    /// O.</exception>
    public static TrustedIdentity Parse(string text)
    {
        if (text == Anybody)
            return new(text, null);

        var separator = text.IndexOf(':', StringComparison.Ordinal);
        if (separator <= 0)
            throw new InvalidInputException($"{Quoted.Text(text)} is not a trusted identity: expected x509.subject: and a distinguished name, or *");
        if (text[..separator] != SubjectType)
            return new(text, null);

        try
        {
            return new(text, ParseSubject(text[(separator + 1)..]));
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"the trusted identity {Quoted.Text(text)} cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>Whether a certificate can match both this and <paramref name="other"/>: it can, unless they differ in a common attribute.</summary>
    internal bool Overlaps(TrustedIdentity other) =>
        Text == other.Text
        || (
            Subject is not null
            && other.Subject is not null
            && Subject.All(attribute =>
                !other.Subject.TryGetValue(attribute.Key, out var value)
                || NameComparison.Normalize(value) == NameComparison.Normalize(attribute.Value)
            )
        );

    /// <summary>Whether a subject with these attributes matches this identity.</summary>
    internal bool Matches(IReadOnlyDictionary<string, string> subject) =>
        Subject is not null
        && Subject.All(attribute =>
            subject.TryGetValue(attribute.Key, out var value) && NameComparison.Normalize(value) == NameComparison.Normalize(attribute.Value)
        );

    /// <summary>Whether a certificate can have both: a subject with a repeated attribute, or with several in one relative name, never matches this
    /// identity.</summary>
    internal bool IsCompatibleWith(SignerIdentity identity) =>
        Subject is not null
        && identity.HasSimpleSubject
        && identity.Attributes.All(attribute =>
            !Subject.TryGetValue(attribute.Oid, out var value) || NameComparison.Normalize(value) == NameComparison.Normalize(attribute.Value)
        );

    private static Dictionary<string, string> ParseSubject(string name)
    {
        var subject = new Dictionary<string, string>();
        foreach (var (oid, value) in DistinguishedNameText.Parse(name))
        {
            if (!subject.TryAdd(oid, value))
                throw new InvalidInputException($"it has the attribute {DistinguishedName.ShortName(oid)} more than once");
        }

        foreach (var type in RequiredTypes)
        {
            if (!subject.ContainsKey(DistinguishedName.OidOf(type)!)) // Not null: a known short name.
                throw new InvalidInputException($"it has no {type}: expected at least {string.Join(", ", RequiredTypes)}");
        }

        return subject;
    }
}
