using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using Nv2.Plugin.Files;
using Nv2.Signing;

namespace Nv2.Plugin.CommandLine;

/// <summary>Options that more than one command has, and how their values are read.</summary>
internal static class CommonOptions
{
    public static Option<string?> MediaType(string ofBlob) => new("--media-type")
    {
        Description = $"What the manifest is, if it does not say so itself [default: application/vnd.docker.distribution.manifest.v2+json]; of a blob, {ofBlob}",
        HelpName = "type",
    };

    public static Option<bool> Descriptor() => new("--descriptor")
    {
        Description = "The input is not the manifest but its descriptor in JSON, as 'oras manifest fetch --descriptor' prints it",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON" };

    public static Option<bool> Verbose() => new("--verbose") { Description = "Say on standard error what is being done" };

    public static Option<bool> Shallow() => new("--shallow") { Description = "Do not read the layers; in a layout" };

    public static Option<string[]> Certificates() => new("--cert", "-c")
    {
        Description = "A signer's certificate to trust, exactly this one; a PEM bundle or a DER file; may be given several times",
        HelpName = "file",
    };

    public static Option<string[]> Roots() => new("--ca-cert")
    {
        Description = "A certificate authority to trust, for whatever it issued; a PEM bundle or a DER file; may be given several times",
        HelpName = "file",
    };

    public static Option<string?> TrustHome() => new("--trust-home")
    {
        Description = "The folder with the trust policy and the trust stores, such as notation's own [default: $NV2_HOME, or nv2 in $XDG_CONFIG_HOME or ~/.config]",
        HelpName = "folder",
    };

    public static Option<string[]> TimestampAuthorities() => new("--tsa-cert")
    {
        Description = "A timestamp authority to trust, or the authority above it; a PEM bundle or a DER file; may be given several times. Without it timestamps are not looked at",
        HelpName = "file",
    };

    /// <summary>Reads the certificates of all files that an option names.</summary>
    public static IReadOnlyList<X509Certificate2> ReadCertificates(ParseResult result, Option<string[]> option) =>
        [.. (result.GetValue(option) ?? []).SelectMany(InputFile.ReadCertificates)];

    /// <summary>Refuses options that mean nothing for an artifact where it is.</summary>
    public static void Refuse(ParseResult result, IEnumerable<Option> options, ArtifactPlace place)
    {
        var where = place switch
        {
            ArtifactPlace.Layout => "in an image layout",
            ArtifactPlace.Registry => "in a registry",
            ArtifactPlace.Blob => "that is a blob",
            _ => "that is a manifest in a file",
        };
        if (options.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } given)
            throw new UsageException($"{given.Name} cannot be used for an artifact {where}");
    }

    /// <summary>Reads the value of an option; what is wrong with it is wrong with the command line.</summary>
    public static T Parse<T>(string option, string value, Func<string, T> parse)
    {
        try
        {
            return parse(value);
        }
        catch (InvalidInputException exception)
        {
            throw new UsageException($"{option}: {exception.Message}", exception);
        }
    }
}
