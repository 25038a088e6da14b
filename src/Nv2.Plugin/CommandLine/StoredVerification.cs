using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Files;
using Nv2.Plugin.Reports;
using Nv2.Plugin.Trust;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Storage;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.CommandLine;

/// <summary>Verifies an artifact by the signatures that are stored beside it. On standard output there is the digest that was verified, and nothing else; the report goes to standard error.</summary>
internal static class StoredVerification
{
    /// <summary>What is asked.</summary>
    internal sealed record Question(TrustDecision Trust, Reference? Reference, SignatureQuorum Quorum, IReadOnlyDictionary<string, string> Metadata, bool Shallow);

    public static int Run(ArtifactPlace place, Question question, bool json, ILogger log)
    {
        var (store, artifact, name) = StoredArtifacts.Find(place, log);
        log.LogDebug("artifact: {Subject}", artifact);
        if (store is ImageLayout layout)
            CheckContent(layout, artifact, name, withLayers: !question.Shallow);

        var trust = question.Trust;
        using var output = StandardStreams.OpenOutput();
        if (trust.SkipsAll)
            return Accept(output, artifact, name, Acceptance.Skipped(trust), json ? writer => VerificationJson.WriteSkipped(writer, artifact, trust) : null);

        var verification = StoredArtifacts.Explain("verify the signatures in", name, () => ArtifactVerification.Make(store, artifact, new Verifier(TimeProvider.System), new ArtifactQuestion(trust.Certificates, question.Quorum)
        {
            Terms = trust.Terms,
            Reference = question.Reference,
            Annotations = question.Metadata,
        }));
        var acceptance = Acceptance.Of(verification, trust);
        Action<Utf8JsonWriter>? report = json ? writer => VerificationJson.Write(writer, verification, trust) : null;
        if (acceptance.IsAccepted)
        {
            Accept(output, artifact, name, acceptance, report);
            if (!json)
                Report(verification, trust.IsByPolicy);
            return ExitCodes.Success;
        }

        if (report is not null)
            JsonOutput.Write(output, report);
        StandardStreams.WriteErrorLine($"nv2: {artifact.Digest} in {name} is not verified: {verification.Complaint}");
        Report(verification, trust.IsByPolicy);
        if (trust.IsByPolicy && KeyAdvice.Describe(trust, question.Reference, [.. verification.Signatures.Select(signature => signature.Result)]) is { } advice)
            StandardStreams.WriteErrorLine(advice);
        return ExitCodes.Failure;
    }

    private static int Accept(Stream output, Descriptor artifact, string name, Acceptance acceptance, Action<Utf8JsonWriter>? report)
    {
        if (report is not null)
            JsonOutput.Write(output, report);
        else
            output.Write(Encoding.ASCII.GetBytes($"{artifact.Digest}\n"));
        if (acceptance.Warning is not null)
            StandardStreams.WriteErrorLine($"nv2: warning: {artifact.Digest} in {name}: {acceptance.Warning}");
        return ExitCodes.Success;
    }

    // A signature on a manifest says nothing about blobs that are not those of the manifest.
    private static void CheckContent(ImageLayout layout, Descriptor artifact, string name, bool withLayers)
    {
        var check = StoredArtifacts.Explain($"verify {artifact.Digest} in", name, () => ContentCheck.Make(layout, artifact, withLayers));
        if (check.MissingManifests > 0)
            StandardStreams.WriteErrorLine($"nv2: note: {check.MissingManifests} of the manifests of the index {artifact.Digest} are not in the layout, and were not checked");
    }

    private static void Report(ArtifactVerification verification, bool isByPolicy)
    {
        foreach (var (signature, result) in verification.Signatures)
        {
            var format = result.Signature is { } parsed ? $"{parsed.Format.Name}, " : "";
            var signer = result.Signer is null ? "by an unknown signer" : $"by {DistinguishedName.Format(result.Signer.SubjectName)}";
            StandardStreams.WriteErrorLine($"{(result.Verified ? "holds" : "does not hold")}: {signature.Manifest.Digest} ({format}{signer})");
            if (!result.Verified)
                StandardStreams.WriteErrorLine(VerificationText.Explain(result, SignedThing.Stored, isByPolicy));
        }
    }
}
