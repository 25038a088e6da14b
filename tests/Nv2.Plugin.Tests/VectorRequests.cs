using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests;

/// <summary>Requests of the exec protocol, made from the vectors.</summary>
internal static class VectorRequests
{
    /// <summary>The request to verify a row of vectors.tsv.</summary>
    public static JsonObject Verify(Vector vector)
    {
        var manifest = Vectors.Read(vector.Manifest);
        return new JsonObject
        {
            ["protocolVersion"] = "1.0",
            ["subject"] = Descriptor(vector.MediaType, manifest),
            ["signature"] = Convert.ToBase64String(Vectors.Read(vector.Signature)),
            ["trustedCertificates"] = new JsonArray(Certificate(vector.Trusted)),
        };
    }

    /// <summary>A request to sign the manifest of <see cref="WorkingFolder"/> by its P-256 key, without certificate.</summary>
    public static JsonObject Sign() =>
        new()
        {
            ["protocolVersion"] = "1.0",
            ["subject"] = Descriptor("application/vnd.oci.image.manifest.v1+json", Vectors.Read("manifests/oci-image.json")),
            ["keyId"] = WorkingFolder.P256Key,
        };

    /// <summary>A request to verify the signature of <see cref="WorkingFolder"/>.</summary>
    public static JsonObject Verify() => Verify(Find("nv2-jwt/p256-x5c.jwt"));

    /// <summary>The first row of that signature.</summary>
    public static Vector Find(string signature) => Vectors.All.First(vector => vector.Signature == signature);

    public static JsonObject Descriptor(string mediaType, byte[] content) =>
        new()
        {
            ["mediaType"] = mediaType,
            ["digest"] = WorkingFolder.DigestOf(content),
            ["size"] = content.Length,
        };

    /// <summary>A certificate as trustedCertificates has it: base64 of its DER.</summary>
    public static string Certificate(string name)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(Vectors.PathOf(name));
        return Convert.ToBase64String(certificate.RawData);
    }

    /// <summary>The same object with one more property, or one replaced.</summary>
    public static JsonObject With(this JsonObject request, string name, JsonNode? value)
    {
        request[name] = value;
        return request;
    }

    /// <summary>The same object without a property.</summary>
    public static JsonObject Without(this JsonObject request, string name) =>
        request.Remove(name) ? request : throw new InvalidOperationException($"there is no {name} to leave out");
}
