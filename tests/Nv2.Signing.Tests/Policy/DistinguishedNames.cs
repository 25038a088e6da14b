using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Tests.Policy;

/// <summary>Names in DER that the platform makes of no text: with several attributes in one relative name, and in any string type.</summary>
internal static class DistinguishedNames
{
    public static X500DistinguishedName Encode(params IReadOnlyList<(string Oid, string Value)>[] relativeNames) =>
        Encode(UniversalTagNumber.UTF8String, relativeNames);

    public static X500DistinguishedName Encode(UniversalTagNumber type, params IReadOnlyList<(string Oid, string Value)>[] relativeNames)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var attributes in relativeNames)
            {
                using (writer.PushSetOf())
                {
                    foreach (var (oid, value) in attributes)
                    {
                        using (writer.PushSequence())
                        {
                            writer.WriteObjectIdentifier(oid);
                            writer.WriteCharacterString(type, value);
                        }
                    }
                }
            }
        }

        return new(writer.Encode());
    }
}
