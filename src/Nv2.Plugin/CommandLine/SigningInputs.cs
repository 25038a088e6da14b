using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Files;
using Nv2.Plugin.Platform;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.CommandLine;

/// <summary>What a command line says of how to sign.</summary>
internal sealed record SigningOptions(string Key, string? Certificate, IReadOnlyList<Reference> References, TimeSpan? Expiry, ISignatureFormat Format);

/// <summary>A key with its certificates, read and ready to sign any number of artifacts.</summary>
internal sealed class SigningInputs : ISignatureSource, IDisposable
{
    private readonly SigningOptions options;
    private readonly IReadOnlyList<X509Certificate2> certificates;
    private readonly SigningKey key;
    private readonly ILogger log;

    private SigningInputs(SigningOptions options, IReadOnlyList<X509Certificate2> certificates, SigningKey key, ILogger log)
    {
        this.options = options;
        this.certificates = certificates;
        this.key = key;
        this.log = log;
    }

    /// <summary>Reads the key and the certificates, and warns of a key that others can read.</summary>
    public static SigningInputs Read(SigningOptions options, ILogger log)
    {
        var certificates = options.Certificate is null ? [] : InputFile.ReadCertificates(options.Certificate);
        var key = InputFile.ReadKey(options.Key);
        log.LogDebug("key {Key}: {Spec}; certificates: {Certificates}", options.Key, key.Spec, certificates.Count);
        if (certificates is [var signer, ..])
            log.LogDebug("signer: {Subject}", DistinguishedName.Format(signer.SubjectName));
        log.LogDebug("valid for: {Expiry}", options.Expiry is { } expiry ? Duration.Print(expiry) : "no end of its own");
        if (FileModes.IsReadableByOthers(options.Key))
            StandardStreams.WriteErrorLine($"nv2: warning: others than the owner can read the private key {Quoted.Text(options.Key)}: chmod 600 would change that");
        return new SigningInputs(options, certificates, key, log);
    }

    /// <summary>Signs an artifact for the names that the command line gives.</summary>
    public byte[] Sign(Descriptor subject) => Sign(subject, options.References);

    /// <summary>
    /// Signs an artifact and what is below it, for the names that the command line gives, or, where it gives none, for <paramref name="defaultReference"/>.
    /// Names with a digest are of the first alone.
    /// </summary>
    public IReadOnlyList<SignatureArtifact> For(IReadOnlyList<Descriptor> subjects, Reference? defaultReference)
    {
        var names = options.References is [] && defaultReference is not null ? [defaultReference] : options.References;
        var namesBelow = names.Where(name => name.Digest is null).ToList();
        return [.. subjects.Select((subject, position) =>
            SignatureArtifact.Create(options.Format, Sign(subject, position == 0 ? names : namesBelow), subject))];
    }

    /// <summary>Makes sure that an output does not take the place of the key or the certificate.</summary>
    public void Protect(string output)
    {
        OutputFile.RequireOther(output, options.Key, "the private key");
        OutputFile.RequireOther(output, options.Certificate, "the certificate");
    }

    public void Dispose() => key.Dispose();

    private byte[] Sign(Descriptor subject, IReadOnlyList<Reference> references)
    {
        try
        {
            var signature = new Signer(TimeProvider.System).Sign(new SigningRequest(subject, references, options.Format, options.Expiry, key, certificates));
            log.LogDebug("signature of {Subject}: {Format}, {Algorithm}, {Length} bytes", subject, options.Format.Name, key.Spec.Algorithm, signature.Length);
            return signature;
        }
        catch (SigningRefusedException exception) when (exception.Input == SigningInput.Expiry)
        {
            throw new UsageException($"--expiry: {exception.Message}", exception);
        }
        catch (SigningRefusedException exception) when (options.Certificate is not null)
        {
            throw new InvalidInputException(
                $"cannot sign with the key {Quoted.Text(options.Key)} and the certificate {Quoted.Text(options.Certificate)}: {exception.Message}", exception);
        }
    }
}
