using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Nv2.Signing.Tests.Certificates;

/// <summary>Names, and certificates with names, that no tool makes.</summary>
internal static class Names
{
    /// <summary>A name of one common name, its value any DER.</summary>
    public static X500DistinguishedName Common(byte[] value)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("2.5.4.3");
            writer.WriteEncodedValue(value);
        }

        return new X500DistinguishedName(writer.Encode());
    }

    /// <summary>A self-signed certificate with that subject and those extensions.</summary>
    public static X509Certificate2 Certificate(X500DistinguishedName subject, params X509Extension[] extensions)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        foreach (var extension in extensions)
            request.CertificateExtensions.Add(extension);
        return request.Create(subject, X509SignatureGenerator.CreateForECDsa(key), Signatures.Now.AddYears(-1), Signatures.Now.AddYears(1), [1]);
    }
}
