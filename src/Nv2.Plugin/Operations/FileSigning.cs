using Microsoft.Extensions.Logging;
using Nv2.Plugin.Files;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Files;
using Nv2.Signing.Formats;

namespace Nv2.Plugin.Operations;

/// <summary>Signs a manifest or a blob in a file, and writes the signature to another file, or to standard output.</summary>
internal static class FileSigning
{
    private const string StandardOutput = "-";
    private const string MediaTypeOption = "--media-type";

    /// <summary>Signs a manifest.</summary>
    /// <returns>The signed artifact, to print its digest; nothing if the signature is on standard output.</returns>
    public static IReadOnlyList<SignedArtifact> Manifest(
        SigningInputs inputs,
        FileArgument manifest,
        MediaType? mediaType,
        bool isDescriptor,
        string? output,
        ILogger log
    )
    {
        var description = manifest.Describe(mediaType, isDescriptor);
        var subject = description.Descriptor;
        RequireMeant(description, mediaType, manifest);
        if (mediaType is not null && mediaType != subject.MediaType)
            throw new InvalidInputException($"media type mismatch: {manifest} states {subject.MediaType}, and --media-type is {mediaType}");

        var warning =
            ManifestMediaType.Require(description, inputs.Format.Specification, manifest.ToString(), MediaTypeOption)
            ?? ManifestMediaType.WarnAboutGiven(description, manifest.ToString(), MediaTypeOption);
        Note(subject, manifest.ToString(), log);
        var signed = Write(inputs, subject, inputs.Sign(subject), output ?? inputs.DefaultOutput(subject), manifest.FileName);
        if (warning is not null)
            log.LogWarning("{Warning}", warning);
        return signed;
    }

    /// <summary>Signs a blob.</summary>
    /// <returns>The signed blob, to print its digest; nothing if the signature is on standard output.</returns>
    public static IReadOnlyList<SignedArtifact> Blob(SigningInputs inputs, BlobFile blob, MediaType mediaType, string? output, ILogger log)
    {
        if (output is null && blob.FileName is null)
            throw new UsageException("--output is missing: expected the output file for a blob on standard input, - for standard output");

        // Checked before the whole blob is read.
        var outputFile = output ?? blob.SignatureFile(inputs.Format);
        RequireFree(inputs, outputFile, blob.FileName);
        var subject = blob.Describe(BlobContent.DigestFor(inputs.Algorithm), mediaType);
        Note(subject, blob.ToString(), log);
        return Write(inputs, subject, inputs.SignBlob(subject), outputFile, blob.FileName);
    }

    /// <summary>Whether a signature that an earlier run reported is still in its file, and is of the current manifest or blob.</summary>
    /// <param name="place">The manifest or the blob.</param>
    /// <param name="subject">What was signed.</param>
    /// <param name="signatures">The signature.</param>
    /// <param name="inputs">How to sign.</param>
    public static bool IsThere(ArtifactPlace place, DescriptorReport subject, IReadOnlyList<SignedReport> signatures, SigningInputs inputs)
    {
        if (signatures is not [{ File: { } file, Digest: { } digest }] || !File.Exists(file))
            return false;
        var now = place switch
        {
            ArtifactPlace.Blob blob => blob.File.Describe(BlobContent.DigestFor(inputs.Algorithm), MediaType.Parse(subject.MediaType)),
            ArtifactPlace.SingleFile manifest => manifest.File.Describe(mediaType: null, isDescriptor: false).Descriptor,
            _ => null,
        };
        return now?.Digest.ToString() == subject.Digest
            && Digest.Compute(DigestAlgorithm.Sha256, BoundedFile.Read(file, SignatureFormats.MaxBytes, "the signature")).ToString() == digest;
    }

    // An empty or non-JSON input usually comes from an empty variable or a failed program.
    private static void RequireMeant(ManifestDescription description, MediaType? mediaType, FileArgument manifest)
    {
        if (description.Descriptor.Size == 0)
        {
            throw new InvalidInputException($"cannot sign {manifest}: it is empty; did the program that writes it fail, or is a variable not set?");
        }

        if (!description.IsObject && mediaType is null)
        {
            throw new InvalidInputException(
                $"cannot sign {manifest}: it is not a manifest, which is a JSON object; to sign it anyway, state its type with {MediaTypeOption}, "
                    + "or sign it as a file with --blob FILE and --format jws or cose"
            );
        }
    }

    private static void Note(Descriptor subject, string name, ILogger log)
    {
        log.LogDebug("artifact: {Subject}", subject);
        if (subject.Size == 0)
            log.LogWarning("{Name} is empty: did the program that writes it fail?", name);
    }

    private static IReadOnlyList<SignedArtifact> Write(SigningInputs inputs, Descriptor subject, byte[] signature, string output, string? signedFile)
    {
        if (output == StandardOutput)
        {
            using var standardOutput = StandardStreams.OpenOutput();
            standardOutput.Write(signature);
            return [];
        }

        RequireFree(inputs, output, signedFile);
        OutputFile.Replace(output, signature);
        return [new SignedArtifact.InFile(subject, inputs.Format, output, Digest.Compute(DigestAlgorithm.Sha256, signature))];
    }

    private static void RequireFree(SigningInputs inputs, string output, string? signedFile)
    {
        if (output == StandardOutput)
            return;
        inputs.Protect(output);
        OutputFile.RequireOther(output, signedFile, "the signed file");
        if (signedFile is null)
            OutputFile.RequireOtherThanInput(output, "the signed file");
    }
}
