using System.Security.Cryptography.X509Certificates;
using Nv2.Plugin.KeySources;
using Nv2.Signing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Json;
using Nv2.Signing.Keys;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Contracts.Notation;

/// <summary>
/// The key that a request names, of a key spec of the contract, with its algorithm (signature-specification.md, "Signature Algorithm Requirements").
/// </summary>
internal sealed class RequestedKey : IDisposable
{
    private const string CertificatePath = PluginConfig.CertificatePath;

    private readonly OpenedKey opened;

    private RequestedKey(string id, OpenedKey opened, SigningAlgorithm algorithm)
    {
        Id = id;
        this.opened = opened;
        Algorithm = algorithm;
    }

    /// <summary><c>keyId</c> as in the request: a reference to a key.</summary>
    public string Id { get; }

    public SigningKey Key => opened.Key;

    /// <summary>A warning about the key, or <see langword="null"/>.</summary>
    public string? Warning => opened.Warning;

    public SigningAlgorithm Algorithm { get; }

    /// <summary>The hash function as the contract names it: <c>SHA-256</c>.</summary>
    public string HashName => Algorithm.Hash.Name!.Insert("SHA".Length, "-"); // SHA256 becomes SHA-256.

    /// <summary>The algorithm as the contract names it: <c>RSASSA-PSS-SHA-256</c>.</summary>
    public string AlgorithmName => $"{(Algorithm.Kind == KeyKind.Rsa ? "RSASSA-PSS" : "ECDSA")}-{HashName}";

    /// <summary>Reads the key.</summary>
    /// <exception cref="InvalidInputException">It is missing, or the contract does not support it.</exception>
    /// <exception cref="ProtocolException">It may not be read.</exception>
    public static RequestedKey Read(JsonNode request, PluginConfig config)
    {
        var id = request.Required("keyId");
        var key = config.OpenKey(id);
        if (key.Key.Spec.NotaryAlgorithm is { } algorithm)
        {
            if (key.Key.Algorithms.Contains(algorithm))
                return new(id.Text(), key, algorithm);
            key.Dispose();
            throw id.Invalid($"is a key that can sign only with {Alternatives.Of(key.Key.Algorithms)}: expected {algorithm}");
        }

        var spec = key.Key.Spec;
        key.Dispose();
        throw id.Invalid($"is a key that is {spec}: expected RSA-2048, RSA-3072, RSA-4096, EC-256, EC-384 or EC-521");
    }

    /// <summary>The key's certificates: the key's own first, up to the root.</summary>
    /// <exception cref="InvalidInputException">
    /// They are missing; the first is not the key's; the chain is incomplete or out of order; a certificate is not valid now; or the Notary Project's
    /// requirements are not met.
    /// </exception>
    public IReadOnlyList<X509Certificate2> ReadChain(TimeProvider clock)
    {
        var chain = opened.Certificates is { Count: > 0 } certificates
            ? certificates
            : throw new InvalidInputException(
                $"{HostCall.RequestName} has no {CertificatePath}: " + "expected a file with the key's certificate chain, up to the root"
            )
            {
                Path = CertificatePath,
            };
        var certificate = chain[0];
        if (!Key.BelongsTo(certificate))
        {
            var name = DistinguishedName.BriefOf(certificate);
            throw PluginConfig.InvalidCertificate(
                $"the key ({Key.Spec}) does not belong to the certificate {name}: expected the key's certificate first"
            );
        }

        return CertificateRequirements.CheckChain(chain, clock.GetUtcNow()) is { } failure ? throw PluginConfig.InvalidCertificate(failure) : chain;
    }

    public void Dispose() => opened.Dispose();
}
