using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Verification;

namespace Nv2.Signing.Tests.Verification;

/// <summary>What the artifact is, and the name under which it is about to be used.</summary>
public class UseTests(ChainTests.Authorities authorities) : IClassFixture<ChainTests.Authorities>
{
    private const string Other = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("registry.example.com/app:v1", "valid")]
    [InlineData("REGISTRY.EXAMPLE.COM/app:v1", "valid")]
    [InlineData("registry.example.com/app:v2", "References")]
    [InlineData("registry.example.com/app", "References")]
    [InlineData("registry.example.com/other:v1", "References")]
    [InlineData("registry.example.com:5000/app:v1", "References")]
    [InlineData("other.example.com/app:v1", "References")]
    [InlineData("registry.example.com/app:v1@SUBJECT", "valid")]
    [InlineData("registry.example.com/app@SUBJECT", "valid")]
    [InlineData("registry.example.com/app:v2@SUBJECT", "References")]
    [InlineData("registry.example.com/other@SUBJECT", "References")]
    [InlineData("registry.example.com/app@" + Other, "References")]
    [InlineData("registry.example.com/app:v1@" + Other, "References")]
    [InlineData("registry.example.com/untagged", "valid")]
    [InlineData("registry.example.com/untagged:latest", "valid")]
    [InlineData("registry.example.com/untagged@SUBJECT", "valid")]
    [InlineData("registry.example.com/untagged:latest@SUBJECT", "valid")]
    [InlineData("registry.example.com/untagged:v1@SUBJECT", "References")]
    public void A_reference_that_is_used_is_among_those_signed(string used, string expected)
    {
        var reference = Reference.Parse(used.Replace("SUBJECT", Signatures.Subject.Digest.ToString(), StringComparison.Ordinal));
        var claims = Signatures.Claims with
        {
            References = [Reference.Parse("registry.example.com/app:v1"), Reference.Parse("registry.example.com/untagged")],
        };

        Assert.Equal(expected, Verify(claims, reference: reference));
    }

    [Fact]
    public void A_signature_for_no_reference_is_for_no_use_by_name()
    {
        var claims = Signatures.Claims with { References = [] };

        Assert.Equal("valid", Verify(claims));
        Assert.Equal("References", Verify(claims, reference: Reference.Parse("registry.example.com/app:v1")));
        Assert.Equal("\"registry.example.com/app:v1\" is not among the signed references (there are none)", Reason(claims));
        Assert.Equal(
            "\"registry.example.com/app:v1\" is not among the signed references (registry.example.com/a, registry.example.com/b)",
            Reason(claims with { References = [Reference.Parse("registry.example.com/a"), Reference.Parse("registry.example.com/b")] })
        );

        string? Reason(Nv2.Signing.Signatures.Claims signed)
        {
            var signature = Signatures.Sign("jwt", signed, authorities.Leaf);
            var result = Signatures.Verify(signature, Signatures.Pins(authorities.Leaf), null, Reference.Parse("registry.example.com/app:v1"));
            return result.Checks.Single(check => check.Name == CheckName.References).Reason;
        }
    }

    [Fact]
    public void A_name_that_is_signed_with_a_digest_is_not_one_of_another_artifact()
    {
        var claims = Signatures.Claims with { References = [Reference.Parse($"registry.example.com/app:v1@{Signatures.Subject.Digest}")] };
        var name = Reference.Parse("registry.example.com/app:v1");

        Assert.Equal("valid", Verify(claims, reference: name));
        Assert.Equal("References Subject", Verify(claims, new(Signatures.Subject.MediaType, Digest.Parse(Other), Signatures.Subject.Size), name));
    }

    [Theory]
    [InlineData("jws")]
    [InlineData("cose")]
    public void Metadata_that_is_asked_for_must_be_signed_in_exactly_these_words(string format)
    {
        var annotations = new Dictionary<string, string> { ["build"] = "42", ["branch"] = "main" };
        var claims = Signatures.Claims with { References = [], Annotations = annotations };
        Assert.Null(Ask(format, claims, ("build", "42")));
        Assert.Null(Ask(format, claims, ("branch", "main"), ("build", "42")));
        Assert.Equal(
            "the signature has the user metadata \"build\" with the value \"42\": expected \"43\"",
            Ask(format, claims, ("branch", "main"), ("build", "43"))
        );
        Assert.Equal("the signature has no user metadata \"Build\": expected it with the value \"42\"", Ask(format, claims, ("Build", "42")));
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void Metadata_that_is_asked_for_has_no_place_in_the_nv2_formats(string format) =>
        Assert.Equal(
            $"the signature has no user metadata, which the format {format} does not support: expected \"build\" with the value \"42\"",
            Ask(format, Signatures.Claims, ("build", "42"))
        );

    [Fact]
    public void A_repository_that_is_signed_with_another_digest_is_not_signed_with_this_one()
    {
        var claims = Signatures.Claims with { References = [Reference.Parse($"registry.example.com/app:v1@{Other}")] };

        Assert.Equal("References", Verify(claims, reference: Reference.Parse($"registry.example.com/app:v1@{Signatures.Subject.Digest}")));
        Assert.Equal("References", Verify(claims, reference: Reference.Parse($"registry.example.com/app@{Signatures.Subject.Digest}")));
    }

    [Fact]
    public void One_foreign_registry_among_the_signed_references_is_one_too_many() =>
        Assert.Equal(
            "References",
            Verify(Signatures.Claims with { References = [Reference.Parse("registry.example.com/app"), Reference.Parse("app")] })
        );

    [Fact]
    public void The_artifact_has_the_digest_and_the_size_and_the_media_type_that_are_signed()
    {
        var subject = Signatures.Subject;
        var otherType = MediaType.Parse("application/other");

        Assert.Equal("valid", Verify(Signatures.Claims, new(subject.MediaType, subject.Digest, subject.Size)));
        Assert.Equal("Subject", Verify(Signatures.Claims, new(subject.MediaType, Digest.Parse(Other), subject.Size)));
        Assert.Equal("Subject", Verify(Signatures.Claims, new(subject.MediaType, subject.Digest, subject.Size + 1)));
        Assert.Equal("Subject", Verify(Signatures.Claims, new(otherType, subject.Digest, subject.Size)));
        Assert.Equal("valid", Verify(Signatures.Claims, new(otherType, subject.Digest, subject.Size), format: "json"));
        Assert.Equal("Subject", Verify(Signatures.Claims, new(subject.MediaType, subject.Digest, subject.Size + 1), format: "json"));
    }

    [Fact]
    public void A_caller_who_takes_the_artifact_for_something_else_is_told()
    {
        Assert.Equal("valid", Verify(Signatures.Claims, mediaType: Signatures.Subject.MediaType, format: "json"));
        Assert.Equal("Subject", Verify(Signatures.Claims, mediaType: MediaType.Parse("application/other"), format: "json"));
    }

    private string? Ask(string format, Nv2.Signing.Signatures.Claims claims, params (string Key, string Value)[] metadata)
    {
        var signature = Signatures.Sign(format, claims, authorities.Leaf, authorities.Intermediate, authorities.Root);
        var trust = Trust.ByHand(Signatures.Roots(authorities.Root));
        var request = new VerificationRequest(signature, null, Signatures.Subject, trust, MediaType: null, Reference: null)
        {
            RequiredAnnotations = metadata.ToDictionary(one => one.Key, one => one.Value),
        };
        var result = new Verifier(new FakeTimeProvider(Signatures.Now)).Verify(request);
        var reason = result.Checks.Single(check => check.Name == CheckName.Subject).Reason;
        Assert.Equal(reason is null ? "valid" : "Subject", result.Outcome());
        return reason;
    }

    private string Verify(
        Nv2.Signing.Signatures.Claims claims,
        Descriptor? subject = null,
        Reference? reference = null,
        MediaType? mediaType = null,
        string format = "jwt"
    ) =>
        Signatures
            .Verify(Signatures.Sign(format, claims, authorities.Leaf), Signatures.Pins(authorities.Leaf), null, reference, subject, mediaType)
            .Outcome();
}
