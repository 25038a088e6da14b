using Nv2.Plugin.Files;
using Nv2.Signing.Json;

namespace Nv2.Plugin.Hosts;

/// <summary>Files and folders that a request names.</summary>
internal static class RequestFile
{
    /// <summary>What <paramref name="read"/> makes of the file or folder that the property names.</summary>
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
            throw new ProtocolException(ErrorCodes.AccessDenied, $"the request: {fileName.Path}: {exception.Message}", ("path", fileName.Path));
        }
    }
}
