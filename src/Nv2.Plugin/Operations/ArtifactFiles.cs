using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Files;
using Nv2.Signing.Formats;
using Nv2.Signing.Formats.Notary;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Operations;

/// <summary>A file as an argument names it: its path, <c>file:</c> and its path, or <c>-</c> for standard input.</summary>
internal sealed class FileArgument
{
    /// <summary>The prefix of an argument that can only be a file.</summary>
    public const string Scheme = "file:";

    private readonly string argument;

    /// <summary>The file of an argument; without an argument, standard input.</summary>
    public FileArgument(string? argument) => this.argument = argument ?? InputFile.StandardInput;

    /// <summary>
    /// The path, or <see langword="null"/> for standard input. As in the original program, <c>file:PATH</c> is a literal path, and <c>file://PATH</c>
    /// is a path with percent escapes.
    /// </summary>
    public string? FileName
    {
        get
        {
            if (argument == InputFile.StandardInput || !argument.StartsWith(Scheme, StringComparison.Ordinal))
                return argument == InputFile.StandardInput ? null : argument;

            var path = argument[Scheme.Length..];
            return path.StartsWith("//", StringComparison.Ordinal) ? Uri.UnescapeDataString(path[2..]) : path;
        }
    }

    /// <summary>
    /// Describes the manifest in the file, or reads its descriptor in JSON if <paramref name="isDescriptor"/> is set.
    /// </summary>
    /// <exception cref="UsageException">A media type is given for a descriptor, which already has one.</exception>
    public ManifestDescription Describe(MediaType? mediaType, bool isDescriptor)
    {
        if (isDescriptor && mediaType is not null)
            throw new UsageException("--media-type cannot be combined with --descriptor: a descriptor has its own media type");

        return isDescriptor
            ? InputFile.ReadOrInput(
                FileName,
                "the descriptor",
                stream => new ManifestDescription(Descriptor.Parse(BoundedFile.ReadAll(stream, Manifest.MaxBytes)), MediaTypeSource.Stated)
            )
            : InputFile.ReadOrInput(FileName, "the manifest", stream => Manifest.Describe(stream, mediaType));
    }

    /// <summary>
    /// The default signature file of a manifest, in the current folder: <c>HEX.nv2</c>, <c>HEX.jws.sig</c>.
    /// </summary>
    public static string SignatureFile(Descriptor subject, ISignatureFormat format) =>
        $"{subject.Digest.Hex}.{(format.CarriesReferences ? PluginInformation.Name : $"{format.Name}.sig")}";

    /// <summary>The one of these files that exists.</summary>
    /// <exception cref="InvalidInputException">It does not exist, or there are several.</exception>
    public string FindSignature(Descriptor subject)
    {
        var candidates = SignatureFormats.All.Select(format => SignatureFile(subject, format)).Distinct().ToList();
        return candidates.FindAll(Path.Exists) switch
        {
            [var only] => only,
            [] => throw new InvalidInputException(
                $"{this} has no signature in the current folder: expected {Alternatives.Of(candidates.Select(Quoted.Text))}"
            ),
            var several => throw new InvalidInputException(
                $"{this} has several signatures in the current folder: {string.Join(" and ", several.Select(Quoted.Text))}"
            ),
        };
    }

    /// <summary>The name for messages.</summary>
    public override string ToString() => argument == InputFile.StandardInput ? "standard input" : Quoted.Text(argument);
}

/// <summary>A file with a blob, as an argument names it: by its path, or by <c>-</c> for standard input. Its signature is a file beside it.</summary>
internal sealed class BlobFile(string argument)
{
    /// <summary>The name of the file, or <see langword="null"/> for standard input.</summary>
    public string? FileName => argument == InputFile.StandardInput ? null : argument;

    /// <summary>Describes the blob, of any size, reading it once.</summary>
    public Descriptor Describe(DigestAlgorithm algorithm, MediaType mediaType) =>
        InputFile.ReadOrInput(
            FileName,
            "the blob",
            stream =>
            {
                var before = Stamp(stream);
                var blob = ReadingProgress.Of(stream, content => BlobContent.Describe(content, algorithm, mediaType));
                return Stamp(stream) == before ? blob : throw new InvalidInputException("it changed while it was read");
            }
        );

    /// <summary>
    /// The default signature file of the blob: <c>app.tar.gz.jws.sig</c>, as the Notary Project's own program names it.
    /// </summary>
    public string SignatureFile(ISignatureFormat format) => $"{FileName}.{format.Name}.sig";

    /// <summary>The names that its signature can have, one for each format.</summary>
    public IEnumerable<string> SignatureFiles => SignatureFormats.All.Where(format => format.SignsBlobs).Select(SignatureFile);

    /// <summary>The signature file beside the blob.</summary>
    /// <exception cref="UsageException">The blob has no file name, or there are several.</exception>
    /// <exception cref="InvalidInputException">It does not exist.</exception>
    public string FindSignature()
    {
        if (FileName is null)
            throw new UsageException("--signature is missing: expected the signature file of the blob on standard input");

        var candidates = SignatureFiles.ToList();
        return candidates.FindAll(Path.Exists) switch
        {
            [var only] => only,
            [] => throw new InvalidInputException(
                $"{this} has no signature beside it: expected {Alternatives.Of(candidates.Select(Quoted.Text))}, or another file with --signature"
            ),
            var several => throw new UsageException(
                $"--signature is missing: {string.Join(" and ", several.Select(Quoted.Text))} exist; expected one"
            ),
        };
    }

    /// <summary>The name for messages.</summary>
    public override string ToString() => FileName is null ? "standard input" : Quoted.Text(FileName);

    // Detects that a file is being changed. A pipe cannot be read twice and has no such stamp.
    private static (long Length, DateTime Written)? Stamp(Stream stream) =>
        stream is FileStream { CanSeek: true } file
            ? (RandomAccess.GetLength(file.SafeFileHandle), File.GetLastWriteTimeUtc(file.SafeFileHandle))
            : null;
}
