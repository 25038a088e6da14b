using System.Security.Cryptography.X509Certificates;
using Nv2.Plugin.Files;
using Nv2.Signing.Json;

namespace Nv2.Plugin.Hosts;

/// <summary><c>pluginConfig</c> of a request: settings by name, each a string. What has no meaning here is ignored.</summary>
internal sealed class PluginConfig
{
    private const string CertificateName = "certificate";
    private const int MaxEntries = 256;

    private readonly Dictionary<string, JsonNode> entries = new(StringComparer.Ordinal);

    private PluginConfig()
    {
    }

    /// <summary>The setting of that name, or <see langword="null"/>.</summary>
    public JsonNode? this[string name] => entries.TryGetValue(name, out var value) ? value : null;

    /// <summary>Reads the settings of a request; there are none where it has no <c>pluginConfig</c>.</summary>
    /// <exception cref="Nv2.Signing.InvalidInputException">It is not an object of at most 256 strings.</exception>
    public static PluginConfig Read(JsonNode request)
    {
        var config = new PluginConfig();
        if (request.Optional("pluginConfig") is not { } property)
            return config;

        foreach (var (name, value) in property.Properties())
        {
            if (config.entries.Count == MaxEntries)
                throw property.Invalid($"has more than {MaxEntries} properties");

            _ = value.Text();
            config.entries.Add(name, value);
        }

        return config;
    }

    /// <summary>The certificates that belong to the key: what is in the file that <c>certificate</c> names, or <see langword="null"/> where nothing is named.</summary>
    public IReadOnlyList<X509Certificate2>? ReadCertificates() =>
        this[CertificateName] is { } fileName ? RequestFile.Read(fileName, InputFile.ReadCertificates) : null;
}
