using Nv2.Signing;
using Nv2.Signing.Json;
using Nv2.Signing.Signing;

namespace Nv2.Plugin.Contracts;

/// <summary>What requests to sign have in common under every contract.</summary>
internal static class RequestToSign
{
    private const string ExpiryName = "expiryDurationInSeconds";

    /// <summary>The longest time of validity in seconds: a thousand years of 365 days.</summary>
    private const long MaxExpirySeconds = 31_536_000_000;

    /// <summary>How long the signature is valid: <c>expiryDurationInSeconds</c>, or <see langword="null"/> for one without an end.</summary>
    /// <exception cref="InvalidInputException">It is no whole number of seconds from 1 to a thousand years.</exception>
    public static TimeSpan? ReadExpiry(JsonNode request) =>
        request.Optional(ExpiryName) is { } expiry ? TimeSpan.FromSeconds(expiry.WholeNumber(1, MaxExpirySeconds)) : null;

    /// <summary>Signs; a refusal has the path of what stands in the way.</summary>
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
