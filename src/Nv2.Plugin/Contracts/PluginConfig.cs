using System.Security.Cryptography.X509Certificates;
using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Files;
using Nv2.Signing.Json;

namespace Nv2.Plugin.Contracts;

/// <summary><c>pluginConfig</c> of a request: settings by name, each a string. What has no meaning here is ignored.</summary>
internal sealed class PluginConfig
{
    /// <summary>Where a request names the certificates.</summary>
    public const string CertificatePath = "$.pluginConfig." + CertificateName;

    private const string CertificateName = "certificate";
    private const int MaxEntries = 256;

    private readonly Dictionary<string, JsonNode> entries = new(StringComparer.Ordinal);

    private PluginConfig()
    {
    }

    /// <summary>The setting of that name, or <see langword="null"/>.</summary>
    public JsonNode? this[string name] => entries.TryGetValue(name, out var value) ? value : null;

    /// <summary>Reads the settings of a request; there are none where it has no <c>pluginConfig</c>.</summary>
    /// <exception cref="InvalidInputException">It is not an object of at most 256 strings.</exception>
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

    /// <summary>The certificates in the file that <c>certificate</c> names, or <see langword="null"/> where it names none.</summary>
    public IReadOnlyList<X509Certificate2>? ReadCertificates() =>
        this[CertificateName] is { } fileName ? RequestFile.Read(fileName, InputFile.ReadCertificates) : null;

    /// <summary>An exception that says what is wrong with the certificates.</summary>
    public static InvalidInputException InvalidCertificate(string failure) =>
        new($"{HostCall.RequestName}: {CertificatePath}: {failure}") { Path = CertificatePath };
}

/// <summary>Files and folders that a request names.</summary>
internal static class RequestFile
{
    /// <summary>What <paramref name="read"/> makes of the file or folder that the property names.</summary>
    /// <exception cref="InvalidInputException">It is not what it must be. The path is that of the property.</exception>
    /// <exception cref="ProtocolException">It may not be read.</exception>
    public static T Read<T>(JsonNode fileName, Func<string, T> read)
    {
        _ = fileName.NonEmptyText();
        try
        {
            return fileName.Value(read);
        }
        catch (AccessDeniedException exception)
        {
            var message = $"{HostCall.RequestName}: {fileName.Path}: {exception.Message}";
            throw new ProtocolException(ErrorCodes.AccessDenied, message, fileName.Path, exception);
        }
    }
}
