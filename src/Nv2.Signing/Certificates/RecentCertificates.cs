using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Certificates;

/// <summary>
/// The certificates that were read last. A signer's certificate is often both a trusted certificate and part of the signature, and OpenSSL takes a
/// large part of a verification to read one.
/// </summary>
internal static class RecentCertificates
{
    private const int Capacity = 8;

    /// <summary>The largest kept certificate in bytes, far above those in use.</summary>
    private const int MaxBytes = 16 * 1024;

    private static readonly Lock Access = new();
    private static readonly (byte[] Der, X509Certificate2 Certificate)[] Kept = new (byte[], X509Certificate2)[Capacity];
    private static int count;

    /// <summary>A certificate with exactly these bytes, if one was read; as a new object.</summary>
    public static X509Certificate2? Find(ReadOnlySpan<byte> der)
    {
        lock (Access)
        {
            for (var index = 0; index < Math.Min(count, Capacity); index++)
            {
                if (der.SequenceEqual(Kept[index].Der))
                    return new X509Certificate2(Kept[index].Certificate);
            }
        }

        return null;
    }

    /// <summary>Keeps a certificate in place of the oldest. The caller may dispose its own object.</summary>
    public static void Add(ReadOnlySpan<byte> der, X509Certificate2 certificate)
    {
        if (der.Length > MaxBytes)
            return;
        var (bytes, kept) = (der.ToArray(), new X509Certificate2(certificate));
        lock (Access)
        {
            Kept[count % Capacity] = (bytes, kept);
            count = count == 2 * Capacity - 1 ? Capacity : count + 1;
        }
    }
}
