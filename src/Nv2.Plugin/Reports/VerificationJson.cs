using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nv2.Plugin.Reports;

/// <summary>
/// The JSON of one verification: the response of the exec protocol and the output of <c>nv2 verify --json</c>. The generated handlers are called
/// directly: <see cref="JsonSerializer"/> would build options and type information first (docs/decisions/0002-responses-are-generated.md).
/// </summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VerificationReport))]
[JsonSerializable(typeof(PolicyVerificationReport))]
internal sealed partial class VerificationJson : JsonSerializerContext
{
    public static ReadOnlyMemory<byte> Line(VerificationReport report) => report is PolicyVerificationReport byPolicy
        ? JsonOutput.Line(byPolicy, new VerificationJson().PolicyVerificationReportSerializeHandler)
        : JsonOutput.Line(report, new VerificationJson().VerificationReportSerializeHandler);
}
