using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;

namespace Nv2.Plugin.CommandLine;

/// <summary>A blob on a command line: a file's name, or <c>-</c> for standard input. Its signature is a file beside it.</summary>
internal sealed class BlobFile(string argument)
{
    /// <summary>The name of the file, or <see langword="null"/> for standard input.</summary>
    public string? FileName => argument == InputFile.StandardInput ? null : argument;

    /// <summary>Describes the blob, whatever its size, by reading it once.</summary>
    public Descriptor Describe(DigestAlgorithm algorithm, MediaType mediaType) => InputFile.ReadOrInput(FileName, "the blob", stream =>
    {
        var before = Stamp(stream);
        var blob = BlobContent.Describe(stream, algorithm, mediaType);
        return Stamp(stream) == before ? blob : throw new InvalidInputException("it changed while it was read");
    });

    /// <summary>Where the signature of the blob goes when nothing else is said: <c>app.tar.gz.jws.sig</c>, as the Notary Project's own program has it.</summary>
    public string SignatureFile(ISignatureFormat format) => $"{FileName}.{format.Name}.sig";

    /// <summary>The signature file beside the blob.</summary>
    /// <exception cref="UsageException">There can be none, or there are several.</exception>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public string FindSignature()
    {
        if (FileName is null)
            throw new UsageException("--signature is missing: expected the signature file of the blob on standard input");

        var candidates = SignatureFormats.All.Where(format => format.SignsBlobs).Select(SignatureFile).ToList();
        return candidates.FindAll(Path.Exists) switch
        {
            [var only] => only,
            [] => throw new InvalidInputException($"{this} has no signature beside it: expected {Alternatives.Of(candidates.Select(Quoted.Text))}, or another file with --signature"),
            var several => throw new UsageException($"--signature is missing: {string.Join(" and ", several.Select(Quoted.Text))} are there, and only one is verified"),
        };
    }

    /// <summary>The name for messages.</summary>
    public override string ToString() => FileName is null ? "standard input" : Quoted.Text(FileName);

    // What shows that a file is written to. What cannot be read twice, a pipe, has no such thing.
    private static (long Length, DateTime Written)? Stamp(Stream stream) => stream is FileStream { CanSeek: true } file
        ? (RandomAccess.GetLength(file.SafeFileHandle), File.GetLastWriteTimeUtc(file.SafeFileHandle))
        : null;
}
