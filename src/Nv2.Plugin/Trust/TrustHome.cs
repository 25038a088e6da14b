using Nv2.Plugin.Files;
using Nv2.Plugin.Platform;
using Nv2.Signing;
using Nv2.Signing.Trust.Policy;
using Nv2.Signing.Trust.Revocation;

namespace Nv2.Plugin.Trust;

/// <summary>
/// The folder where a user's trust is written down, laid out as the Notary Project has it, so that it can be notation's own: <c>trustpolicy.oci.json</c> or
/// <c>trustpolicy.json</c>, <c>truststore/</c>; and what is nv2's own beside it: <c>nv2.json</c>, <c>crls/</c>.
/// </summary>
internal sealed class TrustHome
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "NV2_HOME";

    /// <summary>The name of the file with nv2's own settings.</summary>
    public const string SettingsFileName = "nv2.json";

    /// <summary>Why there is no trust home, where nothing says where it is.</summary>
    public const string Nowhere = "nothing says where the trust policy is: expected --trust-home, or one of the environment variables NV2_HOME, XDG_CONFIG_HOME and HOME";

    private const string ConfigVariable = "XDG_CONFIG_HOME";
    private const string HomeVariable = "HOME";

    // The first that is there counts, as it does for notation.
    private static readonly string[] PolicyFileNames = ["trustpolicy.oci.json", "trustpolicy.json"];

    /// <exception cref="InvalidInputException">The name is empty.</exception>
    public TrustHome(string folder)
    {
        if (folder.Length == 0)
            throw new InvalidInputException("the name of the folder with the trust policy is empty");
        Folder = Path.GetFullPath(folder);
        Store = new TrustStore(Path.Combine(Folder, "truststore"));
    }

    /// <summary>The folder, which need not be there.</summary>
    public string Folder { get; }

    /// <summary>The trust store in it.</summary>
    public TrustStore Store { get; }

    /// <summary>The file with nv2's own settings, which need not be there.</summary>
    public string SettingsFile => Path.Combine(Folder, SettingsFileName);

    /// <summary>The file with the policy: the one that is there, or the one that a new policy is written to.</summary>
    public string PolicyFile => PolicyFileNames.Select(name => Path.Combine(Folder, name)).FirstOrDefault(IsThere) ?? Path.Combine(Folder, PolicyFileNames[^1]);

    /// <summary>The folder with revocation lists, which need not be there.</summary>
    public string CrlFolder => Path.Combine(Folder, "crls");

    /// <summary>The folder that is named, else <c>$NV2_HOME</c>, else <c>nv2</c> in <c>$XDG_CONFIG_HOME</c> or in <c>~/.config</c>.</summary>
    /// <returns><see langword="null"/> where none of them says where.</returns>
    public static TrustHome? Find(string? folder)
    {
        var config = TrueEnvironmentVariable(ConfigVariable) ?? (TrueEnvironmentVariable(HomeVariable) is { } home ? Path.Combine(home, ".config") : null);
        return (folder ?? TrueEnvironmentVariable(Variable) ?? (config is null ? null : Path.Combine(config, "nv2"))) is { } place ? new TrustHome(place) : null;
    }

    /// <summary>Reads the policy; <see langword="null"/> where there is none.</summary>
    /// <exception cref="InvalidInputException">It is a symbolic link, or breaks a rule of the specification.</exception>
    public TrustPolicy? ReadPolicy() => Read(PolicyFile, TrustPolicy.MaxBytes, "the trust policy") is { } json ? TrustPolicy.Parse(json, $"the trust policy {Quoted.Text(PolicyFile)}") : null;

    /// <summary>Reads nv2's own settings; the defaults where there is no file.</summary>
    /// <exception cref="InvalidInputException">The file is a symbolic link, or something in it is not what it must be.</exception>
    public TrustSettings ReadSettings() =>
        Read(SettingsFile, TrustSettings.MaxBytes, "the settings") is { } json ? TrustSettings.Parse(json, $"the settings {Quoted.Text(SettingsFile)}") : TrustSettings.Default;

    /// <summary>Reads a file of this folder; <see langword="null"/> where it is not there.</summary>
    public static byte[]? Read(string file, int maxBytes, string what)
    {
        if (!IsThere(file))
            return null;
        return new FileInfo(file).LinkTarget is null
            ? InputFile.Read(file, maxBytes, what)
            : throw new InvalidInputException($"cannot read {what} {Quoted.Text(file)}: it is a symbolic link, which is not allowed");
    }

    /// <summary>Reads the revocation lists; none where there is no folder of them.</summary>
    /// <exception cref="InvalidInputException">One of them is damaged, or something else than a folder is in its place.</exception>
    public IReadOnlyList<RevocationList> ReadRevocationLists()
    {
        if (!IsThere(CrlFolder))
            return [];
        var lists = Files.CrlFolder.Read(CrlFolder);
        return lists.Complaint is null ? lists.Lists : throw new InvalidInputException($"cannot read the revocation lists {Quoted.Text(CrlFolder)}: {lists.Complaint}");
    }

    // A link that leads nowhere is there too, and refused where it is read.
    private static bool IsThere(string file) => Path.Exists(file) || new FileInfo(file).LinkTarget is not null;

    // An empty variable is the same as none (XDG Base Directory Specification).
    private static string? TrueEnvironmentVariable(string name) => OpenSslEnvironment.Before.Find(name) is { Length: > 0 } value ? value : null;
}
