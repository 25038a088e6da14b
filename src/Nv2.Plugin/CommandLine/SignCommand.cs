using System.CommandLine;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Files;
using Nv2.Plugin.Platform;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.CommandLine;

/// <summary><c>nv2 sign</c>: signs a manifest and writes the signature to a file.</summary>
internal static class SignCommand
{
    public const string Name = "sign";

    private const string StandardOutput = "-";
    private const string OnlyMethod = "x509";

    public static Command Create()
    {
        var method = new Option<string>("--method", "-m")
        {
            Description = "The signing method: x509 is the only one",
            HelpName = "method",
            DefaultValueFactory = _ => OnlyMethod,
        };
        var key = new Option<string>("--key", "-k")
        {
            Description = "The private key: a PEM file (PKCS#8, PKCS#1 or SEC1; RSA of 2048 bits or more, P-256, P-384, P-521)",
            HelpName = "file",
            Required = true,
        };
        var certificate = new Option<string?>("--cert", "-c")
        {
            Description = "The key's certificate, followed by those that issued it: a PEM bundle or a DER file; they go into the signature. "
                + "Without it the signature names the key by its id, and a verifier must have the certificate",
            HelpName = "file",
        };
        var references = new Option<string[]>("--reference", "-r")
        {
            Description = "A name under which the artifact will be used, such as registry.example.com/app:v1; may be given several times. "
                + "The certificate must be for that registry",
            HelpName = "reference",
        };
        var expiry = new Option<string?>("--expiry", "-e")
        {
            Description = "How long the signature is valid: 365d, 8760h, 1h30m, 90s [default: no end of its own]",
            HelpName = "duration",
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Where to write the signature, - for standard output [default: <hex digest>.nv2]",
            HelpName = "file|-",
        };
        var format = new Option<string?>("--format")
        {
            Description = "The signature format: jwt or json [default: jwt]",
            HelpName = "format",
        };
        var mediaType = CommonOptions.MediaType();
        var descriptor = CommonOptions.Descriptor();
        var verbose = CommonOptions.Verbose();
        var artifact = CommonOptions.Artifact();

        var command = new ManualCommand(
            Name,
            "Sign a manifest: write the signature to a file and print the manifest's digest",
            """
            nv2 sign -k app.key -c app.crt -r registry.example.com/app:v1 -e 365d manifest.json
            oras manifest fetch registry.example.com/app:v1 | nv2 sign -k app.key -c app.crt -o app.nv2
            oras manifest fetch --descriptor registry.example.com/app:v1 | nv2 sign --descriptor -k app.key -c app.crt
            """)
        {
            method, key, certificate, references, expiry, output, format, mediaType, descriptor, verbose, artifact,
        };
        command.SetAction(result =>
        {
            if (result.GetRequiredValue(method) is not OnlyMethod and var other)
                throw new UsageException($"--method: {Quoted.Text(other)} is not a signing method: expected {OnlyMethod}");

            return Run(new Arguments(
                result.GetRequiredValue(key),
                result.GetValue(certificate),
                [.. (result.GetValue(references) ?? []).Select(text => CommonOptions.Parse("--reference", text, Reference.Parse))],
                result.GetValue(expiry) is { } duration ? CommonOptions.Parse("--expiry", duration, Duration.Parse) : null,
                result.GetValue(output),
                result.GetValue(format) is { } name ? CommonOptions.Parse("--format", name, SignatureFormats.ByName) : SignatureFormats.Default,
                result.GetValue(mediaType) is { } type ? CommonOptions.Parse("--media-type", type, MediaType.Parse) : null,
                result.GetValue(descriptor),
                new Artifact(result.GetValue(artifact), Name),
                result.GetValue(verbose)));
        });
        return command;
    }

    private static int Run(Arguments arguments)
    {
        using var loggers = VerboseLog.Create(arguments.Verbose);
        var log = loggers.CreateLogger(Name);

        var certificates = arguments.Certificate is null ? [] : InputFile.ReadCertificates(arguments.Certificate);
        using var key = InputFile.ReadKey(arguments.Key);
        log.LogDebug("key {Key}: {Spec}; certificates: {Certificates}", arguments.Key, key.Spec, certificates.Count);
        if (certificates is [var signer, ..])
            log.LogDebug("signer: {Subject}", DistinguishedName.Format(signer.SubjectName));
        if (FileModes.IsReadableByOthers(arguments.Key))
            StandardStreams.WriteErrorLine($"nv2: warning: others than the owner can read the private key {Quoted.Text(arguments.Key)}: chmod 600 would change that");

        var subject = arguments.Artifact.Describe(arguments.MediaType, arguments.IsDescriptor);
        log.LogDebug("artifact: {Subject}", subject);
        log.LogDebug("valid for: {Expiry}", arguments.Expiry is { } expiry ? Duration.Print(expiry) : "no end of its own");
        if (arguments.MediaType is { } given && given != subject.MediaType)
            throw new InvalidInputException($"{arguments.Artifact} says that it is {subject.MediaType}, which contradicts --media-type {given}");

        if (subject.Size == 0)
            StandardStreams.WriteErrorLine($"nv2: warning: {arguments.Artifact} is empty, and is signed so: did the program that should have written it fail?");

        var signature = Sign(arguments, new SigningRequest(subject, arguments.References, arguments.Format, arguments.Expiry, key, certificates));
        log.LogDebug("signature: {Format}, {Algorithm}, {Length} bytes", arguments.Format.Name, key.Spec.Algorithm, signature.Length);

        using var standardOutput = StandardStreams.OpenOutput();
        if (arguments.Output == StandardOutput)
        {
            standardOutput.Write(signature);
            return ExitCodes.Success;
        }

        var outputFile = arguments.Output ?? $"{subject.Digest.Hex}.nv2";
        OutputFile.RequireOther(outputFile, arguments.Key, "the private key");
        OutputFile.RequireOther(outputFile, arguments.Certificate, "the certificate");
        OutputFile.RequireOther(outputFile, arguments.Artifact.FileName, "what is signed");
        OutputFile.Replace(outputFile, signature);
        standardOutput.Write(System.Text.Encoding.ASCII.GetBytes($"{subject.Digest}\n"));
        return ExitCodes.Success;
    }

    private static byte[] Sign(Arguments arguments, SigningRequest request)
    {
        try
        {
            return new Signer(TimeProvider.System).Sign(request);
        }
        catch (SigningRefusedException exception) when (exception.Input == SigningInput.Expiry)
        {
            throw new UsageException($"--expiry: {exception.Message}", exception);
        }
        catch (SigningRefusedException exception) when (arguments.Certificate is not null)
        {
            throw new InvalidInputException(
                $"cannot sign with the key {Quoted.Text(arguments.Key)} and the certificate {Quoted.Text(arguments.Certificate)}: {exception.Message}", exception);
        }
    }

    private sealed record Arguments(
        string Key,
        string? Certificate,
        IReadOnlyList<Reference> References,
        TimeSpan? Expiry,
        string? Output,
        ISignatureFormat Format,
        MediaType? MediaType,
        bool IsDescriptor,
        Artifact Artifact,
        bool Verbose);
}
