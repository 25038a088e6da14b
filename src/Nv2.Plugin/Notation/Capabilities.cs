namespace Nv2.Plugin.Notation;

/// <summary>The names of what a plug-in can do (plugin-extensibility.md, "Plugin metadata").</summary>
internal static class Capabilities
{
    public const string RawSignature = "SIGNATURE_GENERATOR.RAW";
    public const string Envelope = "SIGNATURE_GENERATOR.ENVELOPE";
    public const string TrustedIdentity = "SIGNATURE_VERIFIER.TRUSTED_IDENTITY";
    public const string RevocationCheck = "SIGNATURE_VERIFIER.REVOCATION_CHECK";
}
