using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Signing;
using Nv2.Signing.Formats.Notary;
using Nv2.Signing.Policy;
using Nv2.Signing.Storage;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Cli.Options;

/// <summary>Options of several commands, and how their values are read.</summary>
internal static class CommonOptions
{
    public static Option<string?> MediaType(string ofBlob) =>
        new("--media-type")
        {
            Description = $"The media type of the manifest, if it does not state one [default: derived from its content]; for a blob, {ofBlob}",
            HelpName = "type",
        };

    public static Option<bool> Descriptor() =>
        new("--descriptor") { Description = "The input is the descriptor of the manifest in JSON, as 'oras manifest fetch --descriptor' prints it" };

    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON" };

    public static Option<bool> Verbose() => new("--verbose") { Description = "Log each step to standard error" };

    public static Option<bool> Shallow() => new("--shallow") { Description = "Do not read the layers; in a layout" };

    public static Option<bool> AllImages(string description) => new("--all-images") { Description = description };

    public static RepeatedOption Certificates() =>
        new("--cert", "-c")
        {
            Description =
                "A signer's certificate to trust; for jwt and json, if it is an authority's, also the certificates that it issued (as in the "
                + "original); a PEM bundle or a DER file; may be given several times",
            HelpName = "file",
        };

    public static RepeatedOption Roots() =>
        new("--ca-cert")
        {
            Description = "A certificate authority to trust as a root; a PEM bundle or a DER file; may be given several times",
            HelpName = "file",
        };

    public static Option<string?> TrustHome() =>
        new("--trust-home")
        {
            Description =
                "The folder with the trust policy and the trust stores, such as notation's own [default: "
                + "$NV2_HOME, or nv2 in $XDG_CONFIG_HOME or ~/.config]",
            HelpName = "folder",
        };

    public static RepeatedOption TimestampAuthorities() =>
        new("--tsa-cert")
        {
            Description =
                "A timestamp authority or its root to trust; a PEM bundle or a DER file; may be given several "
                + "times. Without it timestamps are ignored",
            HelpName = "file",
        };

    public static Option<string?> ClockTolerance() =>
        new("--clock-tolerance")
        {
            Description =
                $"The seconds that the signer's clock may be ahead of this one, 0 to {TrustSettings.MaxClockTolerance}: a jwt or json signature is "
                + "valid that much before its nbf. Does not apply to the dates of certificates [default: from nv2.json, or 0]",
            HelpName = "seconds",
        };

    /// <summary>Reads how far the signer's clock may be ahead; <see langword="null"/> where that was not given.</summary>
    /// <exception cref="UsageException">It is not a number of seconds, or out of range.</exception>
    public static TimeSpan? ReadClockTolerance(ParseResult result, Option<string?> option) =>
        result.GetValue(option) is { } text ? UsageException.Parse(option.Name, text, ParseSeconds) : null;

    private static TimeSpan ParseSeconds(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= TrustSettings.MaxClockTolerance
            ? TimeSpan.FromSeconds(seconds)
            : throw new InvalidInputException($"{Quoted.Text(text)} is not a number of seconds from 0 to {TrustSettings.MaxClockTolerance}");

    /// <summary>Reads the certificates of all files that an option names.</summary>
    public static IReadOnlyList<X509Certificate2> ReadCertificates(ParseResult result, RepeatedOption option) =>
        [.. RepeatedValues.Of(result, option).SelectMany(InputFile.ReadCertificates)];

    /// <summary>Refuses options that have no meaning for an artifact in that place.</summary>
    /// <exception cref="UsageException">One of them was given.</exception>
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

    /// <summary>Reads the value of an option; <see langword="null"/> where it was not given.</summary>
    /// <exception cref="UsageException">The value is not valid.</exception>
    public static T? Parse<T>(ParseResult result, Option<string?> option, Func<string, T> parse)
        where T : class => result.GetValue(option) is { } text ? UsageException.Parse(option.Name, text, parse) : null;
}

/// <summary><c>--user-metadata KEY=VALUE</c>: metadata that is signed along with an artifact, and that a verifier requires.</summary>
internal static class UserMetadata
{
    private const string Name = "--user-metadata";

    public static RepeatedOption Option(string description) => new(Name) { Description = description, HelpName = "key=value" };

    /// <summary>Reads the values.</summary>
    /// <exception cref="UsageException">One has no <c>=</c> or no key, or a key is there twice.</exception>
    public static IReadOnlyDictionary<string, string> Read(ParseResult result, RepeatedOption option)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in RepeatedValues.Of(result, option))
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new UsageException($"{Name}: {Quoted.Text(text)} is not a key with a value: expected KEY=VALUE");
            if (!metadata.TryAdd(text[..equals], text[(equals + 1)..]))
                throw new UsageException($"{Name}: the key {Quoted.Text(text[..equals])} is given twice: expected it once");
        }

        return metadata;
    }

    /// <summary>Makes sure that a signer may use these keys.</summary>
    /// <exception cref="UsageException">A key is reserved.</exception>
    public static IReadOnlyDictionary<string, string> RequireSignable(IReadOnlyDictionary<string, string> metadata) =>
        metadata.Keys.Select(NotaryPayload.CheckAnnotation).FirstOrDefault(failure => failure is not null) is { } failure
            ? throw new UsageException($"{Name}: {failure}")
            : metadata;
}

/// <summary>The option for other limits than the defaults of a verification (docs/verification.md, "What a verification may take").</summary>
internal static class BudgetOption
{
    private const int Mebibyte = 1024 * 1024;
    private const int Max = 1024 * 1024;

    private static readonly string[] Names = ["signatures", "mebibytes", "seconds"];

    public static RepeatedOption Create() =>
        new("--limit")
        {
            Description =
                "Change a limit of the verification [default: signatures=1024, mebibytes=32, seconds=30]; may be given several times; "
                + "in a layout or a registry",
            HelpName = "limit=number",
        };

    /// <summary>Reads the limits.</summary>
    /// <exception cref="UsageException">One is not known, or not a number from 1 to 1048576.</exception>
    public static VerificationBudget Read(ParseResult result, RepeatedOption option)
    {
        var budget = VerificationBudget.Default;
        foreach (var text in RepeatedValues.Of(result, option))
            budget = UsageException.Parse("--limit", text, one => With(budget, one));
        return budget;
    }

    private static VerificationBudget With(VerificationBudget budget, string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (
            equals < 0
            || !int.TryParse(text.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number is < 1 or > Max
        )
            throw Invalid(text);
        return text[..equals] switch
        {
            "signatures" => budget with { Signatures = number },
            "mebibytes" => budget with { Bytes = (long)number * Mebibyte },
            "seconds" => budget with { Time = TimeSpan.FromSeconds(number) },
            _ => throw Invalid(text),
        };
    }

    private static InvalidInputException Invalid(string text) =>
        new(
            $"{Quoted.Text(text)} is not a limit: expected signatures=, mebibytes= or seconds= and a number from 1 to "
                + $"{Max}{NearestName.Suggest(text.Split('=')[0], Names)}"
        );
}
