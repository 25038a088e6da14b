using Microsoft.Extensions.Logging;
using Nv2.Plugin.Files;
using Nv2.Plugin.KeySources;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Files;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Signing.Signing;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Operations;

/// <summary>The source of signatures to store beside artifacts.</summary>
internal interface ISignatureSource
{
    /// <summary>The action, for messages: <c>sign in</c> a layout.</summary>
    string Action { get; }

    /// <summary>The format of the signatures.</summary>
    ISignatureFormat Format { get; }

    /// <summary>The signatures of artifacts, one for each.</summary>
    /// <param name="subjects">An artifact, and what is below it.</param>
    /// <param name="ownNames">The names of the first in its registry or layout.</param>
    IReadOnlyList<SignatureArtifact> For(IReadOnlyList<Descriptor> subjects, IReadOnlyList<Reference> ownNames);

    /// <summary>Makes sure that an output does not overwrite an input of the signatures.</summary>
    void Protect(string output);
}

/// <summary>How to sign.</summary>
internal sealed record SigningOptions(
    string Key,
    string? Certificate,
    IReadOnlyList<Reference> References,
    TimeSpan? Expiry,
    ISignatureFormat Format,
    IReadOnlyDictionary<string, string> Metadata
)
{
    /// <summary>The source of the passphrase or PIN of the key.</summary>
    public PassphraseSource Passphrase { get; init; } = PassphraseSource.Person;

    /// <summary>Whether the key signs many artifacts, so that its passphrase or PIN is used again.</summary>
    public bool KeepsPassphrase { get; init; }

    /// <summary>How long each step of a token, a plug-in or a command may take.</summary>
    public TimeSpan KeyTimeout { get; init; } = KeyRequest.DefaultTimeout;

    /// <summary>Requires that the format can carry the references and the metadata, and can sign a blob.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    public void RequireCarried(ArtifactPlace place)
    {
        if (place is ArtifactPlace.Blob && !Format.SignsBlobs)
            throw new UsageException(
                $"--blob cannot be combined with --format {Format.Name}, which is only for manifests: expected {Others(format => format.SignsBlobs)}"
            );
        if (References.Count > 0 && !Format.CarriesReferences)
            throw new UsageException(
                $"--reference cannot be combined with --format {Format.Name}, which carries no names: expected no reference, or "
                    + $"{Others(format => format.CarriesReferences)}"
            );
        if (Metadata.Count > 0 && !Format.CarriesAnnotations)
            throw new UsageException(
                $"--user-metadata cannot be combined with --format {Format.Name}, which carries no metadata: expected "
                    + $"{Others(format => format.CarriesAnnotations)}"
            );
    }

    private static string Others(Func<ISignatureFormat, bool> fits) =>
        Alternatives.Of(SignatureFormats.All.Where(fits).Select(format => $"--format {format.Name}"));
}

/// <summary>A key with its certificates, read and ready to sign any number of artifacts.</summary>
internal sealed class SigningInputs : ISignatureSource, IDisposable
{
    private readonly SigningOptions options;
    private readonly OpenedKey key;
    private readonly TimeProvider clock;
    private readonly ILogger log;
    private readonly Lock elsewhere = new();

    private SigningInputs(SigningOptions options, OpenedKey key, SigningAlgorithm algorithm, TimeProvider clock, ILogger log)
    {
        Algorithm = algorithm;
        this.options = options;
        this.key = key;
        this.clock = clock;
        this.log = log;
    }

    public string Action => "sign in";

    /// <summary>Opens the key, reads the certificates, and warns about a key that other users can read.</summary>
    public static SigningInputs Read(SigningOptions options, TimeProvider clock, ILogger log)
    {
        var certificates = options.Certificate is null ? null : InputFile.ReadCertificates(options.Certificate);
        var key = SigningKeys.Open(
            new(options.Key, options.Passphrase)
            {
                Certificates = certificates,
                Timeout = options.KeyTimeout,
                KeepsPassphrase = options.KeepsPassphrase,
                Log = log,
            }
        );
        try
        {
            log.LogDebug("key {Key}: {Spec}; certificates: {Certificates}", options.Key, key.Key.Spec, key.Certificates.Count);
            if (log.IsEnabled(LogLevel.Debug) && key.Certificates is [var signer, ..])
                log.LogDebug("signer: {Subject}", DistinguishedName.FormatOf(signer));
            log.LogDebug("valid for: {Expiry}", options.Expiry is { } expiry ? Duration.Print(expiry) : "no expiry");
            if (key.Certificates.Count == 0 && !options.Format.CarriesReferences)
            {
                throw new UsageException(
                    $"--cert is missing: --format {options.Format.Name} requires the certificate chain of the key, up to and including the root"
                );
            }

            if (key.Warning is { } warning)
                log.LogWarning("{Warning}", warning);
            return new SigningInputs(options, key, AlgorithmFor(key.Key, options), clock, log);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static SigningAlgorithm AlgorithmFor(SigningKey key, SigningOptions options)
    {
        try
        {
            return SigningAlgorithms.Of(options.Format, key);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"cannot sign with the key {Quoted.Text(options.Key)}: {exception.Message}", exception);
        }
    }

    /// <summary>The format of the signatures.</summary>
    public ISignatureFormat Format => options.Format;

    /// <summary>Whether the signatures contain certificates.</summary>
    public bool HasCertificates => key.Certificates.Count > 0;

    /// <summary>The algorithm that the key signs with in that format.</summary>
    public SigningAlgorithm Algorithm { get; }

    /// <summary>The default signature file of a manifest, named by its digest, in the current folder.</summary>
    public string DefaultOutput(Descriptor subject) => FileArgument.SignatureFile(subject, Format);

    /// <summary>Signs an artifact for the names in the options.</summary>
    public byte[] Sign(Descriptor subject)
    {
        WarnAboutDigests(options.References);
        return Sign(Request(subject, options.References));
    }

    /// <summary>Signs a blob.</summary>
    public byte[] SignBlob(Descriptor subject) => Sign(Request(subject, []) with { IsBlob = true });

    /// <summary>
    /// Signs an artifact and the manifests below it, for the names in the options, or, if there are none, for <paramref name="ownNames"/>. A name
    /// with a digest applies only to the first.
    /// </summary>
    public IReadOnlyList<SignatureArtifact> For(IReadOnlyList<Descriptor> subjects, IReadOnlyList<Reference> ownNames)
    {
        var names = options.References is [] && Format.CarriesReferences ? ownNames : options.References;
        WarnAboutDigests(names);
        var namesBelow = names.Where(name => name.Digest is null).ToList();
        return
        [
            .. subjects.Select(
                (subject, position) => SignatureArtifact.Create(Format, Sign(Request(subject, position == 0 ? names : namesBelow)), subject)
            ),
        ];
    }

    /// <summary>Makes sure that an output does not overwrite the key or the certificate.</summary>
    public void Protect(string output)
    {
        OutputFile.RequireOther(output, key.File, "the private key");
        OutputFile.RequireOther(output, options.Certificate, "the certificate");
    }

    /// <summary>Adds the key and the certificates to a digest.</summary>
    public void Describe(InputsDigest inputs)
    {
        inputs.Add("key", key.Key.ExportSubjectPublicKeyInfo());
        foreach (var certificate in key.Certificates)
            inputs.Add("certificate", certificate.RawData);
    }

    public void Dispose() => key.Dispose();

    // A build signs by digest what it pushed, and users verify by tag.
    private void WarnAboutDigests(IReadOnlyList<Reference> names)
    {
        if (names.Count == 0 || names.Any(name => name.EffectiveTag is not null))
            return;
        log.LogWarning(
            "the signature is valid only for {Name}: verification by a tag fails; sign for a tag with --reference {Repository}:TAG",
            Quoted.Printable(names[0].Text),
            names[0].Repository
        );
    }

    private SigningRequest Request(Descriptor subject, IReadOnlyList<Reference> references) =>
        new(subject, references, Format, options.Expiry, key.Key, key.Certificates)
        {
            Annotations = options.Metadata,
            SigningAgent = PluginInformation.Agent,
        };

    private byte[] Sign(SigningRequest request)
    {
        try
        {
            var signature = Make(request);
            log.LogDebug("signature of {Subject}: {Format}, {Algorithm}, {Length} bytes", request.Subject, Format.Name, Algorithm, signature.Length);
            return signature;
        }
        catch (SigningRefusedException exception) when (exception.Input == SigningInput.Expiry)
        {
            throw new UsageException($"--expiry: {exception.Message}", exception);
        }
        catch (SigningRefusedException exception) when (options.Certificate is not null)
        {
            throw new InvalidInputException(
                $"cannot sign with the key {Quoted.Text(options.Key)} and the certificate "
                    + $"{Quoted.Text(options.Certificate)}: {exception.Message}",
                exception
            );
        }
    }

    // A token, a plug-in or a command signs one artifact at a time; a key in memory signs on all cores.
    private byte[] Make(SigningRequest request)
    {
        if (key.File is not null)
            return new Signer(clock).Sign(request);
        lock (elsewhere)
            return new Signer(clock).Sign(request);
    }
}

/// <summary>A signature in a file, to store beside its artifact.</summary>
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
    public static SignatureFile Read(string path) =>
        BoundedFile.Read(
            path,
            "the signature",
            stream =>
            {
                var content = BoundedFile.ReadAll(stream, SignatureFormats.MaxBytes);
                return new SignatureFile(path, content, SignatureFormats.Parse(content));
            }
        );

    public string Action => "store a signature in";

    public ISignatureFormat Format => signature.Format;

    /// <exception cref="InvalidInputException">The signature is not of that artifact.</exception>
    public IReadOnlyList<SignatureArtifact> For(IReadOnlyList<Descriptor> subjects, IReadOnlyList<Reference> ownNames)
    {
        var subject = subjects.Single();
        var claims = signature.Claims;
        if (claims.Digest != subject.Digest)
            throw Refuse($"digest mismatch: the artifact has {subject.Digest}, the signature covers {claims.Digest}");
        if (claims.Size != subject.Size)
            throw Refuse($"size mismatch: the artifact has {subject.Size} bytes, the signature covers {claims.Size}");
        if (claims.MediaType is not null && claims.MediaType != subject.MediaType)
            throw Refuse($"media type mismatch: the artifact is {subject.MediaType}, the signature covers {claims.MediaType}");
        return [SignatureArtifact.Create(signature.Format, content, subject)];
    }

    public void Protect(string output) => OutputFile.RequireOther(output, path, "the signature");

    private InvalidInputException Refuse(string failure) => new($"the signature {Quoted.Text(path)} is of another artifact: {failure}");
}
