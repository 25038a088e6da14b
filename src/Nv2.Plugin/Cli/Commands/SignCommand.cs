using System.CommandLine;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Cli.Options;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Cli.Commands;

/// <summary>
/// <c>nv2 sign</c>: signs an artifact and stores the signature beside it, or a manifest or a blob and writes the signature to a file.
/// </summary>
internal static class SignCommand
{
    public const string Name = "sign";

    private const string OnlyMethod = "x509";

    public static Command Create(TimeProvider clock)
    {
        var method = new Option<string>("--method", "-m")
        {
            Description = "The signing method: x509 is the only one",
            HelpName = "method",
            DefaultValueFactory = _ => OnlyMethod,
        };
        var key = new Option<string?>("--key", "-k")
        {
            Description =
                "The private key: a PEM or PKCS#12 file; pkcs11:… for a token; plugin:NAME?id=… for a signing plug-in of notation; "
                + "exec:COMMAND for a command; or a name from 'nv2 key add' [default: the key of 'nv2 key default']",
            HelpName = "key",
        };
        var passphrase = KeyOptions.PassphraseFrom();
        var keyTimeout = KeyOptions.Timeout();
        var certificate = new Option<string?>("--cert", "-c")
        {
            Description =
                "The key's certificate and its issuer certificates, to include in the signature: a PEM bundle or a DER file. "
                + "jws and cose need the complete chain with the root [default: the certificates stored with the key]. Without certificates a jwt "
                + "or json signature only has the key's "
                + "id, and the verifier needs the certificate",
            HelpName = "file",
        };
        var references = new RepeatedOption("--reference", "-r")
        {
            Description =
                "A name to sign the artifact for, such as registry.example.com/app:v1; may be given several times. "
                + "The certificate must be valid for the registry. Not for jws and cose, which carry no names",
            HelpName = "reference",
        };
        var expiry = new Option<string?>("--expiry", "-e")
        {
            Description = "How long the signature is valid: 365d, 8760h, 1h30m, 90s [default: no expiry]",
            HelpName = "duration",
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description =
                "The output file, - for standard output [default: <hex digest>.nv2; .jws.sig or .cose.sig in those "
                + "formats; for a blob, its name with .jws.sig or .cose.sig]. For a layout in a tar: the output "
                + "tar [default: replace the input]",
            HelpName = "file|-",
        };
        var format = new Option<string?>("--format")
        {
            Description =
                "The signature format: jwt or json, nv2's own formats, or jws or cose, the Notary Project's formats, "
                + "which other programs support too [default: jwt]",
            HelpName = "format",
        };
        var metadata = UserMetadata.Option("Metadata to sign along with the artifact; may be given several times; jws and cose only");
        var mediaType = CommonOptions.MediaType("its media type [default: application/octet-stream]");
        var descriptor = CommonOptions.Descriptor();
        var recursive = new Option<bool>("--recursive") { Description = "Also sign every manifest below an image index; in a layout or a registry" };
        var allImages = CommonOptions.AllImages("Sign every image of a layout, each for its names in the layout");
        var batch = new BatchOptions("Sign");
        var shallow = CommonOptions.Shallow();
        var json = CommonOptions.Json();
        var verbose = CommonOptions.Verbose();
        var artifact = new ArtifactOptions(
            Name,
            takesFiles: true,
            blob: "Sign any file, or - for standard input; the signature is written to a file beside it; jws and cose only"
        );

        var command = new CommandWithExamples(
            Name,
            "Sign an artifact, store the signature beside it (in a layout or a registry) or in a file, and print the signed digest",
            """
            # An artifact in a registry: the signature is pushed beside it
            nv2 sign -k app.key -c app.crt registry.example.com/app:v1

            # An image layout in a folder or a tar, before it is pushed
            nv2 sign -k app.key -c app.crt -r registry.example.com/app:v1 --oci-layout ./app:v1
            docker save app:v1 | nv2 sign -k app.key -c app.crt --oci-layout - -o signed.tar

            # A manifest alone: the signature is a file
            nv2 sign -k app.key -c app.crt -r registry.example.com/app:v1 -e 365d -o app.nv2 manifest.json

            # In a format of the Notary Project, with metadata
            nv2 sign --format jws -k app.key -c chain.crt --user-metadata build=42 registry.example.com/app:v1

            # Any other file: the signature is app.tar.gz.jws.sig
            nv2 sign --blob app.tar.gz --format jws -k app.key -c chain.crt

            # All images of an archive; a list of artifacts
            nv2 sign -k app.key -c app.crt --all-images --oci-layout bundle.tar
            nv2 sign -k app.key -c app.crt --batch list.txt --report report.jsonl
            """
        )
        {
            method,
            key,
            passphrase,
            keyTimeout,
            certificate,
            references,
            expiry,
            output,
            format,
            metadata,
            mediaType,
            descriptor,
            recursive,
            shallow,
            json,
            verbose,
        };
        command.Add(allImages);
        batch.AddTo(command);
        artifact.AddTo(command);
        command.SetAction(result =>
        {
            if (result.GetRequiredValue(method) is not OnlyMethod and var other)
                throw new UsageException(
                    $"--method: {Quoted.Text(other)} is not a signing method: expected {OnlyMethod}{NearestName.Suggest(other, [OnlyMethod])}"
                );

            var signing = new SigningOptions(
                KeyOptions.ReadKey(result, key),
                result.GetValue(certificate),
                [.. RepeatedValues.Of(result, references).Select(text => UsageException.Parse("--reference", text, Reference.Parse))],
                result.GetValue(expiry) is { } duration ? UsageException.Parse("--expiry", duration, Duration.Parse) : null,
                CommonOptions.Parse(result, format, SignatureFormats.ByName) ?? SignatureFormats.Default,
                UserMetadata.RequireSignable(UserMetadata.Read(result, metadata))
            )
            {
                Passphrase = KeyOptions.ReadPassphraseSource(result, passphrase),
                KeyTimeout = KeyOptions.ReadTimeout(result, keyTimeout),
            };
            var list = batch.Read(result);
            if (list is not null)
            {
                artifact.RequireNone(result, batch.Name);
                batch.Refuse(result, [allImages, output, references]);
            }

            var place = list is null ? RequireFitting(artifact.Read(result)) : null;
            IReadOnlyList<BatchItem> items = list is null ? [] : BatchList.Read(list.List, line => RequireFitting(artifact.ReadLine(result, line)));
            if (result.GetValue(allImages))
                RequireWhole(place);
            SigningPrinter.RequireFree(result.GetValue(output), result.GetValue(json));
            var type = CommonOptions.Parse(result, mediaType, MediaType.Parse);

            using var loggers = VerboseLog.Create(result.GetValue(verbose));
            var log = loggers.CreateLogger(Name);
            using var inputs = SigningInputs.Read(signing with { KeepsPassphrase = list is not null }, clock, log);
            var exitCode = ExitCodes.Success;
            if (list is null)
                SigningPrinter.Print(Sign(place!, result.GetValue(output)), result.GetValue(json)); // Set if there is no list.
            else
                exitCode = BatchRun.Run(list, items, new Work(inputs, SignLine, DigestOf(result, inputs), log), result.GetValue(json), clock);
            if (!inputs.HasCertificates)
                StandardStreams.WriteErrorLine(
                    "nv2: note: the signature contains no certificate: verifiers need the key's certificate (include it with --cert)"
                );
            return exitCode;

            ArtifactPlace RequireFitting(ArtifactPlace artifact)
            {
                CommonOptions.Refuse(
                    result,
                    artifact switch
                    {
                        ArtifactPlace.SingleFile => [recursive, shallow, allImages],
                        ArtifactPlace.Blob => [recursive, shallow, descriptor, allImages],
                        ArtifactPlace.Layout => [mediaType, descriptor],
                        _ => [mediaType, descriptor, output, shallow, allImages],
                    },
                    artifact
                );
                signing.RequireCarried(artifact);
                return artifact;
            }

            void RequireWhole(ArtifactPlace? place)
            {
                if (place is not ArtifactPlace.Layout { Location.Name: null })
                    throw new UsageException($"{allImages.Name} signs all images of a layout: expected its path without a tag or a digest");
                if (signing.References.Count > 0)
                {
                    throw new UsageException($"{references.Name} cannot be combined with {allImages.Name}, which signs each image for its own names");
                }
            }

            IReadOnlyList<SignedArtifact> Sign(ArtifactPlace place, string? outputFile) =>
                place switch
                {
                    ArtifactPlace.SingleFile file => FileSigning.Manifest(inputs, file.File, type, result.GetValue(descriptor), outputFile, log),
                    ArtifactPlace.Blob blob => FileSigning.Blob(inputs, blob.File, type ?? BlobContent.DefaultMediaType, outputFile, log),
                    ArtifactPlace.Layout layout => StoredSigning.InLayout(
                        inputs,
                        layout.Location,
                        outputFile,
                        new(result.GetValue(recursive), result.GetValue(shallow), result.GetValue(allImages))
                    ),
                    ArtifactPlace.Registry registry => StoredSigning.InRegistry(inputs, registry, result.GetValue(recursive), log),
                    _ => throw new InvalidOperationException($"{place} cannot store a signature"),
                };

            ArtifactOutcome SignLine(BatchItem item)
            {
                var signed = Sign(item.Place, outputFile: null);
                return new(Quoted.Printable(item.Text), OutcomeKind.Signed) { Subject = signed[0].Subject, Signatures = signed };
            }
        });
        return command;
    }

    private static string DigestOf(ParseResult result, SigningInputs signing)
    {
        using var inputs = new InputsDigest();
        BatchOptions.Describe(result, inputs);
        signing.Describe(inputs);
        return inputs.ToString();
    }

    /// <summary>Signs the artifacts of a list.</summary>
    private sealed class Work(SigningInputs signing, Func<BatchItem, ArtifactOutcome> sign, string inputs, ILogger log) : IBatchWork
    {
        public string Done => "signed";

        public string Inputs => inputs;

        public string InputsNow => inputs; // The key and its certificates are read once.

        public ArtifactOutcome Run(BatchItem item) => sign(item);

        // Signing changes the files, so only the stored signatures are compared.
        public string? State(BatchItem item) => null;

        public bool IsStillSo(BatchItem item, BatchEntry entry) =>
            entry is { Signatures: { Count: > 0 } signatures, Subject: { } subject }
            && StoredSigning.AreThere(item.Place, subject, signatures, signing, log);
    }
}
