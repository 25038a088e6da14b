using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Files;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Plugin.KeySources;

/// <summary>A key that has a name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Reference">Where it is.</param>
/// <param name="CertificatePath">The file of its certificates, or <see langword="null"/>.</param>
/// <param name="PassphraseFrom">The source of its passphrase, or <see langword="null"/>.</param>
internal sealed record NamedKey(string Name, string Reference, string? CertificatePath, string? PassphraseFrom);

/// <summary>
/// The user's keys by name, in <c>signingkeys.json</c> of the home folder: the schema of notation's file of that name, with two additional members,
/// <c>reference</c> and <c>passphraseFrom</c>.
/// </summary>
internal static class NamedKeys
{
    public const string FileName = "signingkeys.json";

    /// <summary>The members, in notation's spelling.</summary>
    public const string Keys = "keys";
    public const string Default = "default";
    public const string Name = "name";
    public const string KeyPath = "keyPath";
    public const string CertPath = "certPath";
    public const string PluginName = "pluginName";
    public const string Id = "id";
    public const string PluginConfig = "pluginConfig";
    public const string Reference = "reference";
    public const string PassphraseFrom = "passphraseFrom";

    private const int MaxBytes = 1024 * 1024;
    private const int MaxKeys = 1024;

    /// <summary>The path of the file, which need not exist; <see langword="null"/> if the home folder is unknown.</summary>
    public static string? FilePath => HomeFolders.FindOwn() is { } home ? Path.Combine(home, FileName) : null;

    /// <summary>The key of that name, or <see langword="null"/>.</summary>
    /// <exception cref="InvalidInputException">The file is not valid.</exception>
    public static NamedKey? Find(string name) => Read().Keys.Find(key => key.Name == name);

    /// <summary>All keys, and the name of the default key.</summary>
    /// <exception cref="InvalidInputException">The file is not valid.</exception>
    public static (List<NamedKey> Keys, string? Default) Read() =>
        FilePath is { } path && ReadFile(path) is { } content ? Parse(content) : ([], null);

    /// <summary>The content of the file, or <see langword="null"/> if it does not exist. It can name commands to run, so other users must not be able
    /// to change it.</summary>
    public static byte[]? ReadFile(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            TrustedPath.RequireFile(path);
        }
        catch (InvalidInputException exception)
        {
            throw FileErrors.Explain("use the names of keys in", path, exception);
        }

        return BoundedFile.ReadRegular(path, MaxBytes, "the names of keys");
    }

    /// <summary>Reads the content of the file. Unknown members are ignored.</summary>
    /// <exception cref="InvalidInputException">It is not valid.</exception>
    public static (List<NamedKey> Keys, string? Default) Parse(byte[] content)
    {
        var json = StrictJson.Parse(content, FileName);
        var keys = json.OptionalOrNull(Keys)?.Array(MaxKeys).ConvertAll(ReadKey) ?? [];
        if (keys.GroupBy(key => key.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw json.Required(Keys).Invalid($"has the name {Quoted.Text(twice.Key)} twice: expected each name once");
        var chosen = json.OptionalOrNull(Default)?.Text();
        return chosen is not { Length: > 0 } || keys.Exists(key => key.Name == chosen)
            ? (keys, chosen is { Length: > 0 } ? chosen : null)
            : throw json.Required(Default).Invalid($"is {Quoted.Text(chosen)}, which is not the name of a key");
    }

    private static NamedKey ReadKey(JsonNode key)
    {
        var name = key.Required(Name).NonEmptyText();
        var reference = (key.OptionalOrNull(Reference), key.OptionalOrNull(KeyPath), key.OptionalOrNull(PluginName)) switch
        {
            ({ } one, null, null) => one.NonEmptyText(),
            (null, { } file, null) => file.NonEmptyText(),
            (null, null, { } plugin) => PluginReference(key, plugin.Value(KeyReference.Plugin.RequireName)),
            _ => throw key.Invalid($"must have exactly one of {Reference}, {KeyPath} and {PluginName}"),
        };
        return new(name, reference, key.OptionalOrNull(CertPath)?.NonEmptyText(), key.OptionalOrNull(PassphraseFrom)?.NonEmptyText());
    }

    private static string PluginReference(JsonNode key, string plugin)
    {
        var query = new List<string> { $"id={Uri.EscapeDataString(key.Required(Id).NonEmptyText())}" };
        foreach (var (name, value) in key.OptionalOrNull(PluginConfig)?.Properties() ?? [])
            query.Add($"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value.Text())}");
        return $"{KeyReference.Plugin.Scheme}{plugin}?{string.Join('&', query)}";
    }
}
