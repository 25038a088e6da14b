using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Certificates;

/// <summary>The constraints of a whole path on its certificates: names and policies (RFC 5280 sections 6.1.3 to 6.1.5).</summary>
internal static class PathConstraints
{
    /// <summary>Why a path is not valid, or <see langword="null"/>.</summary>
    /// <param name="path">The certificate first, the trusted root last.</param>
    public static string? Check(IReadOnlyList<X509Certificate2> path)
    {
        for (var position = path.Count - 2; position >= 0; position--)
        {
            var certificate = path[position];
            if (position > 0 && NameComparison.IsSelfIssued(certificate))
                continue;
            if (CheckNames(certificate, path.Skip(position + 1)) is { } failure)
                return $"the certificate {DistinguishedName.BriefOf(certificate)} is refused: {failure}";
        }

        return PolicyCheck.Check(path);
    }

    private static string? CheckNames(X509Certificate2 certificate, IEnumerable<X509Certificate2> authorities)
    {
        try
        {
            return NameConstraints.Check(certificate, authorities);
        }
        catch (Exception exception) when (exception is AsnContentException or CryptographicException)
        {
            return "its names, or the name constraints of a certificate above it, are damaged";
        }
    }
}

/// <summary>
/// Certificate policies along a path (RFC 5280 section 6.1, with the valid policies of each level as in RFC 9618). The user accepts any policy; the
/// check is whether an authority requires one (requireExplicitPolicy), including the trusted root (RFC 5937).
/// </summary>
internal sealed class PolicyCheck
{
    private const string AnyPolicy = "2.5.29.32.0";

    /// <summary>The most policies of one certificate, and of one level.</summary>
    private const int MaxPolicies = 256;

    // The valid policies of the present level, each with those expected below; null if none is left.
    private Dictionary<string, HashSet<string>>? valid = new() { [AnyPolicy] = [AnyPolicy] };
    private int explicitPolicy;
    private int policyMapping;
    private int inhibitAnyPolicy;

    private PolicyCheck(int length) => (explicitPolicy, policyMapping, inhibitAnyPolicy) = (length + 1, length + 1, length + 1);

    /// <summary>Why a path is not valid, or <see langword="null"/>.</summary>
    /// <param name="path">The certificate first, the trusted root last.</param>
    public static string? Check(IReadOnlyList<X509Certificate2> path)
    {
        if (!path.Any(HasPolicies))
            return null;
        try
        {
            var check = new PolicyCheck(path.Count - 1);
            check.Constrain(path[^1]);
            for (var position = path.Count - 2; position >= 0; position--)
            {
                if (!check.Process(path[position], isLast: position == 0))
                    return $"the certificate {DistinguishedName.BriefOf(path[position])} is refused: "
                        + "a certificate above it requires a policy, and it has no valid one";
            }

            return null;
        }
        catch (Exception exception) when (exception is AsnContentException or CryptographicException or OverflowException or InvalidInputException)
        {
            return "the policies of a certificate above the signer's are damaged, or too many";
        }
    }

    private static bool HasPolicies(X509Certificate2 certificate)
    {
        foreach (var extension in certificate.Extensions)
        {
            if (
                extension.Oid?.Value
                is CertificateExtensions.CertificatePolicies
                    or CertificateExtensions.PolicyMappings
                    or CertificateExtensions.PolicyConstraints
                    or CertificateExtensions.InhibitAnyPolicy
            )
                return true;
        }

        return false;
    }

    private bool Process(X509Certificate2 certificate, bool isLast)
    {
        var isSelfIssued = NameComparison.IsSelfIssued(certificate);
        var policies = ReadPolicies(certificate);
        if (policies is null)
            valid = null;
        else if (valid is not null)
            valid = Below(valid, policies, mayBeAny: inhibitAnyPolicy > 0 || (!isLast && isSelfIssued));
        if (valid is { Count: 0 })
            valid = null;
        if (explicitPolicy == 0 && valid is null)
            return false;
        if (isLast)
        {
            if (explicitPolicy > 0)
                explicitPolicy--;
            if (ReadConstraints(certificate).RequireExplicitPolicy == 0)
                explicitPolicy = 0;
            return explicitPolicy > 0 || valid is not null;
        }

        Map(certificate);
        if (!isSelfIssued)
            (explicitPolicy, policyMapping, inhibitAnyPolicy) = (
                Math.Max(explicitPolicy - 1, 0),
                Math.Max(policyMapping - 1, 0),
                Math.Max(inhibitAnyPolicy - 1, 0)
            );
        Constrain(certificate);
        return true;
    }

    // Section 6.1.3, step d.
    private static Dictionary<string, HashSet<string>> Below(Dictionary<string, HashSet<string>> above, HashSet<string> policies, bool mayBeAny)
    {
        var expected = above.Values.SelectMany(each => each).ToHashSet();
        var below = new Dictionary<string, HashSet<string>>();
        foreach (var policy in policies)
        {
            if (policy != AnyPolicy && (expected.Contains(policy) || above.ContainsKey(AnyPolicy)))
                below[policy] = [policy];
        }

        if (!policies.Contains(AnyPolicy) || !mayBeAny)
            return below;
        foreach (var policy in expected)
            below.TryAdd(policy, [policy]);
        return below.Count <= MaxPolicies ? below : throw new InvalidInputException("too many policies");
    }

    // Section 6.1.4, steps a and b: PolicyMappings ::= SEQUENCE OF SEQUENCE { issuerDomainPolicy, subjectDomainPolicy }.
    private void Map(X509Certificate2 certificate)
    {
        if (CertificateExtensions.Find(certificate, CertificateExtensions.PolicyMappings) is not { } extension)
            return;
        var mapped = new Dictionary<string, HashSet<string>>();
        var mappings = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
        for (var count = 0; mappings.HasData; count++)
        {
            var mapping = mappings.ReadSequence();
            var (issuerPolicy, subjectPolicy) = (mapping.ReadObjectIdentifier(), mapping.ReadObjectIdentifier());
            mapping.ThrowIfNotEmpty();
            if (count == MaxPolicies || issuerPolicy == AnyPolicy || subjectPolicy == AnyPolicy)
                throw new AsnContentException();
            if (!mapped.TryGetValue(issuerPolicy, out var expected))
                mapped.Add(issuerPolicy, expected = []);
            expected.Add(subjectPolicy);
        }

        if (valid is null)
            return;
        foreach (var (policy, expected) in mapped)
        {
            if (policyMapping == 0)
                valid.Remove(policy);
            else if (valid.ContainsKey(policy) || valid.ContainsKey(AnyPolicy))
                valid[policy] = expected;
        }

        if (valid.Count == 0)
            valid = null;
    }

    // Section 6.1.4, steps i and j.
    private void Constrain(X509Certificate2 certificate)
    {
        var constraints = ReadConstraints(certificate);
        explicitPolicy = Math.Min(explicitPolicy, constraints.RequireExplicitPolicy ?? int.MaxValue);
        policyMapping = Math.Min(policyMapping, constraints.InhibitPolicyMapping ?? int.MaxValue);
        if (CertificateExtensions.Find(certificate, CertificateExtensions.InhibitAnyPolicy) is { } extension)
            inhibitAnyPolicy = Math.Min(inhibitAnyPolicy, ReadSkip(new AsnReader(extension.RawData, AsnEncodingRules.DER), Asn1Tag.Integer));
    }

    private static HashSet<string>? ReadPolicies(X509Certificate2 certificate)
    {
        if (CertificateExtensions.Find(certificate, CertificateExtensions.CertificatePolicies) is not { } extension)
            return null;
        var policies = new HashSet<string>();
        var reader = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
        while (reader.HasData)
        {
            if (!policies.Add(reader.ReadSequence().ReadObjectIdentifier()) || policies.Count > MaxPolicies)
                throw new AsnContentException(); // Section 4.2.1.4: none more than once.
        }

        return policies;
    }

    // PolicyConstraints ::= SEQUENCE { requireExplicitPolicy [0] SkipCerts OPTIONAL, inhibitPolicyMapping [1] SkipCerts OPTIONAL }
    private static (int? RequireExplicitPolicy, int? InhibitPolicyMapping) ReadConstraints(X509Certificate2 certificate)
    {
        if (CertificateExtensions.Find(certificate, CertificateExtensions.PolicyConstraints) is not { } extension)
            return (null, null);
        var explicitTag = new Asn1Tag(TagClass.ContextSpecific, 0);
        var mappingTag = new Asn1Tag(TagClass.ContextSpecific, 1);
        var fields = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
        int? requireExplicit = fields.HasData && fields.PeekTag() == explicitTag ? ReadSkip(fields, explicitTag) : null;
        int? inhibitMapping = fields.HasData && fields.PeekTag() == mappingTag ? ReadSkip(fields, mappingTag) : null;
        fields.ThrowIfNotEmpty();
        return requireExplicit is null && inhibitMapping is null ? throw new AsnContentException() : (requireExplicit, inhibitMapping);
    }

    private static int ReadSkip(AsnReader reader, Asn1Tag tag) =>
        reader.ReadInteger(tag) is var skip && skip >= 0 ? (int)System.Numerics.BigInteger.Min(skip, int.MaxValue) : throw new AsnContentException();
}
