using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Platform;

namespace Nv2.Plugin.Cli.Text;

/// <summary><c>--version</c>: the version alone, or with <c>--verbose</c> also the libraries that are linked in or linked with.</summary>
internal sealed class VersionText : SynchronousCommandLineAction
{
    private readonly Option<bool> verbose;

    private VersionText(Option<bool> verbose) => this.verbose = verbose;

    /// <summary>Makes <c>--version</c> of the root command print this, and adds <c>--verbose</c>.</summary>
    public static void AddTo(RootCommand root)
    {
        var version = root.Options.OfType<VersionOption>().Single();
        var verbose = new Option<bool>("--verbose") { Description = "With --version: name the OpenSSL library and the .NET runtime too" };
        version.Action = new VersionText(verbose);
        verbose.Validators.Add(WithVersion);
        root.Options.Add(verbose);

        void WithVersion(OptionResult result)
        {
            if (result.GetResult(version) is null)
                result.AddError($"{verbose.Name} without a command requires {version.Name}: expected it after the command, or with {version.Name}");
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        if (!parseResult.GetValue(verbose))
        {
            output.WriteLine(PluginInformation.Version);
            return ExitCodes.Success;
        }

        output.WriteLine($"{PluginInformation.Name} {PluginInformation.Version}");
        if (OpenSslLibrary.Linked is { } library)
            output.WriteLine(
                $"{library.Version}, {(library.IsStatic ? "linked statically" : "the system's library")}"
                    + (library.Package is { } package ? $", built with {package}" : "")
            );
        output.WriteLine($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}");
        return ExitCodes.Success;
    }
}
