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
    [
        .. CheckedIn.Seeds(Name).Where(list => list is [DerSequence, ..]).Select(list => Known.ToBeSigned(list)),
    ];

    public static FuzzTarget Target { get; } =
        new(Name, "certificate revocation lists in DER and PEM, and what they say of a chain", () => [], Check);

    private static bool Check(byte[] input)
    {
        if (!Attempt.At(() => RevocationList.Parse(input, "list"), out var lists))
            return false;

        _ = new RevocationCheck(lists, Known.Clock).Check(Known.Chain);
        _ = new RevocationCheck(lists, Known.Clock).CheckPath(Known.Chain);
        _ = new RevocationCheck(lists, Known.Clock).DescribeUnmatched(Known.Chain);
        return lists.Select(list => Check(list, input)).ToList().Contains(true);
    }

    private static bool Check(RevocationList list, byte[] input)
    {
        if (!Attempt.At(list.Read, out var content))
            return false;

        foreach (var certificate in Known.Chain)
        {
            _ = list.IsIssuedBy(certificate);
            _ = content.Find(certificate);
            _ = content.Scope.Check(certificate);
            _ = content.IsDeltaTo(content);
            var isSigned = content.CheckSignature(certificate) is null;
            if (!isSigned || input is not [DerSequence, ..])
                continue;
            Require.That(Signed.Contains(Known.ToBeSigned(input)), "a list that its issuer did not sign");
            _ = CertificateRevocationListBuilder.Load(input, out _, out var length);
            Require.That(length == input.Length, "the platform reads less of the list");
        }

        return true;
    }
}
