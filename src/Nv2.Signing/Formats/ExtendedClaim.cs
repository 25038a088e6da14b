namespace Nv2.Signing.Formats;

/// <summary>A signed attribute beyond those that every envelope has (Notary Project signature specification, "Extended attributes").</summary>
/// <param name="Name">Its name: <c>com.example.build</c>. An integer label of COSE stands as <c>label 300</c>.</param>
/// <param name="Text">Its value, or <see langword="null"/> when that is no text.</param>
/// <param name="IsCritical">Whether a verifier that does not know it must refuse the signature.</param>
public sealed record ExtendedClaim(string Name, string? Text, bool IsCritical)
{
    /// <summary>Names the plug-in that is to take part in the verification.</summary>
    public const string VerificationPlugin = "io.cncf.notary.verificationPlugin";

    /// <summary>The least version of that plug-in.</summary>
    public const string VerificationPluginMinVersion = "io.cncf.notary.verificationPluginMinVersion";
}
