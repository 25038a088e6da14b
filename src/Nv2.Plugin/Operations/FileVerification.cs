using Microsoft.Extensions.Logging;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Files;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Operations;

/// <summary>Verifies a manifest or a blob in one file by a signature in another.</summary>
internal static class FileVerification
{
    /// <summary>The question about the file.</summary>
    /// <param name="Trust">Who is trusted.</param>
    /// <param name="Reference">The name under which the artifact is used, or <see langword="null"/>.</param>
    /// <param name="MediaType">The media type that must be signed, or <see langword="null"/> for any.</param>
    /// <param name="Metadata">The annotations that must be signed.</param>
    internal sealed record Question(Trust Trust, Reference? Reference, MediaType? MediaType, IReadOnlyDictionary<string, string> Metadata);

    /// <summary>The answer.</summary>
    /// <param name="Subject">The descriptor of the file's content.</param>
    /// <param name="Names">The names of the two files in messages.</param>
    /// <param name="Result">The verification, with the decision.</param>
    /// <param name="Question">What was asked.</param>
    internal sealed record Answer(Descriptor Subject, Names Names, VerificationResult Result, Question Question);

    /// <summary>The names of the two files in messages.</summary>
    internal sealed record Names(string Signature, string Artifact, SignedThing Thing);

    /// <summary>Verifies a manifest.</summary>
    public static Answer Manifest(string signatureFile, FileArgument manifest, bool isDescriptor, Question question, TimeProvider clock, ILogger log)
    {
        var signature = ReadSignature(signatureFile);
        var description = manifest.Describe(question.MediaType, isDescriptor);
        if (
            ManifestMediaType.Require(description, SignatureFormats.Recognize(signature)?.Specification, manifest.ToString(), "--media-type") is
            { } warning
        )
            log.LogWarning("{Warning}", warning);
        var subject = description.Descriptor;
        return Decide(Request(signature, subject, question), question, new(signatureFile, manifest.ToString(), SignedThing.Manifest), clock, log);
    }

    /// <summary>
    /// Verifies a blob. The key that its signature names decides the algorithm of the blob's digest; the signature by that key is then checked as
    /// always.
    /// </summary>
    public static Answer Blob(string signatureFile, BlobFile blob, Question question, TimeProvider clock, ILogger log)
    {
        var signature = ReadSignature(signatureFile);
        var peeked = Peek(signature);
        var algorithm = peeked is null ? null : BlobContent.DigestFor(peeked);
        var subject = blob.Describe(
            algorithm ?? DigestAlgorithm.Sha256,
            question.MediaType ?? peeked?.Claims.MediaType ?? BlobContent.DefaultMediaType
        );
        return Decide(
            Request(signature, subject, question) with
            {
                IsBlob = true,
            },
            question,
            new(signatureFile, blob.ToString(), SignedThing.Blob),
            clock,
            log
        );
    }

    private static byte[] ReadSignature(string path) => BoundedFile.Read(path, SignatureFormats.MaxBytes, "the signature");

    private static VerificationRequest Request(byte[] signature, Descriptor subject, Question question) =>
        new(signature, null, subject, question.Trust, question.MediaType, question.Reference) { RequiredAnnotations = question.Metadata };

    private static Signature? Peek(byte[] content)
    {
        try
        {
            return SignatureFormats.Parse(content);
        }
        catch (InvalidInputException)
        {
            return null; // The verifier reports the error.
        }
    }

    private static Answer Decide(VerificationRequest request, Question question, Names names, TimeProvider clock, ILogger log)
    {
        log.LogDebug("artifact: {Subject}", request.Subject);
        var result = new Verifier(clock).Verify(request);
        foreach (var check in result.Checks)
            log.LogDebug("{Check}: {Outcome}", check.Name.InJson(), check.Reason ?? check.NotMadeReason ?? "passed");
        return new(request.Subject, names, result, question);
    }
}
