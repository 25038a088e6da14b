using System.CommandLine;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Files;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.CommandLine;

/// <summary><c>nv2 verify</c>: decides whether a signature holds for a manifest.</summary>
internal static class VerifyCommand
{
    public const string Name = "verify";

    public static Command Create()
    {
        var signature = new Option<string>("--signature", "-s", "-f") { Description = "The signature file", HelpName = "file", Required = true };
        var certificates = new Option<string[]>("--cert", "-c")
        {
            Description = "A signer's certificate to trust, exactly this one; a PEM bundle or a DER file; may be given several times",
            HelpName = "file",
        };
        var roots = new Option<string[]>("--ca-cert")
        {
            Description = "A certificate authority to trust, for whatever it issued; a PEM bundle or a DER file; may be given several times",
            HelpName = "file",
        };
        var reference = new Option<string?>("--reference", "-r")
        {
            Description = "The name under which the artifact is about to be used; it must be one that was signed",
            HelpName = "reference",
        };
        var mediaType = CommonOptions.MediaType();
        var descriptor = CommonOptions.Descriptor();
        var json = CommonOptions.Json();
        var verbose = CommonOptions.Verbose();
        var artifact = CommonOptions.Artifact();

        var command = new ManualCommand(
            Name,
            "Verify a manifest's signature: print the digest and exit with 0 if it holds, otherwise say why not and exit with 1",
            """
            nv2 verify -f app.nv2 -c app.crt manifest.json
            nv2 verify -f app.nv2 --ca-cert root.crt -r registry.example.com/app:v1 manifest.json
            oras manifest fetch --descriptor registry.example.com/app:v1 | nv2 verify -f app.nv2 -c app.crt --descriptor
            """)
        {
            signature, certificates, roots, reference, mediaType, descriptor, json, verbose, artifact,
        };
        command.SetAction(result => Run(new Arguments(
            result.GetRequiredValue(signature),
            result.GetValue(certificates) ?? [],
            result.GetValue(roots) ?? [],
            result.GetValue(reference) is { } name ? CommonOptions.Parse("--reference", name, Reference.Parse) : null,
            result.GetValue(mediaType) is { } type ? CommonOptions.Parse("--media-type", type, MediaType.Parse) : null,
            result.GetValue(descriptor),
            new Artifact(result.GetValue(artifact), Name),
            result.GetValue(json),
            result.GetValue(verbose))));
        return command;
    }

    private static int Run(Arguments arguments)
    {
        using var loggers = VerboseLog.Create(arguments.Verbose);
        var log = loggers.CreateLogger(Name);

        var trusted = new TrustedCertificates(
            [.. arguments.Certificates.SelectMany(InputFile.ReadCertificates)], [.. arguments.Roots.SelectMany(InputFile.ReadCertificates)]);
        log.LogDebug("trusted: {Pinned} signers, {Roots} authorities", trusted.Pinned.Count, trusted.Roots.Count);
        var signature = InputFile.Read(arguments.Signature, SignatureFormats.MaxBytes, "the signature");
        var subject = arguments.Artifact.Describe(arguments.MediaType, arguments.IsDescriptor);
        log.LogDebug("artifact: {Subject}", subject);

        var result = new Verifier(TimeProvider.System).Verify(new VerificationRequest(signature, null, subject, trusted, arguments.MediaType, arguments.Reference));
        foreach (var check in result.Checks)
            log.LogDebug("{Check}: {Outcome}", check.Name.InJson(), check.Reason ?? "passed");

        using var output = StandardStreams.OpenOutput();
        if (arguments.Json)
            JsonOutput.Write(output, writer => VerificationJson.Write(writer, result, subject));
        else if (result.Verified)
            output.Write(System.Text.Encoding.ASCII.GetBytes($"{subject.Digest}\n"));

        if (result.Verified)
            return ExitCodes.Success;

        StandardStreams.WriteErrorLine($"nv2: the signature {Quoted.Text(arguments.Signature)} does not hold for {arguments.Artifact}:");
        StandardStreams.WriteErrorLine(VerificationText.Explain(result));
        return ExitCodes.Failure;
    }

    private sealed record Arguments(
        string Signature,
        IReadOnlyList<string> Certificates,
        IReadOnlyList<string> Roots,
        Reference? Reference,
        MediaType? MediaType,
        bool IsDescriptor,
        Artifact Artifact,
        bool Json,
        bool Verbose);
}
