using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Reuse;

/// <summary>
/// Results that a thread keeps from one request to the next, in a process that answers many: parsed certificates, keys and policies, and computations
/// about certificates. A result is kept only if it depends on nothing but the bytes or certificates that it is found by. So files are read, and their
/// owners, modes and links are checked, for every request, and everything that depends on the clock is decided for every request
/// (docs/decisions/0015).
/// </summary>
/// <remarks>
/// Each thread has its own results, so two threads never use one at once. A thread that does not keep results computes them every time, at no cost.
/// </remarks>
internal sealed class KeptResults
{
    /// <summary>The most results that a thread keeps.</summary>
    public const int MaxEntries = 8192;

    // The memory of a platform object, including its native memory: a certificate, a key.
    private const int BytesOfObject = 4096;

    [ThreadStatic]
    private static KeptResults? ofThread;

    private readonly long maxBytes;

    // A found result moves from the older half to the younger one. When the younger half is full, it becomes the older one, and unused results are
    // dropped.
    private Half young = new();
    private Half old = new();

    private KeptResults(long maxBytes) => this.maxBytes = maxBytes;

    /// <summary>The results of this thread, or <see langword="null"/> if it keeps none.</summary>
    internal static KeptResults? OfThread => ofThread;

    /// <summary>How many results are kept.</summary>
    internal int Count => young.Count + old.Count;

    /// <summary>Begins to keep results on this thread, for the rest of its life.</summary>
    /// <param name="maxBytes">The approximate memory limit.</param>
    public static void BeginOnThisThread(long maxBytes) => ofThread = new(maxBytes);

    /// <summary>The result of <paramref name="make"/> for bytes. An exception is not kept.</summary>
    /// <param name="kind">The kind of the result; an object that no other call uses.</param>
    /// <param name="bytes">Everything that the result depends on.</param>
    /// <param name="make">Makes the result, which must not change afterwards.</param>
    internal static T Of<T>(object kind, ReadOnlySpan<byte> bytes, Func<ReadOnlySpan<byte>, T> make)
    {
        if (ofThread is not { } kept)
            return make(bytes);
        if (kept.TryFind<T>(kind, bytes, out var known))
            return known;
        var made = make(bytes);
        kept.Keep(kind, bytes, made);
        return made;
    }

    /// <summary>The result of <paramref name="make"/> for a certificate. An exception is not kept.</summary>
    /// <inheritdoc cref="Of{T}(object, ReadOnlySpan{byte}, Func{ReadOnlySpan{byte}, T})"/>
    internal static T Of<T>(object kind, X509Certificate2 certificate, Func<X509Certificate2, T> make) =>
        ofThread is null ? make(certificate) : Of(new CertificateKey(kind, certificate), certificate, make);

    /// <summary>The result of <paramref name="make"/> for certificates, in their order. An exception is not kept.</summary>
    /// <inheritdoc cref="Of{T}(object, ReadOnlySpan{byte}, Func{ReadOnlySpan{byte}, T})"/>
    internal static T Of<T>(object kind, IReadOnlyList<X509Certificate2> certificates, Func<IReadOnlyList<X509Certificate2>, T> make) =>
        ofThread is null || certificates.Count == 0
            ? make(certificates)
            : Of(new CertificateKey(kind, certificates[0], More: [.. certificates.Skip(1)]), certificates, make);

    /// <summary>The result of <paramref name="make"/> for everything that <paramref name="key"/> names. An exception is not kept.</summary>
    internal static T Of<TState, T>(CertificateKey key, TState state, Func<TState, T> make)
    {
        if (ofThread is not { } kept)
            return make(state);
        if (kept.TryFind<T>(key, out var known))
            return known;
        var made = make(state);
        kept.Keep(key, made);
        return made;
    }

    /// <summary>Finds a kept result.</summary>
    internal bool TryFind<T>(object kind, ReadOnlySpan<byte> bytes, [MaybeNullWhen(false)] out T result)
    {
        var isFound = young.OfBytes.GetAlternateLookup<BytesOfKind>().TryGetValue(new(kind, bytes), out var found);
        if (!isFound && old.OfBytes.GetAlternateLookup<BytesOfKind>().TryGetValue(new(kind, bytes), out found))
        {
            isFound = true;
            Keep(kind, bytes, found);
        }

        result = isFound ? (T)found! : default;
        return isFound;
    }

    /// <summary>Keeps a result that depends only on bytes.</summary>
    internal void Keep<T>(object kind, ReadOnlySpan<byte> bytes, T result)
    {
        MakeRoom(BytesOfObject + (2L * bytes.Length));
        young.OfBytes[new(kind, bytes.ToArray())] = result;
    }

    private bool TryFind<T>(CertificateKey key, [MaybeNullWhen(false)] out T result)
    {
        var isFound = young.OfCertificates.TryGetValue(key, out var found);
        if (!isFound && old.OfCertificates.TryGetValue(key, out found))
        {
            isFound = true;
            Keep(key, found);
        }

        result = isFound ? (T)found! : default;
        return isFound;
    }

    // A key keeps its certificates in memory, even those that are not kept separately.
    private void Keep<T>(CertificateKey key, T result)
    {
        MakeRoom(BytesOfObject + key.Certificates.Sum(certificate => BytesOfObject + (long)certificate.RawDataMemory.Length));
        young.OfCertificates[key] = result;
    }

    private void MakeRoom(long bytes)
    {
        if (young.Count + 1 > MaxEntries / 2 || young.Bytes + bytes > maxBytes / 2)
            (old, young) = (young, new());
        young.Bytes += bytes;
    }

    private sealed class Half
    {
        public Dictionary<(object Kind, byte[] Bytes), object?> OfBytes { get; } = new(ByKindAndBytes.Instance);

        public Dictionary<CertificateKey, object?> OfCertificates { get; } = [];

        public int Count => OfBytes.Count + OfCertificates.Count;

        public long Bytes { get; set; }
    }

    private readonly ref struct BytesOfKind(object kind, ReadOnlySpan<byte> bytes)
    {
        public object Kind { get; } = kind;

        public ReadOnlySpan<byte> Bytes { get; } = bytes;
    }

    // All bytes are compared, so two contents are never confused.
    private sealed class ByKindAndBytes
        : IEqualityComparer<(object Kind, byte[] Bytes)>,
            IAlternateEqualityComparer<BytesOfKind, (object Kind, byte[] Bytes)>
    {
        public static ByKindAndBytes Instance { get; } = new();

        public bool Equals((object Kind, byte[] Bytes) x, (object Kind, byte[] Bytes) y) => Equals(new BytesOfKind(x.Kind, x.Bytes), y);

        public bool Equals(BytesOfKind alternate, (object Kind, byte[] Bytes) other) =>
            ReferenceEquals(alternate.Kind, other.Kind) && alternate.Bytes.SequenceEqual(other.Bytes);

        public int GetHashCode((object Kind, byte[] Bytes) key) => GetHashCode(new BytesOfKind(key.Kind, key.Bytes));

        public int GetHashCode(BytesOfKind alternate)
        {
            var hash = default(HashCode);
            hash.Add(RuntimeHelpers.GetHashCode(alternate.Kind));
            hash.AddBytes(alternate.Bytes);
            return hash.ToHashCode();
        }

        public (object Kind, byte[] Bytes) Create(BytesOfKind alternate) => (alternate.Kind, alternate.Bytes.ToArray());
    }
}

/// <summary>The key of a result about certificates. Certificates are identified as objects, whose content never changes.</summary>
/// <param name="Kind">The kind of the result; an object that no other computation uses.</param>
/// <param name="First">The first certificate.</param>
/// <param name="Second">Another one, or <see langword="null"/>.</param>
/// <param name="More">Others, with <see langword="null"/> between lists; or <see langword="null"/>.</param>
/// <param name="State">Other inputs of the result.</param>
internal readonly record struct CertificateKey(
    object Kind,
    X509Certificate2 First,
    X509Certificate2? Second = null,
    X509Certificate2?[]? More = null,
    ulong State = 0
)
{
    /// <summary>All certificates.</summary>
    public IEnumerable<X509Certificate2> Certificates => new[] { First, Second }.Concat(More ?? []).OfType<X509Certificate2>();

    /// <inheritdoc/>
    public bool Equals(CertificateKey other) =>
        ReferenceEquals(Kind, other.Kind)
        && ReferenceEquals(First, other.First)
        && ReferenceEquals(Second, other.Second)
        && State == other.State
        && AreSame(More, other.More);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(RuntimeHelpers.GetHashCode(Kind));
        hash.Add(RuntimeHelpers.GetHashCode(First));
        hash.Add(RuntimeHelpers.GetHashCode(Second));
        hash.Add(State);
        foreach (var certificate in More ?? [])
            hash.Add(RuntimeHelpers.GetHashCode(certificate));
        return hash.ToHashCode();
    }

    private static bool AreSame(X509Certificate2?[]? one, X509Certificate2?[]? other)
    {
        if (one?.Length != other?.Length)
            return false;
        for (var index = 0; index < (one?.Length ?? 0); index++)
        {
            if (!ReferenceEquals(one![index], other![index])) // Not null: their lengths are equal and positive.
                return false;
        }

        return true;
    }
}
