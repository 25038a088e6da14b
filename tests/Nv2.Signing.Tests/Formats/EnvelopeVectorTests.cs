using System.Text;
using System.Text.Json;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Formats.Notary;
using Nv2.Signing.Json;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Formats;

/// <summary>What the Notary Project's own program signed and stored.</summary>
public class EnvelopeVectorTests
{
    private static readonly string[] Roots = [.. Vectors.Envelopes.Select(envelope => envelope.Trusted).Distinct()];

    public static TheoryData<string> Names { get; } = new(Vectors.Envelopes.Select(envelope => envelope.Signature));

    [Theory]
    [MemberData(nameof(Names))]
    public void An_envelope_verifies_against_its_root_and_against_no_other(string name)
    {
        var envelope = Find(name);
        foreach (var root in Roots)
        {
            var certificates = CertificateFile.Parse(Vectors.Read(root));
            var expected = root == envelope.Trusted ? "valid" : "Authenticity";
            Assert.Equal(expected, Verify(envelope, new TrustedCertificates([], certificates)).Outcome());
            Assert.Equal(expected, Verify(envelope, TrustedCertificates.PinsAndAuthorities(certificates)).Outcome());
        }

        Assert.Equal("Authenticity", Verify(envelope, new TrustedCertificates([], [])).Outcome());
    }

    // A self-signed certificate is its own root.
    [Theory]
    [MemberData(nameof(Names))]
    public void A_signer_s_certificate_is_no_root_unless_it_is_self_signed(string name)
    {
        var envelope = Find(name);
        var chain = SignatureFormats.Parse(Vectors.Read(name)).Certificates;

        Assert.Equal(chain.Count == 1 ? "valid" : "Authenticity", Verify(envelope, new TrustedCertificates([], [chain[0]])).Outcome());
        Assert.Equal("valid", Verify(envelope, new TrustedCertificates([chain[0]], [])).Outcome());
        Assert.Equal("valid", Verify(envelope, new TrustedCertificates([], [chain[^1]])).Outcome());
        Assert.Equal("Authenticity", Verify(envelope, new TrustedCertificates([], []) { SigningAuthorities = chain }).Outcome());
    }

    // To pin an authority is to trust it as a signer, and for nothing that it issued.
    [Theory]
    [InlineData("notation/leaf-full-chain.jws")]
    [InlineData("notation/leaf-full-chain.cose")]
    public void Authorities_of_a_chain_are_trusted_as_roots_and_not_as_pins(string name)
    {
        var envelope = Find(name);
        foreach (var authority in SignatureFormats.Parse(Vectors.Read(name)).Certificates.Skip(1))
        {
            Assert.Equal("valid", Verify(envelope, new TrustedCertificates([], [authority])).Outcome());
            Assert.Equal("Authenticity", Verify(envelope, new TrustedCertificates([authority], [])).Outcome());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_envelope_is_for_its_subject_alone(string name)
    {
        var envelope = Find(name);
        var subject = Subject(envelope);
        var trusted = TrustedCertificates.PinsAndAuthorities(CertificateFile.Parse(Vectors.Read(envelope.Trusted)));

        Assert.Equal("Subject", Signatures.Verify(Vectors.Read(name), trusted, subject: Signatures.Subject).Outcome());
        foreach (var other in Vectors.Envelopes.Select(Subject).Where(other => other != subject))
            Assert.Equal("Subject", Signatures.Verify(Vectors.Read(name), trusted, subject: other).Outcome());
        Assert.Equal(
            "Subject",
            Signatures.Verify(Vectors.Read(name), trusted, subject: new Descriptor(subject.MediaType, subject.Digest, subject.Size + 1)).Outcome()
        );
        Assert.Equal(
            "Subject",
            Signatures.Verify(Vectors.Read(name), trusted, subject: new Descriptor(MediaType.OciIndex, subject.Digest, subject.Size)).Outcome()
        );
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_envelope_is_recognized_as_its_format_and_as_no_other(string name)
    {
        var envelope = Find(name);
        var content = Vectors.Read(name);

        Assert.Equal(envelope.Format, SignatureFormats.Parse(content).Format.Name);
        Assert.Equal(envelope.Format, SignatureFormats.Recognize(content)?.Name);
        foreach (var other in SignatureFormats.All.Where(format => format.Name != envelope.Format))
            Refusal.Of(() => SignatureFormats.Parse(content, other));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_envelope_says_what_was_signed(string name)
    {
        var envelope = Find(name);
        var signature = SignatureFormats.Parse(Vectors.Read(name));
        var subject = Subject(envelope);

        Assert.Equal((subject.MediaType, subject.Digest, subject.Size), (signature.Claims.MediaType, signature.Claims.Digest, signature.Claims.Size));
        Assert.Equal(
            (SigningScheme.X509, NotaryPayload.MediaType, "notation-go/1.3.2"),
            (signature.Claims.Scheme, signature.ContentType, signature.SigningAgent)
        );
        Assert.True(signature.Timestamp.IsEmpty);
        Assert.Empty(signature.Claims.ExtendedClaims);
        if (name.Contains("/p256", StringComparison.Ordinal))
            Assert.Equal("123", Assert.Contains("io.wabbit-networks.buildId", signature.Claims.Annotations));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_envelope_written_again_has_the_same_headers(string name)
    {
        var original = Vectors.Read(name);
        var signature = SignatureFormats.Parse(original);
        using var key = PemPrivateKey.Parse(Vectors.Read($"keys/{Path.GetFileName(name).Split('-', '.')[0]}.key"));

        var file = signature.Format.Sign(signature.Claims, key, signature.Certificates, signature.SigningAgent);

        var again = SignatureFormats.Parse(file);
        Assert.Equal(original.Length, file.Length);
        if (signature.Format.Name == "cose")
        {
            Assert.Equal(signature.SignedBytes.ToArray(), again.SignedBytes.ToArray());
            var value = signature.Value.Length;
            Assert.Equal(original[..^value], file[..^value]);
            return;
        }

        // In JWS the original has the payload's properties in the order of their names.
        using var one = JsonDocument.Parse(original);
        using var other = JsonDocument.Parse(file);
        Assert.Equal(one.RootElement.GetProperty("protected").GetString(), other.RootElement.GetProperty("protected").GetString());
        Assert.Equal(one.RootElement.GetProperty("header").GetRawText(), other.RootElement.GetProperty("header").GetRawText());
        Assert.Equal(
            one.RootElement.EnumerateObject().Select(member => member.Name),
            other.RootElement.EnumerateObject().Select(member => member.Name)
        );
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_the_original_stored_is_found_and_the_same_is_stored_here_byte_for_byte(string name)
    {
        var envelope = Find(name);
        var content = Vectors.Read(name);
        var stored = StrictJson.Parse(Vectors.Read($"{name}.manifest.json"), "the manifest");

        var found = Assert.NotNull(SignatureFormats.Find(stored));
        Assert.Equal(envelope.Format, found.Format.Name);
        found.Blob.RequireContent(content);

        var artifact = SignatureArtifact.Create(found.Format, content, Subject(envelope));
        Assert.Equal(Encoding.UTF8.GetString(Vectors.Read($"{name}.manifest.json")), Encoding.UTF8.GetString(artifact.Manifest.Content.Span));
        Assert.Equal("application/vnd.cncf.notary.signature", artifact.ArtifactType.ToString());
        Assert.Equal(["{}", Encoding.Latin1.GetString(content)], artifact.Blobs.Select(blob => Encoding.Latin1.GetString(blob.Content.Span)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_manifest_that_says_what_it_is_in_artifactType_is_found_too(string name)
    {
        const string Type = "application/vnd.cncf.notary.signature";
        var manifest = Encoding.UTF8.GetString(Vectors.Read($"{name}.manifest.json"));
        var other = manifest.Replace(
            $"\"config\":{{\"mediaType\":\"{Type}\"",
            $"\"artifactType\":\"{Type}\",\"config\":{{\"mediaType\":\"application/vnd.oci.empty.v1+json\"",
            StringComparison.Ordinal
        );
        Assert.NotEqual(manifest, other);

        var found = Assert.NotNull(SignatureFormats.Find(StrictJson.Parse(Encoding.UTF8.GetBytes(other), "the manifest")));
        Assert.Equal(Find(name).Format, found.Format.Name);
        Assert.Null(
            SignatureFormats.Find(
                StrictJson.Parse(Encoding.UTF8.GetBytes(manifest.Replace(Type, "application/vnd.example", StringComparison.Ordinal)), "the manifest")
            )
        );
    }

    private static Envelope Find(string name) => Vectors.Envelopes.First(envelope => envelope.Signature == name);

    private static Descriptor Subject(Envelope envelope) => Descriptor.Parse(Vectors.Read(envelope.Subject));

    private static VerificationResult Verify(Envelope envelope, TrustedCertificates trusted) =>
        Signatures.Verify(Vectors.Read(envelope.Signature), trusted, subject: Subject(envelope));
}
