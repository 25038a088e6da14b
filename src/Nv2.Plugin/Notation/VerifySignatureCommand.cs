using System.Text.Json;
using Nv2.Plugin.Files;
using Nv2.Plugin.Hosts;
using Nv2.Signing.Json;
using Nv2.Signing.Trust.Revocation;

namespace Nv2.Plugin.Notation;

/// <summary>
/// <c>verify-signature</c>: the steps of a verification that notation leaves to a plug-in. Everything else, the signature itself and the trust store above all, notation has
/// checked or will check.
/// </summary>
internal static class VerifySignatureCommand
{
    public const string Name = "verify-signature";

    /// <summary>The setting that names the folder with revocation lists.</summary>
    private const string CrlFolderSetting = "crlFolder";

    public static void Run(JsonNode request, Utf8JsonWriter response)
    {
        var config = PluginConfig.Read(request);
        var signature = VerifiedSignature.Read(request.Required("signature"));
        var policy = AppliedPolicy.Read(request.Required("trustPolicy"));
        var identity = policy.ChecksIdentity ? policy.Identities.Check(signature.Chain[0]) : null;
        var revocation = policy.ChecksRevocation ? CheckRevocation(signature, config) : null;

        response.WriteStartObject();
        response.WriteStartObject("verificationResults");
        if (policy.ChecksIdentity)
            WriteResult(response, Capabilities.TrustedIdentity, identity, "the signer is trusted");
        if (policy.ChecksRevocation)
            WriteResult(response, Capabilities.RevocationCheck, revocation, "no certificate below the root is revoked");
        response.WriteEndObject();

        // No attribute but those of the specification has a meaning here: notation refuses a signature with others that are critical.
        response.WriteStartArray("processedAttributes");
        response.WriteEndArray();
        response.WriteEndObject();
    }

    private static string? CheckRevocation(VerifiedSignature signature, PluginConfig config)
    {
        if (config[CrlFolderSetting] is not { } folder)
            return $"whether a certificate is revoked cannot be told: pluginConfig has no {CrlFolderSetting}, the folder with revocation lists";

        var lists = RequestFile.Read(folder, CrlFolder.Read);
        return lists.Failure ?? new RevocationCheck(lists.Lists, TimeProvider.System).Check(signature.Chain);
    }

    private static void WriteResult(Utf8JsonWriter response, string capability, string? failure, string reason)
    {
        response.WriteStartObject(capability);
        response.WriteBoolean("success", failure is null);
        response.WriteString("reason", failure ?? reason);
        response.WriteEndObject();
    }
}
