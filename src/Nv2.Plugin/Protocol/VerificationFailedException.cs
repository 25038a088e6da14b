using System.Text.Json;
using Nv2.Plugin.Reports;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.Protocol;

/// <summary>A signature that does not hold. The response is written all the same, so that a host can show every check; the error makes sure that no host takes it for success.</summary>
internal sealed class VerificationFailedException(VerificationResult result, Descriptor subject) : Exception(Describe(result))
{
    /// <summary>The names of the checks that failed, separated by commas.</summary>
    public string FailedChecks => string.Join(',', result.Checks.Where(check => !check.Passed).Select(check => check.Name.InJson()));

    /// <summary>Writes the full response.</summary>
    public void WriteResponse(Utf8JsonWriter writer) => VerificationJson.Write(writer, result, subject);

    private static string Describe(VerificationResult result)
    {
        var first = result.Checks.First(check => check is { Passed: false, WasMade: true });
        return $"the signature does not hold: {first.Name.InJson()}: {first.Reason}";
    }
}
