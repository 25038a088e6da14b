using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nv2.Plugin.Reports;

/// <summary>The JSON output of commands with <c>--json</c> about stored signatures and trust stores.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ArtifactReport))]
[JsonSerializable(typeof(PolicyArtifactReport))]
[JsonSerializable(typeof(SkippedReport))]
[JsonSerializable(typeof(ClaimsReport<ClaimedTimestamp>), TypeInfoPropertyName = "ReadableClaims")]
[JsonSerializable(typeof(ClaimsReport<DamagedTimestamp>), TypeInfoPropertyName = "ClaimsWithDamagedTimestamp")]
[JsonSerializable(typeof(DamagedSignature))]
[JsonSerializable(typeof(IReadOnlyList<TrustStoreReport>), TypeInfoPropertyName = "TrustStores")]
[JsonSerializable(typeof(TrustCheckReport))]
[JsonSerializable(typeof(SigningReport))]
[JsonSerializable(typeof(OutcomesReport))]
[JsonSerializable(typeof(BatchEntry))]
[JsonSerializable(typeof(DiagnosisReport))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    public static ReadOnlyMemory<byte> Line(ArtifactReport report) =>
        report is PolicyArtifactReport byPolicy
            ? JsonOutput.Line(byPolicy, new ReportJson().PolicyArtifactReportSerializeHandler)
            : JsonOutput.Line(report, new ReportJson().ArtifactReportSerializeHandler);

    public static ReadOnlyMemory<byte> Line(SkippedReport report) => JsonOutput.Line(report, new ReportJson().SkippedReportSerializeHandler);

    public static ReadOnlyMemory<byte> Line(IInspectedSignature signature) => JsonOutput.Line(signature, new ReportJson().Write);

    public static ReadOnlyMemory<byte> Line(IReadOnlyList<IInspectedSignature> signatures) => JsonOutput.Line(signatures, new ReportJson().Write);

    public static ReadOnlyMemory<byte> Line(ListedManifest manifest) => JsonOutput.Line(manifest, new ReportJson().Write);

    public static ReadOnlyMemory<byte> Line(IReadOnlyList<TrustStoreReport> stores) =>
        JsonOutput.Line(stores, new ReportJson().TrustStoresSerializeHandler);

    public static ReadOnlyMemory<byte> Line(TrustStoreReport store) => JsonOutput.Line(store, new ReportJson().TrustStoreReportSerializeHandler);

    public static ReadOnlyMemory<byte> Line(TrustCheckReport check) => JsonOutput.Line(check, new ReportJson().TrustCheckReportSerializeHandler);

    public static ReadOnlyMemory<byte> Line(DiagnosisReport diagnosis) =>
        JsonOutput.Line(diagnosis, new ReportJson().DiagnosisReportSerializeHandler);

    public static ReadOnlyMemory<byte> Line(SigningReport signed) => JsonOutput.Line(signed, new ReportJson().SigningReportSerializeHandler);

    public static ReadOnlyMemory<byte> Line(OutcomesReport outcomes) => JsonOutput.Line(outcomes, new ReportJson().OutcomesReportSerializeHandler);

    public static ReadOnlyMemory<byte> Line(BatchEntry entry) => JsonOutput.Line(entry, new ReportJson().BatchEntrySerializeHandler);

    // Written by hand, because a generated serializer writes all elements of a list in the same shape, and a damaged signature has another shape.
    private void Write(Utf8JsonWriter writer, ListedManifest manifest)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("subject");
        DescriptorReportSerializeHandler(writer, manifest.Subject);
        writer.WritePropertyName("signatures");
        Write(writer, manifest.Signatures);
        if (manifest.Manifests is not null)
        {
            writer.WriteStartArray("manifests");
            foreach (var below in manifest.Manifests)
                Write(writer, below);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private void Write(Utf8JsonWriter writer, IReadOnlyList<IInspectedSignature> signatures)
    {
        writer.WriteStartArray();
        foreach (var signature in signatures)
            Write(writer, signature);
        writer.WriteEndArray();
    }

    private void Write(Utf8JsonWriter writer, IInspectedSignature signature)
    {
        if (signature is DamagedSignature damaged)
            DamagedSignatureSerializeHandler(writer, damaged);
        else if (signature is ClaimsReport<DamagedTimestamp> withDamagedTimestamp)
            ClaimsWithDamagedTimestampSerializeHandler(writer, withDamagedTimestamp);
        else
            ReadableClaimsSerializeHandler(writer, (ClaimsReport<ClaimedTimestamp>)signature);
    }
}
