using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Formats.Mutations;

/// <summary>Envelopes that differ in one thing from one of the Notary Project's own: each fails at the check that this is a matter of, and at no
/// other.</summary>
public class EnvelopeMutationTests
{
    public static TheoryData<string> Jws { get; } = Names(JwsMutations.All);

    public static TheoryData<string> Cose { get; } = Names(CoseMutations.All);

    public static TheoryData<string> CborItems { get; } = Names(CborMutations.All);

    public static TheoryData<string> Ecdsa { get; } = Names(CborMutations.Ecdsa);

    [Theory]
    [MemberData(nameof(Jws))]
    public void A_mutation_of_a_JWS_envelope_fails_where_it_must(string name) =>
        AssertOutcome(JwsMutations.All, name, JwsMutations.Vector, "keys/root.crt");

    [Theory]
    [MemberData(nameof(Cose))]
    public void A_mutation_of_a_COSE_envelope_fails_where_it_must(string name) =>
        AssertOutcome(CoseMutations.All, name, CoseMutations.Vector, "keys/root.crt");

    [Theory]
    [MemberData(nameof(CborItems))]
    public void A_mutation_of_the_CBOR_of_an_envelope_fails_where_it_must(string name) =>
        AssertOutcome(CborMutations.All, name, CoseMutations.Vector, "keys/root.crt");

    [Theory]
    [MemberData(nameof(Ecdsa))]
    public void A_mutation_of_an_ECDSA_signature_fails_where_it_must(string name) =>
        AssertOutcome(CborMutations.Ecdsa, name, "notation/p256.cose", "keys/p256.crt");

    private static TheoryData<string> Names(IReadOnlyList<Mutation> mutations) => new(mutations.Select(mutation => mutation.Name));

    private static void AssertOutcome(IReadOnlyList<Mutation> mutations, string name, string vector, string root)
    {
        var mutation = mutations.Single(candidate => candidate.Name == name);
        var subject = Descriptor.Parse(Vectors.Read($"{vector}.subject.json"));
        var trusted = new TrustedCertificates([], CertificateFile.Parse(Vectors.Read(root)));

        var result = Signatures.Verify(mutation.Make(), trusted, subject: subject);

        var failed = result.Checks.Where(check => !check.Passed && check.WasMade).Select(check => check.Name.ToString());
        var outcome = result.Verified ? Mutation.Valid : string.Join(' ', failed);
        Assert.True(
            outcome == mutation.Expected,
            $"{outcome}, expected {mutation.Expected}: {string.Join("; ", result.Checks.Select(check => check.Reason).OfType<string>())}"
        );
        Assert.All(result.Checks, check => Assert.DoesNotContain('\n', check.Reason ?? ""));
    }
}
