using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Nv2.Signing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Keys;

namespace Nv2.Plugin.KeySources;

/// <summary>A key on a PKCS#11 token, whose module runs in its own process.</summary>
internal sealed class TokenKey : SigningKey
{
    private readonly TokenSession session;
    private readonly KeyRequest request;
    private readonly IReadOnlyList<SigningAlgorithm> algorithms;

    private TokenKey(TokenSession session, KeyRequest request, IReadOnlyList<X509Certificate2> chain, byte[] publicKey)
        : base(VerificationKey.Parse(publicKey), publicKey)
    {
        this.session = session;
        this.request = request;
        var kind = Spec.Kind;
        algorithms = [.. session.Key.Algorithms.Select(SigningAlgorithm.Find).OfType<SigningAlgorithm>().Where(algorithm => algorithm.Kind == kind)];
        Place = session.Key.Place;
        Certificates = chain;
    }

    /// <summary>The algorithms that the token's mechanisms support.</summary>
    public override IReadOnlyList<SigningAlgorithm> Algorithms => algorithms;

    /// <summary>Its location.</summary>
    public string Place { get; }

    /// <summary>Finds the key, and logs in if the key requires it. In a stream, a request uses the session of an earlier one.</summary>
    /// <exception cref="InvalidInputException">There is no such module, token or key, or the PIN is wrong, or the module does not answer.</exception>
    public static TokenKey Open(Pkcs11Uri uri, KeyRequest request)
    {
        var session = TokenSessions.Kept is { } kept ? kept.Take(uri, request) : TokenSession.Begin(uri, request);
        try
        {
            return Open(session, request);
        }
        catch
        {
            session.Release();
            throw;
        }
    }

    private static TokenKey Open(TokenSession session, KeyRequest request)
    {
        var description = session.Key;
        var onToken = description.Certificates.Select(der => TryParse(der, request.Log)).OfType<X509Certificate2>().ToList();
        var publicKey =
            description.PublicKey is { Length: > 0 } known ? known
            : (
                onToken is [var first, ..] ? first
                : request.Certificates is [var given, ..] ? given
                : null
            )
                is { } certificate
                ? SubjectPublicKey.Of(certificate)
            : throw new InvalidInputException(
                $"{description.Place}: the token has no readable public key: expected the certificate of the key in a file"
            );
        var leaf = onToken.Find(one => SubjectPublicKey.Of(one).AsSpan().SequenceEqual(publicKey));
        var key = new TokenKey(session, request, leaf is null ? [] : CertificateOrder.From(leaf, onToken), publicKey);
        request.Log.LogDebug("{Place}: {Spec}, {Algorithms}", key.Place, key.Spec, string.Join(", ", key.Algorithms));
        return key.Algorithms.Count > 0
            ? key
            : throw new InvalidInputException($"{key.Place}: the token has no mechanism to sign with a key of type {key.Spec}");
    }

    /// <summary>The tokens that a module offers, without a login.</summary>
    /// <exception cref="InvalidInputException">There is no such module, or it does not respond.</exception>
    public static IReadOnlyList<TokenDescription> List(string module, KeyRequest request)
    {
        using var process = new TokenProcess(module, request.Log);
        return TokenFrame.Unpack(
            process.Ask(TokenFrame.List, Encoding.UTF8.GetBytes(module), TokenFrame.Tokens, request),
            reader =>
            {
                var tokens = new List<TokenDescription>();
                for (var count = reader.ReadInt32(); count > 0; count--)
                {
                    tokens.Add(
                        new(
                            (nuint)reader.ReadUInt64(),
                            reader.ReadString(),
                            reader.ReadString(),
                            reader.ReadString(),
                            reader.ReadString(),
                            reader.ReadString(),
                            reader.ReadString(),
                            (TokenStates)reader.ReadUInt64()
                        )
                    );
                }

                return tokens;
            }
        );
    }

    protected override byte[] SignContent(ReadOnlySpan<byte> content, SigningAlgorithm algorithm) => session.Sign(content, algorithm, request);

    protected override void Dispose(bool disposing)
    {
        session.Release();
        base.Dispose(disposing);
    }

    // A token may have certificates that do not belong to the key.
    private static X509Certificate2? TryParse(byte[] der, ILogger log)
    {
        try
        {
            return CertificateFile.ParseDer(der);
        }
        catch (InvalidInputException exception)
        {
            log.LogDebug("a certificate on the token is skipped: {Message}", exception.Message);
            return null;
        }
    }
}
