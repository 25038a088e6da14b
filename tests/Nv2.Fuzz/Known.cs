using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Verification;

namespace Nv2.Fuzz;

/// <summary>
/// What the keys of the vectors have signed. A fuzzer has no key: whatever verifies must be among it.
/// </summary>
internal static class Known
{
    private static readonly HashSet<string> SignedBytes = [];
    private static readonly HashSet<string> Digests = [];
    private static readonly HashSet<string> SignedCertificates = [];

    static Known()
    {
        var names = Vectors.All.Select(vector => vector.Signature).Concat(Vectors.Envelopes.Select(envelope => envelope.Signature));
        foreach (var name in names.Distinct())
        {
            if (!Attempt.At(() => SignatureFormats.Parse(Vectors.Read(name)), out var signature))
                continue;
            SignedBytes.Add(Convert.ToHexString(signature.SignedBytes.Span));
            Digests.Add(signature.Claims.Digest.ToString());
        }

        SignedCertificates = [.. Certificates.Select(certificate => ToBeSigned(certificate.RawDataMemory))];
    }

    /// <summary>The moment of every check: inside the life of the vectors.</summary>
    public static TimeProvider Clock { get; } = new FixedClock(new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>The certificates of the vectors.</summary>
    public static IReadOnlyList<X509Certificate2> Certificates { get; } =
    [
        .. Directory
            .EnumerateFiles(Vectors.PathOf("keys"), "*.crt")
            .Order(StringComparer.Ordinal)
            .SelectMany(file => CertificateFile.Parse(File.ReadAllBytes(file)))
            .DistinctBy(certificate => certificate.Thumbprint),
    ];

    /// <summary>A signer's certificate, its issuer's and the root.</summary>
    public static IReadOnlyList<X509Certificate2> Chain { get; } = CertificateFile.Parse(Vectors.Read("keys/leaf-full-chain.crt"));

    /// <summary>Trusts the certificates of the vectors.</summary>
    public static Trust Trust { get; } = Trust.ByHand(TrustedCertificates.PinsAndAuthorities(Certificates));

    /// <summary>Whether a key of the vectors signed the bytes.</summary>
    public static bool IsSigned(ReadOnlyMemory<byte> signedBytes) => SignedBytes.Contains(Convert.ToHexString(signedBytes.Span));

    /// <summary>Whether a key of the vectors signed an artifact of that digest.</summary>
    public static bool IsSignedDigest(string digest) => Digests.Contains(digest);

    /// <summary>Whether a certificate is one of the vectors, or has the content of one.</summary>
    public static bool Contains(X509Certificate2 certificate) => SignedCertificates.Contains(ToBeSigned(certificate.RawDataMemory));

    /// <summary>What is signed of a certificate or a revocation list: the first element of the sequence that each is.</summary>
    public static string ToBeSigned(ReadOnlyMemory<byte> der) =>
        Convert.ToHexString(new AsnReader(der, AsnEncodingRules.BER).ReadSequence().ReadEncodedValue().Span);

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}

/// <summary>What may be refused.</summary>
internal static class Attempt
{
    /// <summary>Calls a parser, which may refuse with the exception that the library documents, and with no other.</summary>
    /// <returns><see langword="false"/> when it refuses.</returns>
    public static bool At<T>(Func<T> parse, out T value)
    {
        try
        {
            value = parse();
            return true;
        }
        catch (InvalidInputException)
        {
            value = default!; // Not used: the caller looks at the result first.
            return false;
        }
    }
}
