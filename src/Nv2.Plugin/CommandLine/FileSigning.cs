using System.Text;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Artifacts;

namespace Nv2.Plugin.CommandLine;

/// <summary>Signs what is in a file, and writes the signature to a file of its own.</summary>
internal static class FileSigning
{
    private const string StandardOutput = "-";

    /// <summary>Signs a manifest.</summary>
    public static int Manifest(SigningInputs inputs, Artifact artifact, MediaType? mediaType, bool isDescriptor, string? output, ILogger log)
    {
        var subject = artifact.Describe(mediaType, isDescriptor);
        if (mediaType is not null && mediaType != subject.MediaType)
            throw new InvalidInputException($"{artifact} says that it is {subject.MediaType}, which contradicts --media-type {mediaType}");

        Note(subject, artifact.ToString(), log);
        return Write(inputs, subject, inputs.Sign(subject), output ?? inputs.DefaultOutput(subject), artifact.FileName);
    }

    /// <summary>Signs a blob.</summary>
    public static int Blob(SigningInputs inputs, BlobFile blob, MediaType mediaType, string? output, ILogger log)
    {
        if (output is null && blob.FileName is null)
            throw new UsageException("--output is missing: expected where to write the signature of the blob on standard input, - for standard output");

        // Said now, and not after all of the blob has been read.
        var outputFile = output ?? blob.SignatureFile(inputs.Format);
        RequireFree(inputs, outputFile, blob.FileName);
        var subject = blob.Describe(BlobContent.DigestFor(inputs.Algorithm), mediaType);
        Note(subject, blob.ToString(), log);
        return Write(inputs, subject, inputs.SignBlob(subject), outputFile, blob.FileName);
    }

    private static void Note(Descriptor subject, string name, ILogger log)
    {
        log.LogDebug("artifact: {Subject}", subject);
        if (subject.Size == 0)
            StandardStreams.WriteErrorLine($"nv2: warning: {name} is empty, and is signed so: did the program that should have written it fail?");
    }

    private static int Write(SigningInputs inputs, Descriptor subject, byte[] signature, string output, string? signedFile)
    {
        using var standardOutput = StandardStreams.OpenOutput();
        if (output == StandardOutput)
        {
            standardOutput.Write(signature);
            return ExitCodes.Success;
        }

        RequireFree(inputs, output, signedFile);
        OutputFile.Replace(output, signature);
        standardOutput.Write(Encoding.ASCII.GetBytes($"{subject.Digest}\n"));
        return ExitCodes.Success;
    }

    private static void RequireFree(SigningInputs inputs, string output, string? signedFile)
    {
        if (output == StandardOutput)
            return;
        inputs.Protect(output);
        OutputFile.RequireOther(output, signedFile, "what is signed");
        if (signedFile is null)
            OutputFile.RequireOtherThanInput(output, "what is signed");
    }
}
