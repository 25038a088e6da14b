using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Nv2.Plugin.Files;
using Nv2.Plugin.KeySources;
using Nv2.Signing;
using Nv2.Signing.Files;
using Nv2.Signing.Json;
using Nv2.Signing.Signing;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Contracts;

/// <summary><c>pluginConfig</c> of a request: settings by name, each a string. Unknown settings are ignored.</summary>
internal sealed class PluginConfig
{
    /// <summary>The property with the certificates.</summary>
    public const string CertificatePath = "$.pluginConfig." + CertificateName;

    private const string CertificateName = "certificate";
    private const string PassphraseName = "passphraseFrom";
    private const string TimeoutName = "keyTimeoutInSeconds";
    private const int MaxTimeoutSeconds = 3600;
    private const int MaxEntries = 256;

    private readonly Dictionary<string, JsonNode> entries = new(StringComparer.Ordinal);

    private PluginConfig() { }

    /// <summary>The setting of that name, or <see langword="null"/>.</summary>
    public JsonNode? this[string name] => entries.TryGetValue(name, out var value) ? value : null;

    /// <summary>Reads the settings of a request; none if it has no <c>pluginConfig</c>.</summary>
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

    /// <summary>Opens the key that a request names, with the certificates in the file that <c>certificate</c> names.</summary>
    /// <exception cref="InvalidInputException">There is no such key, or it cannot be used. The path is that of the property.</exception>
    /// <exception cref="ProtocolException">It may not be read.</exception>
    public OpenedKey OpenKey(JsonNode keyId)
    {
        _ = keyId.NonEmptyText();
        var certificates = ReadCertificates();
        var passphrase =
            this[PassphraseName]?.Value(text => PassphraseSource.Parse(text, mayPrompt: false))
            ?? PassphraseSource.Nothing($"$.pluginConfig.{PassphraseName}");
        var timeout = this[TimeoutName]?.Value(ParseTimeout) ?? KeyRequest.DefaultTimeout;
        return RequestFile.Read(keyId, text => SigningKeys.Open(new(text, passphrase) { Certificates = certificates, Timeout = timeout }));
    }

    private static TimeSpan ParseTimeout(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= MaxTimeoutSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new InvalidInputException($"{Quoted.Text(text)} is not a time: expected seconds, from 1 to {MaxTimeoutSeconds}");

    /// <summary>The certificates in the file that <c>certificate</c> names, or <see langword="null"/> if it is not set.</summary>
    public IReadOnlyList<X509Certificate2>? ReadCertificates() =>
        this[CertificateName] is { } fileName ? RequestFile.Read(fileName, InputFile.ReadCertificates) : null;

    /// <summary>An exception that says what is wrong with the certificates.</summary>
    public static InvalidInputException InvalidCertificate(string failure) =>
        new($"{HostCall.RequestName}: {CertificatePath}: {failure}") { Path = CertificatePath };
}

/// <summary>Files and folders that a request names.</summary>
internal static class RequestFile
{
    /// <summary>Reads the file or folder that the property names, with <paramref name="read"/>.</summary>
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

/// <summary>The common part of requests to sign, under every contract.</summary>
internal static class RequestToSign
{
    private const string ExpiryName = "expiryDurationInSeconds";

    /// <summary>The longest time of validity in seconds: a thousand years of 365 days.</summary>
    private const long MaxExpirySeconds = 31_536_000_000;

    /// <summary>How long the signature is valid: <c>expiryDurationInSeconds</c>, or <see langword="null"/> for no expiry.</summary>
    /// <exception cref="InvalidInputException">It is not a whole number of seconds from 1 to a thousand years.</exception>
    public static TimeSpan? ReadExpiry(JsonNode request) =>
        request.Optional(ExpiryName) is { } expiry ? TimeSpan.FromSeconds(expiry.WholeNumber(1, MaxExpirySeconds)) : null;

    /// <summary>Signs; a refusal has the path of the property that caused it.</summary>
    /// <exception cref="InvalidInputException">The signature would not be valid.</exception>
    public static byte[] Sign(SigningRequest request, TimeProvider clock)
    {
        try
        {
            return new Signer(clock).Sign(request);
        }
        catch (SigningRefusedException exception)
        {
            var path = exception.Input switch
            {
                SigningInput.Certificate => PluginConfig.CertificatePath,
                SigningInput.References => "$.references",
                SigningInput.Annotations => "$.annotations",
                _ => $"$.{ExpiryName}",
            };
            throw new InvalidInputException($"{HostCall.RequestName}: {path}: {exception.Message}", exception) { Path = path };
        }
    }
}
