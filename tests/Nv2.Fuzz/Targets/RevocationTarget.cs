using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates.Revocation;

namespace Nv2.Fuzz.Targets;

/// <summary>Certificate revocation lists, and what they say of a chain.</summary>
internal static class RevocationTarget
{
    public const string Name = "revocation";

    private const byte DerSequence = 0x30;

    // What the keys of the vectors signed.
    private static readonly HashSet<string> Signed =
        [.. CheckedIn.Seeds(Name).Where(list => list is [DerSequence, ..]).Select(list => Known.ToBeSigned(list))];

    public static FuzzTarget Target { get; } =
        new(Name, "certificate revocation lists in DER and PEM, and what they say of a chain", () => [], Check);

    private static bool Check(byte[] input)
    {
        if (!Attempt.At(() => RevocationList.Parse(input, "list"), out var lists))
            return false;

        _ = new RevocationCheck(lists, Known.Clock).Check(Known.Chain);
        _ = new RevocationCheck(lists, Known.Clock).CheckPath(Known.Chain);
        foreach (var certificate in Known.Chain)
        {
            _ = lists[0].Find(certificate);
            _ = lists[0].Scope.Check(certificate);
            _ = lists[0].IsDeltaTo(lists[^1]);
            var isSigned = lists[0].CheckSignature(certificate) is null;
            if (!isSigned || input is not [DerSequence, ..])
                continue;
            Require.That(Signed.Contains(Known.ToBeSigned(input)), "a list that its issuer did not sign");
            _ = CertificateRevocationListBuilder.Load(input, out _, out var length);
            Require.That(length == input.Length, "the platform reads less of the list");
        }

        return true;
    }
}
