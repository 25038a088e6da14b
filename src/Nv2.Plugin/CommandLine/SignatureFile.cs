using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;

namespace Nv2.Plugin.CommandLine;

/// <summary>A signature that is in a file, to be stored beside the artifact that it is of.</summary>
internal sealed class SignatureFile : ISignatureSource
{
    private readonly string path;
    private readonly byte[] content;
    private readonly Signature signature;

    private SignatureFile(string path, byte[] content, Signature signature)
    {
        this.path = path;
        this.content = content;
        this.signature = signature;
    }

    /// <summary>Reads the file.</summary>
    public static SignatureFile Read(string path) => InputFile.Read(path, "the signature", stream =>
    {
        var content = InputFile.ReadAll(stream, SignatureFormats.MaxBytes);
        return new SignatureFile(path, content, SignatureFormats.Parse(content));
    });

    public string Action => "store a signature in";

    /// <exception cref="InvalidInputException">The signature is not of that artifact.</exception>
    public IReadOnlyList<SignatureArtifact> For(IReadOnlyList<Descriptor> subjects, Reference? defaultReference)
    {
        var subject = subjects.Single();
        var claims = signature.Claims;
        if (claims.Digest != subject.Digest)
            throw Refuse($"{claims.Digest}, and the artifact is {subject.Digest}");
        if (claims.Size != subject.Size)
            throw Refuse($"{claims.Size} bytes, and the artifact has {subject.Size}");
        if (claims.MediaType is not null && claims.MediaType != subject.MediaType)
            throw Refuse($"{claims.MediaType}, and the artifact is {subject.MediaType}");
        return [SignatureArtifact.Create(signature.Format, content, subject)];
    }

    public void Protect(string output) => OutputFile.RequireOther(output, path, "the signature");

    private InvalidInputException Refuse(string complaint) => new($"the signature {Quoted.Text(path)} is of another artifact: it is of {complaint}");
}
