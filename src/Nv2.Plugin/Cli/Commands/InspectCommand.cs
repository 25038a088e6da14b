using System.CommandLine;
using System.Text;
using Nv2.Plugin.Cli.Options;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Files;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage;

namespace Nv2.Plugin.Cli.Commands;

/// <summary><c>nv2 inspect</c>: shows the claims of a signature without verifying them.</summary>
internal static class InspectCommand
{
    public const string Name = "inspect";

    public static Command Create(TimeProvider clock)
    {
        var json = CommonOptions.Json();
        var verbose = CommonOptions.Verbose();
        var artifact = new ArtifactOptions(
            Name,
            takesFiles: true,
            "The signature: a file, or - for standard input; or an artifact's reference, for its signatures in the registry"
        );
        var command = new CommandWithExamples(
            Name,
            "Show what a signature claims, without verifying it; unverified claims prove nothing",
            """
            nv2 inspect app.nv2
            nv2 inspect --json --oci-layout ./app:v1
            """
        )
        {
            json,
            verbose,
        };
        artifact.AddTo(command);
        command.SetAction(result =>
        {
            var place = artifact.Read(result);
            return place is ArtifactPlace.SingleFile file
                ? InspectFile(file.File, result.GetValue(json))
                : InspectStored(place, result.GetValue(json), result.GetValue(verbose), clock);
        });
        return command;
    }

    private static int InspectFile(FileArgument file, bool json)
    {
        var signature = Read(file);
        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, ReportJson.Line(IInspectedSignature.Of(signature)));
        else
            output.Write(Encoding.UTF8.GetBytes(SignatureText.Describe(signature)));
        return ExitCodes.Success;
    }

    private static int InspectStored(ArtifactPlace place, bool json, bool verbose, TimeProvider clock)
    {
        using var loggers = VerboseLog.Create(verbose);
        var (store, artifact, name) = StoredArtifacts.Find(place, loggers.CreateLogger(Name));
        var signatures = StoredArtifacts.Explain(
            "read the signatures in",
            name,
            () => StoredSignature.ReadAll(store, artifact, VerificationBudget.Default.Start(clock)).ToList()
        );
        if (signatures.Count == 0)
        {
            if (StoredArtifacts.Unseen(store, artifact) is { } unseen)
                StandardStreams.WriteErrorLine($"nv2: note: {unseen}");
            throw new InvalidInputException($"{artifact.Digest} in {name} has no signature");
        }

        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, ReportJson.Line([.. signatures.Select(IInspectedSignature.Of)]));
        else
            output.Write(Encoding.UTF8.GetBytes(string.Join('\n', signatures.Select(SignatureText.Describe))));
        return ExitCodes.Success;
    }

    private static Signature Read(FileArgument file)
    {
        var signature = file.FileName is { } path
            ? BoundedFile.Read(path, SignatureFormats.MaxBytes, "the signature")
            : BoundedFile.ReadAll(StandardStreams.OpenInput(), SignatureFormats.MaxBytes);
        try
        {
            return SignatureFormats.Parse(signature);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"{file}: {exception.Message}", exception);
        }
    }
}
