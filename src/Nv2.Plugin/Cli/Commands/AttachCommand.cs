using System.CommandLine;
using Nv2.Plugin.Cli.Options;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Operations;

namespace Nv2.Plugin.Cli.Commands;

/// <summary><c>nv2 attach</c>: stores a signature from a file beside its artifact.</summary>
internal static class AttachCommand
{
    public const string Name = "attach";

    public static Command Create()
    {
        var signature = new Argument<string>("signature") { Description = "The signature file", HelpName = "signature" };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "For a layout in a tar: the output tar, - for standard output [default: replace the input]",
            HelpName = "file|-",
        };
        var shallow = CommonOptions.Shallow();
        var json = CommonOptions.Json();
        var verbose = CommonOptions.Verbose();
        var artifact = new ArtifactOptions(Name, takesFiles: false);

        var command = new CommandWithExamples(
            Name,
            "Store a signature file beside its artifact in a layout or a registry, and print the "
                + "artifact's digest; the signature is not verified",
            """
            nv2 attach app.jws.sig registry.example.com/app:v1
            nv2 attach app.jws.sig --oci-layout ./app:v1
            """
        )
        {
            signature,
            output,
            shallow,
            json,
            verbose,
        };
        artifact.AddTo(command);
        command.SetAction(result =>
        {
            var place = artifact.Read(result);
            if (place is ArtifactPlace.Registry)
                CommonOptions.Refuse(result, [output, shallow], place);
            SigningPrinter.RequireFree(result.GetValue(output), result.GetValue(json));

            using var loggers = VerboseLog.Create(result.GetValue(verbose));
            var log = loggers.CreateLogger(Name);
            var source = SignatureFile.Read(result.GetRequiredValue(signature));
            SigningPrinter.Print(
                place switch
                {
                    ArtifactPlace.Layout layout => StoredSigning.InLayout(
                        source,
                        layout.Location,
                        result.GetValue(output),
                        new(IsRecursive: false, result.GetValue(shallow))
                    ),
                    ArtifactPlace.Registry registry => StoredSigning.InRegistry(source, registry, recursive: false, log),
                    _ => throw new InvalidOperationException($"{place} cannot store a signature"),
                },
                result.GetValue(json)
            );
            return ExitCodes.Success;
        });
        return command;
    }
}
