using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Certificates;

/// <summary>The names that the certificates below an authority may have (RFC 5280 section 4.2.1.10).</summary>
internal sealed class NameConstraints
{
    /// <summary>The most comparisons of names with subtrees for one certificate.</summary>
    private const int MaxComparisons = 250_000;

    private static readonly Asn1Tag PermittedTag = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag ExcludedTag = new(TagClass.ContextSpecific, 1, isConstructed: true);

    private readonly List<CertificateName> permitted = [];
    private readonly List<CertificateName> excluded = [];

    /// <summary>Reads the extension.</summary>
    /// <exception cref="AsnContentException">It is damaged, or empty, or has an unsupported subtree.</exception>
    public NameConstraints(ReadOnlyMemory<byte> extension)
    {
        // NameConstraints ::= SEQUENCE { permittedSubtrees [0] GeneralSubtrees OPTIONAL, excludedSubtrees [1] GeneralSubtrees OPTIONAL }, at least
        // one of them
        var reader = new AsnReader(extension, AsnEncodingRules.DER);
        var fields = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        if (fields.HasData && fields.PeekTag() == PermittedTag)
            ReadSubtrees(fields.ReadSequence(PermittedTag), permitted);
        if (fields.HasData && fields.PeekTag() == ExcludedTag)
            ReadSubtrees(fields.ReadSequence(ExcludedTag), excluded);
        fields.ThrowIfNotEmpty();
        if (permitted.Count + excluded.Count == 0)
            throw new AsnContentException();
    }

    /// <summary>Why the names of <paramref name="certificate"/> are not permitted by the certificates above it, or <see langword="null"/>.</summary>
    /// <param name="certificate">A certificate.</param>
    /// <param name="authorities">The certificates above it.</param>
    /// <exception cref="AsnContentException">A name or a constraint is damaged.</exception>
    public static string? Check(X509Certificate2 certificate, IEnumerable<X509Certificate2> authorities)
    {
        List<CertificateName>? names = null;
        var comparisons = 0L;
        foreach (var authority in authorities)
        {
            if (CertificateExtensions.Find(authority, CertificateExtensions.NameConstraints) is not { } extension)
                continue;
            var constraints = new NameConstraints(extension.RawData);
            names ??= [.. CertificateName.Of(certificate)];
            comparisons += (long)names.Count * (constraints.permitted.Count + constraints.excluded.Count);
            if (comparisons > MaxComparisons)
                return $"its names require more than {MaxComparisons} comparisons with the name constraints";
            foreach (var name in names)
            {
                if (constraints.Check(name) is { } failure)
                    return $"{failure}, by the name constraints of {DistinguishedName.BriefOf(authority)}";
            }
        }

        return null;
    }

    private string? Check(CertificateName name)
    {
        if (!name.IsSupported)
        {
            return permitted.Exists(name.IsRestrictedBy) || excluded.Exists(name.IsRestrictedBy)
                ? $"its name of the kind {name.Kind} is restricted, and cannot be compared"
                : null;
        }

        if (excluded.Exists(subtree => subtree.Kind == name.Kind && name.MayBeWithin(subtree)))
            return $"its name {Text.Quoted.Text(name.Text)} is excluded";
        var same = permitted.FindAll(subtree => subtree.Kind == name.Kind);
        return same.Count == 0 || same.Exists(name.IsWithin) ? null : $"its name {Text.Quoted.Text(name.Text)} is not among those permitted";
    }

    // GeneralSubtrees ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE { base GeneralName, minimum [0] BaseDistance DEFAULT 0, maximum [1] BaseDistance
    // OPTIONAL }: the last two must be absent.
    private static void ReadSubtrees(AsnReader subtrees, List<CertificateName> into)
    {
        if (!subtrees.HasData)
            throw new AsnContentException();
        while (subtrees.HasData)
        {
            var subtree = subtrees.ReadSequence();
            into.Add(CertificateName.ReadSubtree(subtree));
            subtree.ThrowIfNotEmpty();
        }
    }
}
