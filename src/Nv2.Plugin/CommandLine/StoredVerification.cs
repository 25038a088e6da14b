using System.Text;
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

    /// <summary>What came out.</summary>
    /// <param name="Artifact">The artifact.</param>
    /// <param name="Name">What it is called in messages.</param>
    /// <param name="Acceptance">Whether it may be used.</param>
    /// <param name="Verification">The verification; <see langword="null"/> where the policy skips it.</param>
    /// <param name="Question">What was asked.</param>
    internal sealed record Answer(Descriptor Artifact, string Name, Acceptance Acceptance, ArtifactVerification? Verification, Question Question);

    /// <summary>Verifies an artifact, and prints what came out.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(ArtifactPlace place, Question question, bool json, ILogger log)
    {
        var answer = Ask(place, question, log);
        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, Line(answer));
        else if (answer.Acceptance.IsAccepted)
            output.Write(Encoding.ASCII.GetBytes($"{answer.Artifact.Digest}\n"));
        if (!json || !answer.Acceptance.IsAccepted || answer.Acceptance.Warning is not null)
            Explain(answer);
        return answer.Acceptance.IsAccepted ? ExitCodes.Success : ExitCodes.Failure;
    }

    /// <summary>Verifies an artifact.</summary>
    public static Answer Ask(ArtifactPlace place, Question question, ILogger log)
    {
        var (store, artifact, name) = StoredArtifacts.Find(place, log);
        log.LogDebug("artifact: {Subject}", artifact);
        if (store is ImageLayout layout)
            CheckContent(layout, artifact, name, withLayers: !question.Shallow);

        var trust = question.Trust;
        if (trust.SkipsAll)
            return new Answer(artifact, name, Acceptance.Skipped(trust), null, question);
        var verification = StoredArtifacts.Explain("verify the signatures in", name, () => ArtifactVerification.Make(store, artifact, new Verifier(TimeProvider.System), new ArtifactQuestion(trust.Certificates, question.Quorum)
        {
            Terms = trust.Terms,
            Reference = question.Reference,
            Annotations = question.Metadata,
        }));
        return new Answer(artifact, name, Acceptance.Of(verification, trust), verification, question);
    }

    /// <summary>Says on standard error what came out.</summary>
    public static void Explain(Answer answer)
    {
        var (artifact, name, acceptance, verification, question) = answer;
        if (acceptance.Warning is not null)
            StandardStreams.WriteErrorLine($"nv2: warning: {artifact.Digest} in {name}: {acceptance.Warning}");
        if (verification is null)
            return;
        if (!acceptance.IsAccepted)
            StandardStreams.WriteErrorLine($"nv2: {artifact.Digest} in {name} is not verified: {verification.Complaint}");
        Report(verification, question.Trust);
        if (!acceptance.IsAccepted && question.Trust.IsByPolicy && KeyAdvice.Describe(question.Trust, question.Reference, [.. verification.Signatures.Select(signature => signature.Result)]) is { } advice)
            StandardStreams.WriteErrorLine(advice);
    }

    private static ReadOnlyMemory<byte> Line(Answer answer) => answer.Verification is null
        ? ReportJson.Line(SkippedReport.Of(answer.Artifact, answer.Question.Trust))
        : ReportJson.Line(ArtifactReport.Of(answer.Verification, answer.Question.Trust));

    // A signature on a manifest says nothing about blobs that are not those of the manifest.
    private static void CheckContent(ImageLayout layout, Descriptor artifact, string name, bool withLayers)
    {
        var check = StoredArtifacts.Explain($"verify {artifact.Digest} in", name, () => ContentCheck.Make(layout, artifact, withLayers));
        if (check.MissingManifests > 0)
            StandardStreams.WriteErrorLine($"nv2: note: {check.MissingManifests} of the manifests of the index {artifact.Digest} are not in the layout, and were not checked");
    }

    private static void Report(ArtifactVerification verification, TrustDecision trust)
    {
        foreach (var (signature, result) in verification.Signatures)
        {
            var format = result.Signature is { } parsed ? $"{parsed.Format.Name}, " : "";
            var signer = result.Signer is null ? "by an unknown signer" : $"by {DistinguishedName.Format(result.Signer.SubjectName)}";
            StandardStreams.WriteErrorLine($"{(result.Verified ? "holds" : "does not hold")}: {signature.Manifest.Digest} ({format}{signer})");
            if (!result.Verified)
                StandardStreams.WriteErrorLine(VerificationText.Explain(result, SignedThing.Stored, trust));
        }
    }
}
