using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>Envelopes with a chain that openssl made: all of it, up to the root, and in its order.</summary>
[Trait("OpenSsl", "Any")]
public sealed class EnvelopeChainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CertificateAuthority _authority;

    public EnvelopeChainTests() => _authority = new CertificateAuthority(_folder);

    public static TheoryData<string> Formats { get; } = new("jws", "cose");

    [Theory]
    [MemberData(nameof(Formats))]
    public void An_envelope_with_its_whole_chain_verifies_against_its_root_and_not_against_its_leaf(string format)
    {
        Sign(format, Bundle(_authority.Leaf, _authority.Intermediate, _authority.Root)).RequireSuccess();

        EnvelopeFile.Verify(_folder["signature"], _authority.Root, KeyCase.ManifestPath).AssertHolds();
        EnvelopeFile.Verify(_folder["signature"], _authority.Leaf, KeyCase.ManifestPath).AssertFails("authenticity");
        EnvelopeFile.Verify(_folder["signature"], Vectors.PathOf("keys/root.crt"), KeyCase.ManifestPath).AssertFails("authenticity");
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_chain_that_lacks_a_certificate_or_has_one_more_or_another_order_is_not_signed_with(string format)
    {
        foreach (
            var chain in (string[][])
                [
                    [_authority.Leaf],
                    [_authority.Leaf, _authority.Intermediate],
                    [_authority.Leaf, _authority.Root],
                    [_authority.Leaf, _authority.Root, _authority.Intermediate],
                    [_authority.Leaf, _authority.Leaf, _authority.Intermediate, _authority.Root],
                    [_authority.Leaf, _authority.Intermediate, _authority.Root, _authority.Root],
                    [_authority.Leaf, _authority.Intermediate, _authority.Root, Vectors.PathOf("keys/p256.crt")],
                ]
        )
        {
            Assert.Equal(1, Sign(format, Bundle(chain)).ExitCode);
            Assert.False(File.Exists(_folder["signature"]));
        }
    }

    public void Dispose() => _folder.Dispose();

    private ProcessResult Sign(string format, string bundle) =>
        Nv2Binary.Run("sign", "-k", _authority.LeafKey, "-c", bundle, "--format", format, "-o", _folder["signature"], KeyCase.ManifestPath);

    private string Bundle(params string[] certificates) => _folder.Write("bundle.crt", string.Concat(certificates.Select(File.ReadAllText)));
}
