using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Keys;

/// <summary>A private key that signs, wherever it is stored.</summary>
public abstract class SigningKey : IDisposable
{
    private readonly VerificationKey publicKey;
    private readonly byte[] subjectPublicKeyInfo; // Encoded once: that takes a good part of the time of a signature.
    private bool isKept;

    /// <summary>A key by its public half.</summary>
    /// <param name="publicKey">The public key, with which each signature is verified; disposed with the result.</param>
    /// <param name="subjectPublicKeyInfo">The same as DER SubjectPublicKeyInfo.</param>
    protected SigningKey(VerificationKey publicKey, byte[] subjectPublicKeyInfo)
    {
        this.publicKey = publicKey;
        this.subjectPublicKeyInfo = subjectPublicKeyInfo;
    }

    /// <summary>Kind and size.</summary>
    public KeySpec Spec => publicKey.Spec;

    /// <summary>The algorithms that the key can sign with. The signature format selects one.</summary>
    public virtual IReadOnlyList<SigningAlgorithm> Algorithms => SigningAlgorithm.For(Spec.Kind);

    /// <summary>The key's certificate and its issuers' certificates that are stored with the key; may be empty.</summary>
    public IReadOnlyList<X509Certificate2> Certificates { get; protected init; } = [];

    /// <summary>An RSA key of the platform; disposed with the result.</summary>
    /// <exception cref="InvalidInputException">The key's size is not supported.</exception>
    public static SigningKey Of(RSA key) => Of(key, RsaPublicKey.Parse(key.ExportSubjectPublicKeyInfo()), []);

    /// <summary>An elliptic-curve key of the platform; disposed with the result.</summary>
    /// <exception cref="InvalidInputException">The key's curve is not supported.</exception>
    public static SigningKey Of(ECDsa key) => Of(key, []);

    /// <param name="key">The key.</param>
    /// <param name="publicKey">Its public half.</param>
    /// <param name="certificates">The certificates that are stored with it.</param>
    internal static SigningKey Of(RSA key, RsaPublicKey publicKey, IReadOnlyList<X509Certificate2> certificates) =>
        new PlatformSigningKey(key, publicKey, certificates);

    internal static SigningKey Of(ECDsa key, IReadOnlyList<X509Certificate2> certificates) => new PlatformSigningKey(key, certificates);

    /// <summary>The signature of <paramref name="content"/>, verified with the public key. ECDSA signatures are r‖s of fixed width (RFC 7518
    /// section 3.4).</summary>
    /// <exception cref="ArgumentException"><paramref name="algorithm"/> is for another kind of key.</exception>
    /// <exception cref="InvalidInputException">The key does not support the algorithm or does not answer, or its signature is not valid.</exception>
    public byte[] Sign(ReadOnlySpan<byte> content, SigningAlgorithm algorithm)
    {
        if (algorithm.Kind != Spec.Kind)
            throw new ArgumentException($"{algorithm} is not an algorithm for a {Spec} key", nameof(algorithm));
        if (!Algorithms.Contains(algorithm))
            throw new InvalidInputException($"the key cannot sign with {algorithm}: it can sign with {string.Join(", ", Algorithms)}");

        var signature = SignContent(content, algorithm);
        return publicKey.Verify(content, signature, algorithm)
            ? signature
            : throw new InvalidInputException($"the new signature is not valid for the public key ({Spec}, {algorithm})");
    }

    /// <summary>The public key as DER SubjectPublicKeyInfo (RFC 5280 section 4.1).</summary>
    public byte[] ExportSubjectPublicKeyInfo() => [.. subjectPublicKeyInfo];

    /// <summary>Whether <paramref name="certificate"/> is for this key.</summary>
    public bool BelongsTo(X509Certificate2 certificate) => SubjectPublicKey.Of(certificate).AsSpan().SequenceEqual(subjectPublicKeyInfo);

    /// <summary>The same key, which stays usable after it is disposed: it is kept for the next request.</summary>
    internal SigningKey Kept()
    {
        isKept = true;
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isKept)
            return;
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the resources of the key.</summary>
    /// <param name="disposing">Whether it is called by <c>Dispose</c>.</param>
    protected virtual void Dispose(bool disposing) => publicKey.Dispose();

    /// <summary>Makes a signature, which the caller verifies.</summary>
    /// <param name="content">The whole content, not its digest.</param>
    /// <param name="algorithm">One of <see cref="Algorithms"/>.</param>
    protected abstract byte[] SignContent(ReadOnlySpan<byte> content, SigningAlgorithm algorithm);
}

/// <summary>A key in this process's memory.</summary>
internal sealed class PlatformSigningKey : SigningKey
{
    private readonly RSA? rsa;
    private readonly ECDsa? ecdsa;

    public PlatformSigningKey(RSA key, RsaPublicKey publicKey, IReadOnlyList<X509Certificate2> certificates)
        : base(VerificationKey.Of(key, publicKey), publicKey.EncodeSubjectPublicKeyInfo())
    {
        rsa = key;
        Certificates = certificates;
    }

    public PlatformSigningKey(ECDsa key, IReadOnlyList<X509Certificate2> certificates)
        : base(VerificationKey.Of(key), key.ExportSubjectPublicKeyInfo())
    {
        ecdsa = key;
        Certificates = certificates;
    }

    protected override byte[] SignContent(ReadOnlySpan<byte> content, SigningAlgorithm algorithm) =>
        rsa is not null
            ? rsa.SignData(content, algorithm.Hash, algorithm.Padding)
            : ecdsa!.SignData(content, algorithm.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation); // Exactly one of the two is set.
}
