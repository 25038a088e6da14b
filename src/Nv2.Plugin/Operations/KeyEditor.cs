using System.Text.Json.Nodes;
using Nv2.Plugin.KeySources;
using Nv2.Signing;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Operations;

/// <summary>Changes <c>signingkeys.json</c>. Entries by hand or by notation keep their order, and unknown members are kept.</summary>
internal static class KeyEditor
{
    /// <summary>Gives a key a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="reference">Where the key is.</param>
    /// <param name="certificate">The file of its certificates, or <see langword="null"/>.</param>
    /// <param name="passphraseFrom">The source of its passphrase, or <see langword="null"/>.</param>
    /// <param name="isDefault">Whether it is the default key.</param>
    /// <exception cref="InvalidInputException">The name is taken, or the reference is not valid.</exception>
    public static void Add(string name, string reference, string? certificate, string? passphraseFrom, bool isDefault)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAny('/', ':', '#'))
            throw new InvalidInputException($"{Quoted.Text(name)} is not a valid name for a key: expected a name without /, : and #");
        var key = new JsonObject { [NamedKeys.Name] = name };
        switch (KeyReference.Parse(reference))
        {
            case KeyReference.File { Choice: null } file:
                key[NamedKeys.KeyPath] = Path.GetFullPath(file.Path);
                break;
            case KeyReference.File file:
                key[NamedKeys.Reference] = $"{Path.GetFullPath(file.Path)}#{file.Choice}";
                break;
            case KeyReference.Plugin plugin:
                key[NamedKeys.Id] = plugin.Id;
                key[NamedKeys.PluginName] = plugin.Name;
                if (plugin.Config.Count > 0)
                    key[NamedKeys.PluginConfig] = new JsonObject(
                        plugin.Config.Select(setting => KeyValuePair.Create(setting.Key, (JsonNode?)setting.Value))
                    );
                break;
            default:
                key[NamedKeys.Reference] = reference;
                break;
        }

        if (certificate is not null)
            key[NamedKeys.CertPath] = Path.GetFullPath(certificate);
        if (passphraseFrom is not null)
        {
            _ = PassphraseSource.Parse(passphraseFrom);
            key[NamedKeys.PassphraseFrom] = passphraseFrom;
        }

        Change(json =>
        {
            if (Find(json, name) is not null)
                throw new InvalidInputException($"there is already a key {Quoted.Text(name)}: remove the name with nv2 key remove {name}");
            Keys(json).Add(key.DeepClone()); // Cloned, because the change is applied twice: first as a trial.
            if (isDefault)
                json[NamedKeys.Default] = name;
        });
    }

    /// <summary>Removes the name of a key. The key itself is not deleted.</summary>
    /// <exception cref="InvalidInputException">There is no such name.</exception>
    public static void Remove(string name) =>
        Change(json =>
        {
            Keys(json).Remove(Find(json, name) ?? throw Missing(name));
            if (json[NamedKeys.Default]?.GetValue<string>() == name)
                json.Remove(NamedKeys.Default);
        });

    /// <summary>Makes a key the default.</summary>
    /// <exception cref="InvalidInputException">There is no such name.</exception>
    public static void SetDefault(string name) =>
        Change(json =>
        {
            _ = Find(json, name) ?? throw Missing(name);
            json[NamedKeys.Default] = name;
        });

    private static void Change(Action<JsonObject> change)
    {
        var path =
            NamedKeys.FilePath
            ?? throw new InvalidInputException(
                $"the location of {NamedKeys.FileName} is unknown: expected one of the environment variables NV2_HOME, XDG_CONFIG_HOME and HOME"
            );
        JsonFile.Change(path, NamedKeys.ReadFile, change, json => NamedKeys.Parse(json));
    }

    private static JsonArray Keys(JsonObject json)
    {
        if (json[NamedKeys.Keys] is not JsonArray keys)
            json[NamedKeys.Keys] = keys = [];
        return keys;
    }

    // Not null: NamedKeys has read the file.
    private static JsonNode? Find(JsonObject json, string name) => Keys(json).FirstOrDefault(key => key![NamedKeys.Name]!.GetValue<string>() == name);

    private static InvalidInputException Missing(string name) => new($"there is no key {Quoted.Text(name)}: list the named keys with nv2 key list");
}
