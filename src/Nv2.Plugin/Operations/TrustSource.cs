using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Operations;

/// <summary>
/// The source of the trust of one call: given certificates, read once, or the trust policy, whose statement is selected by the name.
/// </summary>
internal sealed class TrustSource
{
    private readonly Func<Reference?, Trust> ofArtifact;
    private readonly Func<Trust> ofBlob;
    private readonly Action<InputsDigest> describe;

    private TrustSource(Func<Reference?, Trust> ofArtifact, Func<Trust> ofBlob, Action<InputsDigest> describe)
    {
        this.ofArtifact = ofArtifact;
        this.ofBlob = ofBlob;
        this.describe = describe;
    }

    /// <summary>Trusts given certificates.</summary>
    public static TrustSource ByHand(TrustedCertificates certificates) =>
        new(
            _ => Trust.ByHand(certificates),
            () => Trust.ByHand(certificates),
            inputs =>
            {
                foreach (
                    var (role, trusted) in new[]
                    {
                        ("pin", certificates.Pinned),
                        ("root", certificates.Roots),
                        ("nv2 root", certificates.Nv2Roots),
                        ("timestamp authority", certificates.TimestampAuthorities),
                    }
                )
                {
                    foreach (var certificate in trusted)
                        inputs.Add(role, certificate.RawData);
                }
            }
        );

    /// <summary>Trusts by the policy in the trust home.</summary>
    /// <param name="home">The given folder, or <see langword="null"/>.</param>
    /// <param name="blobScope">The scope for blobs, or <see langword="null"/>.</param>
    /// <param name="clock">Tells the present moment.</param>
    public static TrustSource ByPolicy(string? home, string? blobScope, TimeProvider clock) =>
        new(
            reference => TrustHomeLocation.ByPolicy(home, reference, clock),
            () => TrustHomeLocation.ByPolicyForBlob(home, blobScope, clock),
            inputs =>
            {
                if (TrustHomeLocation.Find(home) is not { } found)
                    return;
                inputs.Add("trust home", found.Folder);
                foreach (var file in new[] { found.PolicyFile, found.SettingsFile })
                    inputs.AddFile(file);
                inputs.AddFolder(Path.Combine(found.Folder, "truststore"));
                inputs.AddFolder(found.CrlFolder);
            }
        );

    /// <summary>The trust for an artifact.</summary>
    /// <param name="place">The place of the artifact.</param>
    /// <param name="used">The name under which it is used, or <see langword="null"/>.</param>
    public Trust For(ArtifactPlace place, Reference? used) => place is ArtifactPlace.Blob ? ofBlob() : ofArtifact(used);

    /// <summary>Adds all inputs of the trust to a digest.</summary>
    public void Describe(InputsDigest inputs) => describe(inputs);
}
