using Nv2.Plugin.Reports;
using Nv2.Signing.Certificates.Revocation;
using Nv2.Signing.Policy;

namespace Nv2.Plugin.Contracts.Notation;

/// <summary>
/// <c>verify-signature</c>: the verification steps that notation leaves to a plug-in. notation itself does the rest, above all the signature and the
/// trust store.
/// </summary>
internal static class VerifySignatureCommand
{
    public const string Name = "verify-signature";

    /// <summary>The setting that names the folder with revocation lists.</summary>
    private const string CrlFolderSetting = "crlFolder";

    public static HostAnswer Run(HostRequest call)
    {
        var config = PluginConfig.Read(call.Json);
        var signature = RequestedSignature.Read(call.Json.Required("signature"));
        var policy = RequestedPolicy.Read(call.Json.Required("trustPolicy"));
        var results = new VerificationResults(
            policy.ChecksIdentity ? Outcome(policy.Identities.Check(signature.Chain[0]), "the signer is trusted") : null,
            policy.ChecksRevocation ? Outcome(CheckRevocation(signature, config, call.Clock), "no certificate below the root is revoked") : null
        );

        // Only the attributes of the specification have a meaning here: notation refuses a signature with other critical attributes.
        return new(JsonOutput.Line(new VerifySignatureResponse(results, [])));
    }

    private static CheckOutcome Outcome(string? failure, string success) => new(failure is null, failure ?? success);

    private static RevocationFolder Read(string folder)
    {
        TrustHome.RequireOwnLists(folder);
        return RevocationFolder.Read(folder);
    }

    private static string? CheckRevocation(RequestedSignature signature, PluginConfig config, TimeProvider clock)
    {
        if (config[CrlFolderSetting] is not { } folder)
            return $"the revocation status of the certificates is unknown: pluginConfig has no {CrlFolderSetting}, the folder with revocation lists";

        var lists = RequestFile.Read(folder, Read);
        return lists.Failure ?? new RevocationCheck(lists.Lists, clock).Check(signature.Chain);
    }
}
