using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nv2.Plugin.Reports;

/// <summary>
/// The JSON of one verification: the response of the exec protocol and the output of <c>nv2 verify --json</c>. The generated handlers are called as they are: the options and the
/// type information of <see cref="JsonSerializer"/> take longer to build than a response to write (docs/decisions/0002-responses-are-generated.md).
/// </summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VerificationReport))]
[JsonSerializable(typeof(PolicyVerificationReport))]
internal sealed partial class VerificationJson : JsonSerializerContext
{
    public static ReadOnlyMemory<byte> Line(VerificationReport report) => JsonOutput.Line(writer =>
    {
        if (report is PolicyVerificationReport byPolicy)
            new VerificationJson().PolicyVerificationReportSerializeHandler(writer, byPolicy);
        else
            new VerificationJson().VerificationReportSerializeHandler(writer, report);
    });
}
