using System.Security.Cryptography;
using System.Security.Cryptography.Cose;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Keys;

/// <summary>A private key that signs.</summary>
public sealed class SigningKey : IDisposable
{
    private readonly RSA? rsa;
    private readonly ECDsa? ecdsa;
    private readonly byte[] subjectPublicKeyInfo; // Made once: it takes a good part of the time of a signature.

    private SigningKey(RSA? rsa, ECDsa? ecdsa, KeySpec spec, byte[] subjectPublicKeyInfo)
    {
        this.rsa = rsa;
        this.ecdsa = ecdsa;
        this.subjectPublicKeyInfo = subjectPublicKeyInfo;
        Spec = spec;
    }

    /// <summary>Kind and size.</summary>
    public KeySpec Spec { get; }

    /// <summary>An RSA key; disposed with the result.</summary>
    /// <exception cref="InvalidInputException">The key's size is not supported.</exception>
    public static SigningKey Of(RSA key)
    {
        var encoded = key.ExportSubjectPublicKeyInfo();
        return new(key, null, KeySpec.Of(key, PublicKey.CreateFromSubjectPublicKeyInfo(encoded, out _)), encoded);
    }

    /// <summary>An elliptic-curve key; disposed with the result.</summary>
    /// <exception cref="InvalidInputException">The key's curve is not supported.</exception>
    public static SigningKey Of(ECDsa key) => new(null, key, KeySpec.Of(key), key.ExportSubjectPublicKeyInfo());

    /// <summary>The signature of <paramref name="content"/>. ECDSA signatures are r‖s of fixed width (RFC 7518 section 3.4).</summary>
    /// <exception cref="ArgumentException"><paramref name="algorithm"/> is for another kind of key.</exception>
    public byte[] Sign(ReadOnlySpan<byte> content, SigningAlgorithm algorithm)
    {
        RequireFits(algorithm);
        return rsa is not null
            ? rsa.SignData(content, algorithm.Hash, algorithm.Padding)
            : ecdsa!.SignData(content, algorithm.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation); // One of the two is always set.
    }

    /// <summary>The key as COSE messages are signed with it, for as long as this one is not disposed.</summary>
    /// <exception cref="ArgumentException"><paramref name="algorithm"/> is for another kind of key.</exception>
    internal CoseKey ForCose(SigningAlgorithm algorithm)
    {
        RequireFits(algorithm);
        return rsa is not null ? new CoseKey(rsa, algorithm.Padding, algorithm.Hash) : new CoseKey(ecdsa!, algorithm.Hash); // One of the two is always set.
    }

    /// <summary>The public key as DER SubjectPublicKeyInfo (RFC 5280 section 4.1).</summary>
    public byte[] ExportSubjectPublicKeyInfo() => [.. subjectPublicKeyInfo];

    /// <summary>Whether <paramref name="certificate"/> is one for this key.</summary>
    public bool BelongsTo(X509Certificate2 certificate) =>
        SubjectPublicKey.Of(certificate).AsSpan().SequenceEqual(subjectPublicKeyInfo);

    /// <inheritdoc/>
    public void Dispose()
    {
        rsa?.Dispose();
        ecdsa?.Dispose();
    }

    private void RequireFits(SigningAlgorithm algorithm)
    {
        if (algorithm.Kind != Spec.Kind)
            throw new ArgumentException($"{algorithm} is no algorithm for a key that is {Spec}", nameof(algorithm));
    }
}
