using System.Security.Cryptography.X509Certificates;
using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;

namespace Nv2.Plugin.Protocol;

/// <summary>Properties that more than one request has.</summary>
internal static class RequestProperties
{
    private const int MaxPluginConfigEntries = 256;

    /// <summary>The artifact: <c>subject</c>, a descriptor, or <c>manifest</c>, the manifest's bytes in base64; exactly one of the two.</summary>
    public static Descriptor ReadSubject(JsonNode request)
    {
        var subject = request.Optional("subject");
        var manifest = request.Optional("manifest");
        return (subject, manifest) switch
        {
            ({ } descriptor, null) => Descriptor.Read(descriptor),
            (null, { } content) => Describe(content),
            (null, null) => throw new InvalidInputException("the request has neither $.subject nor $.manifest: expected one of the two") { Path = "$.subject" },
            _ => throw manifest!.Value.Invalid("stands beside $.subject: expected one of the two"), // Both are there.
        };
    }

    /// <summary>What <paramref name="read"/> makes of the file that the property names.</summary>
    /// <exception cref="ProtocolException">The file may not be read.</exception>
    public static T ReadFile<T>(JsonNode fileName, Func<string, T> read)
    {
        _ = fileName.NonEmptyText();
        try
        {
            return fileName.Value(read);
        }
        catch (AccessDeniedException exception)
        {
            throw new ProtocolException(ErrorCodes.AccessDenied, $"the request: {fileName.Path}: {exception.Message}", ("path", fileName.Path));
        }
    }

    /// <summary>The certificates that belong to the key: the file that <c>certificate</c> in <c>pluginConfig</c> names, or none.</summary>
    public static IReadOnlyList<X509Certificate2> ReadCertificates(JsonNode request)
    {
        if (request.Optional("pluginConfig") is not { } config)
            return [];

        IReadOnlyList<X509Certificate2> certificates = [];
        var count = 0;
        foreach (var (name, value) in config.Properties())
        {
            if (++count > MaxPluginConfigEntries)
                throw config.Invalid($"has more than {MaxPluginConfigEntries} properties");

            _ = value.Text();
            if (name == "certificate")
                certificates = ReadFile(value, InputFile.ReadCertificates);
        }

        return certificates;
    }

    private static Descriptor Describe(JsonNode manifest)
    {
        var content = manifest.Base64(Manifest.MaxBytes);
        try
        {
            return Manifest.Describe(new MemoryStream(content), mediaType: null);
        }
        catch (InvalidInputException exception)
        {
            throw manifest.Invalid($"cannot be used: {exception.Message}", exception);
        }
    }
}
