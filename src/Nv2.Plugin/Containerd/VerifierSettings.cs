using Nv2.Plugin.Transfer;
using Nv2.Signing;
using Nv2.Signing.Files;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Containerd;

/// <summary>
/// The settings of the image verifier. containerd passes neither credentials nor the way to reach its registries, and there may be no home folder. So
/// the settings come only from a file of the machine.
/// </summary>
/// <param name="TrustHome">The folder with the trust policy.</param>
/// <param name="Timeout">How long a decision may take.</param>
/// <param name="Signatures">Where signatures come from.</param>
internal sealed record VerifierSettings(string TrustHome, TimeSpan Timeout, SignatureSource Signatures)
{
    /// <summary>The environment variable that names another file.</summary>
    public const string Variable = "NV2_VERIFIER_CONFIG";

    /// <summary>The file, unless the variable names another one.</summary>
    public const string DefaultFile = "/etc/nv2/verifier.json";

    /// <summary>
    /// How long a decision may take if the settings do not say it or cannot be read: less than the ten seconds that containerd waits.
    /// </summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(8);

    private const string DefaultTrustHome = "/etc/nv2";
    private const string Version = "1.0";
    private const int MaxBytes = 1024 * 1024;
    private const int MaxTimeoutSeconds = 3600;

    private static readonly string[] Kinds = ["layout", "folder", "transfer"];
    private static readonly string[] ForTransfer = ["plainHttp", "home", "programs"];

    /// <summary>Reads the settings of the machine.</summary>
    /// <exception cref="InvalidInputException">They are missing, not valid, or can be changed by users other than their owner.</exception>
    public static VerifierSettings Read()
    {
        var file = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : DefaultFile;
        if (FileModes.IsWritableByOthers(file))
            throw new InvalidInputException(
                $"the settings {Quoted.Text(file)} can be changed by users other than their owner: expected no write permission for others "
                    + "(chmod go-w)"
            );
        try
        {
            TrustedPath.RequireFile(file);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"cannot read the settings {Quoted.Text(file)}: {exception.Message}", exception);
        }

        return Parse(BoundedFile.Read(file, MaxBytes, "the settings"), $"the settings {Quoted.Text(file)}");
    }

    /// <summary>Parses settings. An unknown setting is refused, because a misspelled one would have no effect.</summary>
    /// <exception cref="InvalidInputException">They are not what they must be.</exception>
    public static VerifierSettings Parse(ReadOnlySpan<byte> json, string what)
    {
        var settings = StrictJson.Parse(json, what);
        RequireKnown(settings, "version", "trustHome", "timeoutSeconds", "signatures");
        var version = settings.Required("version");
        if (version.Text() != Version)
            throw version.Invalid($"is {Quoted.Text(version.Text())}: expected {Version}");
        return new VerifierSettings(
            settings.Optional("trustHome") is { } home ? AbsolutePath(home) : DefaultTrustHome,
            settings.Optional("timeoutSeconds") is { } timeout ? TimeSpan.FromSeconds(timeout.WholeNumber(1, MaxTimeoutSeconds)) : DefaultTimeout,
            ReadSource(settings.Required("signatures"))
        );
    }

    private static SignatureSource ReadSource(JsonNode source)
    {
        RequireKnown(source, [.. Kinds, .. ForTransfer]);
        var kinds = Kinds.Where(kind => source.Optional(kind) is not null).ToList();
        if (kinds.Count != 1)
            throw source.Invalid($"has {(kinds.Count == 0 ? "none" : "several")} of layout, folder and transfer: expected exactly one");
        if (kinds[0] == "transfer")
            return new SignatureSource.Registry(
                source.Required("transfer").Value(TransferTools.RequireName),
                source.Optional("plainHttp")?.Boolean() ?? false,
                source.Optional("home") is { } home ? AbsolutePath(home) : null,
                source.Optional("programs") is { } programs ? OneFolder(programs) : null
            );
        foreach (var stray in ForTransfer)
        {
            if (source.Optional(stray) is { } other)
                throw other.Invalid("requires the setting transfer");
        }

        var path = AbsolutePath(source.Required(kinds[0]));
        return kinds[0] == "layout" ? new SignatureSource.Layout(path) : new SignatureSource.Folder(path);
    }

    private static void RequireKnown(JsonNode node, params string[] names)
    {
        foreach (var (name, value) in node.Properties())
        {
            if (!names.Contains(name))
                throw value.Invalid($"is unknown: expected {Alternatives.Of(names)}");
        }
    }

    // The value becomes the PATH, so it must be one folder.
    private static string OneFolder(JsonNode folder) =>
        folder.Text().Contains(Path.PathSeparator)
            ? throw folder.Invalid($"is {Quoted.Text(folder.Text())}: expected one folder, without {Path.PathSeparator}")
            : AbsolutePath(folder);

    private static string AbsolutePath(JsonNode path) =>
        Path.IsPathFullyQualified(path.NonEmptyText())
            ? path.Text()
            : throw path.Invalid($"is {Quoted.Text(path.Text())}: expected an absolute path");
}
