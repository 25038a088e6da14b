using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;

namespace Nv2.Plugin.Tests.Blobs;

/// <summary>The output about the Notary Project's envelopes: inspections, and hints about an invalid one.</summary>
public sealed class EnvelopeTextTests
{
    [Theory]
    [InlineData("notation/p256.jws", "inspect-jws")]
    [InlineData("notation/leaf-full-chain.cose", "inspect-cose")]
    public void Inspect_shows_what_an_envelope_claims(string signature, string name)
    {
        var text = Nv2Binary.Run("inspect", Vectors.PathOf(signature)).RequireSuccess();
        var json = Nv2Binary.Run("inspect", "--json", Vectors.PathOf(signature)).RequireSuccess();

        Assert.StartsWith("NOT VERIFIED: ", text.Stdout, StringComparison.Ordinal);
        Snapshot.Match(name, $"{text.Stdout}\n{Masked.Json(json.Stdout)}");
    }

    [Fact]
    public void Inspect_shows_attributes_and_makes_what_could_fool_a_terminal_visible()
    {
        using var blob = new BlobFolder();
        blob.WriteSignature(
            "odd.sig",
            "jws",
            blob.Claims() with
            {
                Annotations = new Dictionary<string, string> { ["a\nverified"] = "\u001b[2Jb" },
                ExtendedClaims = [new ExtendedClaim("com.example.critical", "yes", true), new ExtendedClaim("com.example.other", "no\n", false)],
            }
        );

        Snapshot.Match("inspect-odd-envelope", blob.Folder.Run("inspect", "odd.sig").RequireSuccess().Stdout);
    }

    [Fact]
    public void An_envelope_that_does_not_hold_has_advice_that_fits_it()
    {
        using var blob = new BlobFolder();
        blob.WriteSignature("critical.sig", "cose", blob.Claims() with { ExtendedClaims = [new ExtendedClaim("com.example.critical", "yes", true)] });
        blob.WriteSignature("expired.sig", "jws", blob.Claims() with { ExpiresAt = blob.Claims().IssuedAt!.Value.AddSeconds(1) });
        using (var key = PemPrivateKey.Parse(Vectors.Read("keys/no-digitalsignature.key")))
        {
            var claims = blob.Claims(key.Spec.Kind == KeyKind.P384 ? null : Nv2.Signing.Artifacts.DigestAlgorithm.Sha256);
            var certificates = CertificateFile.Parse(Vectors.Read("keys/no-digitalsignature.crt"));
            blob.Folder.Write("usage.sig", SignatureFormats.ByName("jws").Sign(claims, key, certificates));
        }

        blob.Folder.Write("no-digitalsignature.crt", Vectors.Read("keys/no-digitalsignature.crt"));
        var said = new System.Text.StringBuilder();
        foreach (
            var (name, certificate) in new[]
            {
                ("critical", BlobFolder.Certificate),
                ("expired", BlobFolder.Certificate),
                ("usage", "no-digitalsignature.crt"),
            }
        )
        {
            var result = blob.Folder.Run("verify", "--blob", BlobFolder.Blob, "-s", $"{name}.sig", "-c", certificate);
            Assert.Equal((1, ""), (result.ExitCode, result.Stdout));
            said.Append(result.Stderr);
        }

        Snapshot.Match("envelope-advice", said.ToString());
    }
}
