using System.Text;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Files;
using Nv2.Plugin.Reports;
using Nv2.Plugin.Trust;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.CommandLine;

/// <summary>Verifies what is in a file by a signature in another. On standard output there is the digest that was verified, and nothing else.</summary>
internal static class FileVerification
{
    /// <summary>What is asked.</summary>
    internal sealed record Question(TrustDecision Trust, Reference? Reference, MediaType? MediaType, IReadOnlyDictionary<string, string> Metadata);

    /// <summary>Verifies a manifest.</summary>
    public static int Manifest(string signatureFile, Artifact artifact, bool isDescriptor, Question question, bool json, ILogger log)
    {
        var signature = ReadSignature(signatureFile);
        var subject = artifact.Describe(question.MediaType, isDescriptor);
        return Decide(Request(signature, subject, question), question.Trust, json, log, new(signatureFile, artifact.ToString(), SignedThing.Manifest));
    }

    /// <summary>Verifies a blob. Its signature says how its digest is to be computed: by the signer's key, which is then checked as always.</summary>
    public static int Blob(string signatureFile, BlobFile blob, Question question, bool json, ILogger log)
    {
        var signature = ReadSignature(signatureFile);
        var (algorithm, signedType) = Peek(signature);
        var subject = blob.Describe(algorithm ?? DigestAlgorithm.Sha256, question.MediaType ?? signedType ?? BlobContent.DefaultMediaType);
        return Decide(Request(signature, subject, question) with { IsBlob = true }, question.Trust, json, log, new(signatureFile, blob.ToString(), SignedThing.Blob));
    }

    private sealed record Names(string Signature, string Artifact, SignedThing Thing);

    private static byte[] ReadSignature(string path) => InputFile.Read(path, SignatureFormats.MaxBytes, "the signature");

    private static VerificationRequest Request(byte[] signature, Descriptor subject, Question question) =>
        new(signature, null, subject, question.Trust.Certificates, question.MediaType, question.Reference) { RequiredAnnotations = question.Metadata, Terms = question.Trust.Terms };

    private static (DigestAlgorithm? Algorithm, MediaType? MediaType) Peek(byte[] content)
    {
        try
        {
            var signature = SignatureFormats.Parse(content);
            return (BlobContent.DigestFor(signature), signature.Claims.MediaType);
        }
        catch (InvalidInputException)
        {
            return (null, null); // The verifier says what is wrong with it.
        }
    }

    private static int Decide(VerificationRequest request, TrustDecision trust, bool json, ILogger log, Names names)
    {
        log.LogDebug("artifact: {Subject}", request.Subject);
        var result = new Verifier(TimeProvider.System).Verify(request);
        foreach (var check in result.Checks)
            log.LogDebug("{Check}: {Outcome}", check.Name.InJson(), check.Reason ?? "passed");

        var acceptance = trust.SkipsAll ? Acceptance.Skipped(trust) : Acceptance.Of(result, trust);
        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, VerificationJson.Line(VerificationReport.Of(result, request.Subject, trust)));
        else if (acceptance.IsAccepted)
            output.Write(Encoding.ASCII.GetBytes($"{request.Subject.Digest}\n"));

        if (acceptance.Warning is not null)
            StandardStreams.WriteErrorLine($"nv2: warning: {names.Artifact}: {acceptance.Warning}");
        if (acceptance.IsAccepted)
            return ExitCodes.Success;

        StandardStreams.WriteErrorLine($"nv2: the signature {Quoted.Text(names.Signature)} does not hold for {names.Artifact}:");
        StandardStreams.WriteErrorLine(VerificationText.Explain(result, names.Thing, trust));
        if (trust.IsByPolicy && KeyAdvice.Describe(trust, request.Reference, [result]) is { } advice)
            StandardStreams.WriteErrorLine(advice);
        return ExitCodes.Failure;
    }
}
