using System.Text.Json;
using Nv2.Plugin.Hosts;
using Nv2.Plugin.Reports;
using Nv2.Plugin.Trust;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.Protocol;

/// <summary>A signature that does not hold. The response is written all the same, so that a host can show every check; the error makes sure that no host takes it for success.</summary>
internal sealed class VerificationFailedException(VerificationResult result, Descriptor subject, Trust trust)
    : ProtocolException(ErrorCodes.VerificationFailed, Describe(result), ("failedChecks", NameFailed(result)))
{
    /// <summary>The full response.</summary>
    public override Action<Utf8JsonWriter> Response => writer => VerificationJson.Write(writer, result, subject, trust);

    private static string NameFailed(VerificationResult result) => string.Join(',', result.Checks.Where(check => !check.Passed).Select(check => check.Name.InJson()));

    private static string Describe(VerificationResult result)
    {
        var first = result.Checks.First(check => check is { Passed: false, WasMade: true });
        return $"the signature does not hold: {first.Name.InJson()}: {first.Reason}";
    }
}
