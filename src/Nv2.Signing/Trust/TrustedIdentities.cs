using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;

namespace Nv2.Signing.Trust;

/// <summary>The <c>trustedIdentities</c> of a trust policy: whose signatures count, among those whom a trusted root vouches for.</summary>
public sealed class TrustedIdentities
{
    private readonly IReadOnlyList<TrustedIdentity> identities;

    /// <summary>Takes the identities of a policy.</summary>
    /// <exception cref="InvalidInputException">There is none; or <c>*</c> is not alone; or two overlap, so that one certificate could have both.</exception>
    public TrustedIdentities(IReadOnlyList<TrustedIdentity> identities)
    {
        if (identities.Count == 0)
            throw new InvalidInputException("there is no trusted identity: expected one or more, or * alone");
        if (identities.Count > 1 && identities.Any(identity => identity.IsAnybody))
            throw new InvalidInputException("* stands beside other trusted identities: expected it alone");
        for (var index = 1; index < identities.Count; index++)
        {
            if (identities.Take(index).FirstOrDefault(identities[index].Overlaps) is { } other)
            {
                throw new InvalidInputException(
                    $"the trusted identities {Quoted.Text(other.Text)} and {Quoted.Text(identities[index].Text)} overlap: a certificate can be both, and each must be distinct");
            }
        }

        this.identities = identities;
    }

    /// <summary>The identities as the policy has them.</summary>
    public IEnumerable<string> Texts => identities.Select(identity => identity.Text);

    /// <summary>The signer must have one of the identities.</summary>
    /// <returns>A complaint, or <see langword="null"/>.</returns>
    public string? Check(X509Certificate2 signer)
    {
        if (identities[0].IsAnybody)
            return null;

        var name = DistinguishedName.Brief(signer.SubjectName);
        var subject = new Dictionary<string, string>();
        foreach (var (separator, oid, text, _) in DistinguishedName.Attributes(signer.SubjectName))
        {
            if (separator == '+')
                return $"the subject of the signer's certificate, {name}, has several attributes in one relative name, which no trusted identity can name";
            if (!subject.TryAdd(oid, text ?? ""))
                return $"the subject of the signer's certificate, {name}, has the attribute {DistinguishedName.ShortName(oid)} more than once, which no trusted identity can name";
        }

        return identities.Any(identity => identity.Matches(subject))
            ? null
            : $"the subject of the signer's certificate, {name}, is none of the trusted identities: {string.Join(", ", identities.Select(identity => Quoted.Text(identity.Text)))}";
    }
}
