using System.Text;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Files;
using Nv2.Plugin.Reports;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Storage;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.CommandLine;

/// <summary>Verifies an artifact by the signatures that are stored beside it. On standard output there is the digest that was verified, and nothing else; the report goes to standard error.</summary>
internal static class StoredVerification
{
    /// <summary>What is asked.</summary>
    internal sealed record Question(TrustedCertificates Trusted, Reference? Reference, SignatureQuorum Quorum, bool Shallow);

    public static int Run(ArtifactPlace place, Question question, bool json, ILogger log)
    {
        var (store, artifact, name) = StoredArtifacts.Find(place, log);
        log.LogDebug("artifact: {Subject}", artifact);
        if (store is ImageLayout layout)
            CheckContent(layout, artifact, name, withLayers: !question.Shallow);
        var verification = StoredArtifacts.Explain(
            "verify the signatures in", name, () => ArtifactVerification.Make(store, artifact, new Verifier(TimeProvider.System), question.Trusted, TrustTerms.ByHand, question.Reference, question.Quorum));

        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, writer => VerificationJson.Write(writer, verification));
        else if (verification.Complaint is null)
            output.Write(Encoding.ASCII.GetBytes($"{artifact.Digest}\n"));

        if (verification.Complaint is not null)
            StandardStreams.WriteErrorLine($"nv2: {artifact.Digest} in {name} is not verified: {verification.Complaint}");
        if (!json || verification.Complaint is not null)
            Report(verification);
        return verification.Complaint is null ? ExitCodes.Success : ExitCodes.Failure;
    }

    // A signature on a manifest says nothing about blobs that are not those of the manifest.
    private static void CheckContent(ImageLayout layout, Descriptor artifact, string name, bool withLayers)
    {
        var check = StoredArtifacts.Explain($"verify {artifact.Digest} in", name, () => ContentCheck.Make(layout, artifact, withLayers));
        if (check.MissingManifests > 0)
            StandardStreams.WriteErrorLine($"nv2: note: {check.MissingManifests} of the manifests of the index {artifact.Digest} are not in the layout, and were not checked");
    }

    private static void Report(ArtifactVerification verification)
    {
        foreach (var (signature, result) in verification.Signatures)
        {
            var format = result.Signature is { } parsed ? $"{parsed.Format.Name}, " : "";
            var signer = result.Signer is null ? "by an unknown signer" : $"by {DistinguishedName.Format(result.Signer.SubjectName)}";
            StandardStreams.WriteErrorLine($"{(result.Verified ? "holds" : "does not hold")}: {signature.Manifest.Digest} ({format}{signer})");
            if (!result.Verified)
                StandardStreams.WriteErrorLine(VerificationText.Explain(result, isStored: true));
        }
    }
}
