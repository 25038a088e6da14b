using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Keys;

namespace Nv2.Signing.Certificates;

/// <summary>The way from a signer's certificate to one that is trusted.</summary>
/// <param name="Certificates">The signer's certificate first, the trusted one last; with no way found, the signer's alone.</param>
/// <param name="Failure">Why there is no way, or <see langword="null"/> when there is one.</param>
internal sealed record CertificatePath(IReadOnlyList<X509Certificate2> Certificates, string? Failure)
{
    // Dates are a check of their own. A path that ends at a trusted certificate which is not self-signed is partial to the platform, and one
    // that goes on past it ends at a root that the platform was not told to trust: both are decided here, by what was given as trusted.
    private const X509ChainStatusFlags DecidedElsewhere =
        X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot;

    /// <summary>How many ways are tried.</summary>
    private const int MaxWays = 8;

    /// <summary>How messages name the path of a timestamp authority.</summary>
    public static readonly Words OfTimestamp = new("the timestamp authority's", "the timestamp");

    private static readonly Words OfSignature = new("the signer's", "the signature");

    /// <summary>How messages name a path.</summary>
    /// <param name="Whose">Whose certificate it begins with.</param>
    /// <param name="Source">Where that and the intermediates came from.</param>
    internal sealed record Words(string Whose, string Source);

    /// <summary>Finds the way from <paramref name="signer"/>, with no network and no store of the machine.</summary>
    /// <param name="signer">The certificate that signed.</param>
    /// <param name="intermediates">Certificates that came with the signature, in any order, trusted for nothing.</param>
    /// <param name="trusted">What the caller trusts.</param>
    /// <param name="time">The moment of the check.</param>
    /// <param name="words">How messages name the path; <see langword="null"/> for that of a signer.</param>
    public static CertificatePath Find(
        X509Certificate2 signer, IReadOnlyList<X509Certificate2> intermediates, TrustedCertificates trusted, DateTimeOffset time, Words? words = null)
    {
        words ??= OfSignature;
        if (Contains(trusted.Pinned, signer))
            return new([signer], null);

        if (trusted is { Roots.Count: 0, Pinned.Count: 0 })
            return new([signer], $"there is no trusted certificate, and so {words.Whose} ({Name(signer)}) is not trusted");

        if (trusted.Roots.Count == 0)
            return new([signer], $"{words.Whose} certificate ({Name(signer)}) is none of the trusted certificates{HintAtIssuer(signer, intermediates, trusted)}");

        // The platform follows one issuer where several have the same name (an authority certified by two roots, or renewed), and does not come back when
        // that way ends. So the last certificate of a way that ends is left out, and the platform asked again; not for ever, since each way costs time and
        // whoever made the signature chose the certificates.
        var candidates = intermediates.ToList();
        var roots = trusted.Roots.ToList();
        CertificatePath? first = null;
        for (var way = 0; way < MaxWays && roots.Count > 0; way++)
        {
            var path = Build(signer, candidates, roots, time, words, out var last);
            if (path.Failure is null)
                return path;

            first ??= path;
            if (last is null || candidates.RemoveAll(candidate => AreSame(candidate, last)) + roots.RemoveAll(root => AreSame(root, last)) == 0)
                break;
        }

        return first ?? new([signer], $"{words.Whose} certificate ({Name(signer)}) leads to none of the trusted roots");
    }

    private static CertificatePath Build(
        X509Certificate2 signer, List<X509Certificate2> intermediates, List<X509Certificate2> roots, DateTimeOffset time, Words words, out X509Certificate2? last)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots.ToArray());
        chain.ChainPolicy.ExtraStore.AddRange(intermediates.ToArray());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.UtcDateTime;
        try
        {
            chain.Build(signer);
        }
        catch (CryptographicException exception)
        {
            last = null;
            return new([signer], $"no chain can be built from {words.Whose} certificate ({Name(signer)}): {exception.Message}");
        }

        var above = chain.ChainElements.Select(element => element.Certificate).Skip(1)
            .LastOrDefault(certificate => Contains(intermediates, certificate) || Contains(roots, certificate));
        last = above is null ? null : X509CertificateLoader.LoadCertificate(above.RawDataMemory.Span);
        return Judge(chain, signer, intermediates, roots, words);
    }

    private static CertificatePath Judge(
        X509Chain chain, X509Certificate2 signer, List<X509Certificate2> intermediates, List<X509Certificate2> roots, Words words)
    {
        var path = new List<X509Certificate2>();
        foreach (var element in chain.ChainElements)
        {
            var isAnchor = Contains(roots, element.Certificate);
            var failure = CheckElement(element) ?? (isAnchor ? null : CheckStrength(element.Certificate));
            if (failure is not null)
                return new([signer], failure);

            // The platform also looks for issuers in stores of the user's own.
            if (path.Count > 0 && !isAnchor && !Contains(intermediates, element.Certificate))
                return new([signer], $"the issuer {Name(element.Certificate)} is neither among the trusted roots nor in {words.Source}");

            path.Add(X509CertificateLoader.LoadCertificate(element.Certificate.RawDataMemory.Span)); // The chain disposes its own.
            if (isAnchor)
                return new(path, null);
        }

        var last = chain.ChainElements[^1].Certificate;
        return new([signer], last.SubjectName.RawData.AsSpan().SequenceEqual(last.IssuerName.RawData)
            ? $"{words.Whose} chain ends at {Name(last)}, which is none of the trusted roots"
            : $"the issuer of {Name(last)}, {DistinguishedName.Brief(last.IssuerName)}, is neither among the trusted roots nor in {words.Source}");
    }

    private static string? CheckElement(X509ChainElement element)
    {
        foreach (var status in element.ChainElementStatus)
        {
            var flag = status.Status & ~DecidedElsewhere;
            if (flag != X509ChainStatusFlags.NoError)
                return $"the certificate {Name(element.Certificate)} is refused: {Explain(flag)}";
        }

        return null;
    }

    private static string Explain(X509ChainStatusFlags flag) => flag switch
    {
        X509ChainStatusFlags.NotSignatureValid => "its signature is not its issuer's",
        X509ChainStatusFlags.InvalidBasicConstraints => "a certificate above it is no certificate authority, or the chain is longer than a path length allows",
        X509ChainStatusFlags.NotValidForUsage => "its key usage does not allow it to be used so (certificates that issue others need keyCertSign)",
        X509ChainStatusFlags.HasNotSupportedCriticalExtension => "it has a critical extension that is not supported",
        X509ChainStatusFlags.InvalidNameConstraints or X509ChainStatusFlags.HasExcludedNameConstraint or X509ChainStatusFlags.HasNotPermittedNameConstraint
            or X509ChainStatusFlags.HasNotDefinedNameConstraint or X509ChainStatusFlags.HasNotSupportedNameConstraint => "the name constraints of a certificate above it do not allow its names",
        _ => flag.ToString(),
    };

    private static string? CheckStrength(X509Certificate2 certificate)
    {
        if (CertificateSignature.FindRefusedAlgorithm(certificate) is { } algorithm)
            return $"the certificate {Name(certificate)} is signed with {algorithm}, which is refused: expected SHA-256 or better";

        if (certificate.GetKeyAlgorithm() is KeyAlgorithms.Ed25519 or KeyAlgorithms.Ed448)
            return null;

        try
        {
            using var key = VerificationKey.Of(certificate);
            return null;
        }
        catch (InvalidInputException exception)
        {
            return $"the certificate {Name(certificate)} is refused: {exception.Message}";
        }
    }

    private static string HintAtIssuer(X509Certificate2 signer, IReadOnlyList<X509Certificate2> intermediates, TrustedCertificates trusted)
    {
        var issuers = intermediates.Prepend(signer).Select(certificate => certificate.IssuerName.RawData);
        return trusted.Pinned.Any(pin => TrustedCertificates.IsAuthority(pin) && issuers.Any(issuer => issuer.AsSpan().SequenceEqual(pin.SubjectName.RawData)))
            ? "; one of them is named as its issuer: give that one as a root to trust what it issued"
            : "";
    }

    internal static bool Contains(IReadOnlyList<X509Certificate2> certificates, X509Certificate2 certificate)
    {
        foreach (var candidate in certificates)
        {
            if (AreSame(candidate, certificate))
                return true;
        }

        return false;
    }

    private static bool AreSame(X509Certificate2 one, X509Certificate2 other) => one.RawDataMemory.Span.SequenceEqual(other.RawDataMemory.Span);

    private static string Name(X509Certificate2 certificate) => DistinguishedName.Brief(certificate.SubjectName);
}
