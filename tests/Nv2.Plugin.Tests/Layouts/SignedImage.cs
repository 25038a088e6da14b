using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Signing.Signing;

namespace Nv2.Plugin.Tests.Layouts;

/// <summary>A layout with an image and its signature, to be spoilt. It is the same in every run: RSA with PKCS #1 v1.5 has no randomness, and the
/// clock stands still.</summary>
internal sealed class SignedImage
{
    public const string Tag = "v1";

    public SignedImage()
    {
        Image = Layout.AddImage("app");
        Layout.List(Image, Tag);
        SignatureBytes = Sign(Image);
        Signature = Layout.AddSignature(Image, SignatureBytes);
    }

    public LayoutContent Layout { get; } = new();

    public JsonObject Image { get; }

    /// <summary>The descriptor of the signature's manifest.</summary>
    public JsonObject Signature { get; }

    public byte[] SignatureBytes { get; }

    public JsonObject Config => (JsonObject)Part(Image, "config");

    public JsonObject Layer => (JsonObject)Part(Image, "layers")[0]!;

    /// <summary>The descriptor of the signature itself.</summary>
    public JsonObject SignatureBlob => (JsonObject)Part(Signature, "config");

    /// <summary>Signs what a descriptor describes with <see cref="WorkingFolder.RsaKey"/>.</summary>
    public static byte[] Sign(JsonObject subject, string format = "jwt")
    {
        using var key = PemPrivateKey.Parse(Vectors.Read("keys/rsa2048.key"));
        IReadOnlyList<X509Certificate2> certificates = CertificateFile.Parse(Vectors.Read("keys/rsa2048.crt"));
        return new Signer(new StoppedClock()).Sign(
            new SigningRequest(Descriptor.Parse(LayoutContent.Bytes(subject)), [], SignatureFormats.ByName(format), null, key, certificates)
        );
    }

    private JsonNode Part(JsonObject manifest, string name) => JsonNode.Parse(Layout[LayoutContent.DigestIn(manifest)])![name]!;

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 23, 20, 0, 0, TimeSpan.Zero);
    }
}
