using System.CommandLine;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;

namespace Nv2.Plugin.CommandLine;

/// <summary><c>nv2 sign</c>: signs an artifact and stores the signature beside it, or a manifest and writes the signature to a file.</summary>
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
            Description = "Where to write the signature, - for standard output [default: <hex digest>.nv2]; of a layout in a tar, where to write the tar with the signature [default: in its place]",
            HelpName = "file|-",
        };
        var format = new Option<string?>("--format")
        {
            Description = "The signature format: jwt or json [default: jwt]",
            HelpName = "format",
        };
        var mediaType = CommonOptions.MediaType();
        var descriptor = CommonOptions.Descriptor();
        var recursive = new Option<bool>("--recursive") { Description = "Sign every manifest below an image index too; in a layout or a registry" };
        var shallow = CommonOptions.Shallow();
        var verbose = CommonOptions.Verbose();
        var artifact = new ArtifactOptions(Name, takesFiles: true);

        var command = new ManualCommand(
            Name,
            "Sign an artifact, store the signature beside it (in a layout or a registry) or in a file, and print the digest that is signed",
            """
            # An artifact in a registry: the signature is pushed beside it
            nv2 sign -k app.key -c app.crt registry.example.com/app:v1

            # An image layout in a folder or a tar, before it is pushed
            nv2 sign -k app.key -c app.crt -r registry.example.com/app:v1 --oci-layout ./app:v1
            docker save app:v1 | nv2 sign -k app.key -c app.crt --oci-layout - -o signed.tar

            # A manifest alone: the signature is a file
            nv2 sign -k app.key -c app.crt -r registry.example.com/app:v1 -e 365d -o app.nv2 manifest.json
            """)
        {
            method, key, certificate, references, expiry, output, format, mediaType, descriptor, recursive, shallow, verbose,
        };
        artifact.AddTo(command);
        command.SetAction(result =>
        {
            if (result.GetRequiredValue(method) is not OnlyMethod and var other)
                throw new UsageException($"--method: {Quoted.Text(other)} is not a signing method: expected {OnlyMethod}");

            var signing = new SigningOptions(
                result.GetRequiredValue(key),
                result.GetValue(certificate),
                [.. (result.GetValue(references) ?? []).Select(text => CommonOptions.Parse("--reference", text, Reference.Parse))],
                result.GetValue(expiry) is { } duration ? CommonOptions.Parse("--expiry", duration, Duration.Parse) : null,
                result.GetValue(format) is { } name ? CommonOptions.Parse("--format", name, SignatureFormats.ByName) : SignatureFormats.Default);
            var place = artifact.Read(result);
            CommonOptions.Refuse(result, place is ArtifactPlace.ManifestFile ? [recursive, shallow] : [mediaType, descriptor], place);
            if (place is ArtifactPlace.Registry)
                CommonOptions.Refuse(result, [output, shallow], place);

            using var loggers = VerboseLog.Create(result.GetValue(verbose));
            var log = loggers.CreateLogger(Name);
            using var inputs = SigningInputs.Read(signing, log);
            return place switch
            {
                ArtifactPlace.ManifestFile file => SignFile(
                    inputs,
                    file.Artifact,
                    result.GetValue(mediaType) is { } type ? CommonOptions.Parse("--media-type", type, MediaType.Parse) : null,
                    result.GetValue(descriptor),
                    result.GetValue(output),
                    log),
                ArtifactPlace.Layout layout => StoredSigning.InLayout(inputs, layout.Location, result.GetValue(output), new(result.GetValue(recursive), result.GetValue(shallow))),
                ArtifactPlace.Registry registry => StoredSigning.InRegistry(inputs, registry, result.GetValue(recursive), log),
                _ => throw new InvalidOperationException($"{place} is no place to sign in"),
            };
        });
        return command;
    }

    private static int SignFile(SigningInputs inputs, Artifact artifact, MediaType? mediaType, bool isDescriptor, string? output, ILogger log)
    {
        var subject = artifact.Describe(mediaType, isDescriptor);
        log.LogDebug("artifact: {Subject}", subject);
        if (mediaType is not null && mediaType != subject.MediaType)
            throw new InvalidInputException($"{artifact} says that it is {subject.MediaType}, which contradicts --media-type {mediaType}");

        if (subject.Size == 0)
            StandardStreams.WriteErrorLine($"nv2: warning: {artifact} is empty, and is signed so: did the program that should have written it fail?");

        var signature = inputs.Sign(subject);
        using var standardOutput = StandardStreams.OpenOutput();
        if (output == StandardOutput)
        {
            standardOutput.Write(signature);
            return ExitCodes.Success;
        }

        var outputFile = output ?? $"{subject.Digest.Hex}.nv2";
        inputs.Protect(outputFile);
        OutputFile.RequireOther(outputFile, artifact.FileName, "what is signed");
        OutputFile.Replace(outputFile, signature);
        standardOutput.Write(System.Text.Encoding.ASCII.GetBytes($"{subject.Digest}\n"));
        return ExitCodes.Success;
    }
}
