using System.Formats.Asn1;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Nv2.Signing;
using Nv2.Signing.Keys;
using Nv2.Signing.Text;

namespace Nv2.Plugin.KeySources;

/// <summary>A key on a token: its public key in DER (empty if the token does not show it), its mechanisms, and the certificates on the token, the
/// key's own first.</summary>
internal sealed record TokenKeyDescription(byte[] PublicKey, string Place, IReadOnlyList<string> Algorithms, IReadOnlyList<byte[]> Certificates);

/// <summary>One key on one token, found by a URI. It logs in once, and only if the key requires it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Pkcs11Session : IDisposable
{
    private readonly Pkcs11Module module;
    private readonly TokenDescription token;
    private readonly Func<string, Secret> askPin;
    private readonly nuint session;
    private readonly nuint key;
    private readonly bool alwaysAuthenticates;
    private bool isLoggedIn;

    /// <summary>Finds the key.</summary>
    /// <param name="module">The module.</param>
    /// <param name="uri">Which key.</param>
    /// <param name="askPin">Gives the PIN, once; its argument is the text of the prompt.</param>
    /// <exception cref="InvalidInputException">There is no such token or key, or more than one, or the PIN is wrong.</exception>
    public Pkcs11Session(Pkcs11Module module, Pkcs11Uri uri, Func<string, Secret> askPin)
    {
        this.module = module;
        this.askPin = askPin;
        token = FindToken(module, uri);
        session = module.OpenSession(token.Slot);
        var label = uri["object"] is { } name ? Encoding.UTF8.GetBytes(name) : null;
        var keys = module.Find(session, Pkcs11Module.PrivateKeyClass, label, uri.Id);
        if (keys.Count == 0 && token.States.HasFlag(TokenStates.LoginRequired))
        {
            Login(Pkcs11Module.User);
            keys = module.Find(session, Pkcs11Module.PrivateKeyClass, label, uri.Id);
        }

        key = keys switch
        {
            [var one] => one,
            [] => throw Missing(),
            _ => throw new InvalidInputException(
                $"the token {Quoted.Text(token.Label)} has {keys.Count} private keys that match the URI: expected one, selected by "
                    + "object=… and id=…; "
                    + $"the keys are {Describe(keys)}"
            ),
        };
        if (token.States.HasFlag(TokenStates.LoginRequired) && !isLoggedIn)
            Login(Pkcs11Module.User); // It is visible without a login, but signing requires one.
        if (module.Attribute(session, key, Pkcs11Attribute.Sign) is [0])
            throw new InvalidInputException($"the key {Describe([key])} on the token {Quoted.Text(token.Label)} may not sign (CKA_SIGN is false)");
        alwaysAuthenticates = module.Attribute(session, key, Pkcs11Attribute.AlwaysAuthenticate) is [not 0];
        Key = ReadKey();
    }

    public TokenKeyDescription Key { get; }

    /// <summary>The token that a URI names.</summary>
    /// <exception cref="InvalidInputException">It does not exist, or there are several.</exception>
    private static TokenDescription FindToken(Pkcs11Module module, Pkcs11Uri uri)
    {
        var all = module.Slots().Select(module.Describe).ToList();
        var named = all.FindAll(token =>
            (uri.SlotId is null || uri.SlotId == token.Slot)
            && Fits("token", token.Label)
            && Fits("manufacturer", token.Manufacturer)
            && Fits("model", token.Model)
            && Fits("serial", token.Serial)
            && Fits("slot-description", token.SlotDescription)
            && Fits("slot-manufacturer", token.SlotManufacturer)
        );
        var token = named switch
        {
            [var one] => one,
            [] when all.Count == 0 => throw new InvalidInputException(
                $"the PKCS#11 module {Quoted.Text(uri.Module)} has no token: is it plugged in and initialized?"
            ),
            [] => throw new InvalidInputException(
                $"the PKCS#11 module {Quoted.Text(uri.Module)} has no token that matches the URI: it has {Describe(all)}"
            ),
            _ => throw new InvalidInputException(
                $"the URI matches {named.Count} tokens: expected one, selected by token=… and serial=…; the tokens are {Describe(named)}"
            ),
        };
        if (token.States.HasFlag(TokenStates.UserPinLocked))
            throw new InvalidInputException($"the token {Quoted.Text(token.Label)} is locked after too many wrong PINs: unlock it with its own tool");
        return token;

        bool Fits(string attribute, string value) => uri[attribute] is not { } wanted || wanted == value;
    }

    /// <summary>Signs.</summary>
    public byte[] Sign(SigningAlgorithm algorithm, ReadOnlySpan<byte> content)
    {
        var (raw, hashing, parameters) = MechanismsOf(algorithm);
        Action? authenticate = alwaysAuthenticates ? () => Login(Pkcs11Module.ContextSpecific) : null;
        if (!Mechanisms().Contains(raw))
            return module.Sign(session, key, hashing, parameters, content, authenticate);

        // The digest is computed here: the content may be large, and some tokens do not hash.
        var digest = CryptographicOperations.HashData(algorithm.Hash, content);
        var data = raw == RsaPkcs ? DigestInfo(algorithm, digest) : digest;
        return module.Sign(session, key, raw, parameters, data, authenticate);
    }

    public void Dispose()
    {
        if (isLoggedIn)
            module.Logout(session);
        module.CloseSession(session);
    }

    // Only one attempt: three wrong PINs lock many tokens for good.
    private void Login(nuint user)
    {
        var isLast = token.States.HasFlag(TokenStates.UserPinFinalTry);
        try
        {
            if (token.States.HasFlag(TokenStates.ProtectedAuthenticationPath))
            {
                module.Login(session, user, []);
            }
            else
            {
                using var pin = askPin($"the PIN of the token {Quoted.Text(token.Label)}{(isLast ? " (last attempt before it is locked)" : "")}");
                module.Login(session, user, pin.Bytes);
            }

            isLoggedIn = true;
        }
        catch (Pkcs11Error error) when (error.Code == Pkcs11Error.AlreadyLoggedIn)
        {
            isLoggedIn = false; // Another session of this process logged in, and will log out.
        }
        catch (Pkcs11Error error) when (error.Code is Pkcs11Error.PinIncorrect or Pkcs11Error.PinLengthRange or Pkcs11Error.PinLocked)
        {
            var now = module.Describe(token.Slot).States;
            var state = now switch
            {
                _ when now.HasFlag(TokenStates.UserPinLocked) || error.Code == Pkcs11Error.PinLocked =>
                    "; the token is now locked: unlock it with its own tool",
                _ when now.HasFlag(TokenStates.UserPinFinalTry) => "; it was tried once, and one more wrong PIN locks the token",
                _ when now.HasFlag(TokenStates.UserPinCountLow) => "; it was tried once, and few attempts are left",
                _ => "; it was tried once",
            };
            throw new PinRefusedException($"the token {Quoted.Text(token.Label)}: {error.Message}{state}", error);
        }
    }

    private TokenKeyDescription ReadKey()
    {
        var id = module.Attribute(session, key, Pkcs11Attribute.Id);
        var certificates = new List<byte[]>();
        foreach (var certificate in module.Find(session, Pkcs11Module.CertificateClass))
        {
            if (module.Attribute(session, certificate, Pkcs11Attribute.Value) is not { Length: > 0 } der)
                continue;
            var isOwn =
                id is { Length: > 0 } && module.Attribute(session, certificate, Pkcs11Attribute.Id) is { } its && its.AsSpan().SequenceEqual(id);
            certificates.Insert(isOwn ? 0 : certificates.Count, der);
        }

        var isRsa = Number(key, Pkcs11Attribute.KeyType) switch
        {
            0 => true,
            3 => false,
            var other => throw new InvalidInputException(
                $"the key {Describe([key])} on the token {Quoted.Text(token.Label)} is of type {other}: expected RSA or EC"
            ),
        };
        var algorithms = isRsa
            ?
            [
                SigningAlgorithm.RS256,
                SigningAlgorithm.RS384,
                SigningAlgorithm.RS512,
                SigningAlgorithm.PS256,
                SigningAlgorithm.PS384,
                SigningAlgorithm.PS512,
            ]
            : new[] { SigningAlgorithm.ES256, SigningAlgorithm.ES384, SigningAlgorithm.ES512 };
        var mechanisms = Mechanisms();
        var place = string.Create(
            CultureInfo.InvariantCulture,
            $"the token {Quoted.Text(token.Label)} ({token.Manufacturer} {token.Model}, serial number {token.Serial}) in slot {token.Slot}, "
                + $"key {Describe([key])}"
        );
        return new(
            FindPublicKey(id, isRsa) ?? [],
            place,
            [
                .. algorithms
                    .Where(one => MechanismsOf(one) is var (raw, hashing, _) && (mechanisms.Contains(raw) || mechanisms.Contains(hashing)))
                    .Select(one => one.Name),
            ],
            certificates
        );
    }

    // RSA private key objects have it too; for EC keys only the public object has it, if there is one.
    private byte[]? FindPublicKey(byte[]? id, bool isRsa)
    {
        IEnumerable<nuint> candidates = id is { Length: > 0 } ? [key, .. module.Find(session, Pkcs11Module.PublicKeyClass, id: id)] : [key];
        foreach (var candidate in candidates)
        {
            if (
                isRsa
                && Attribute(candidate, Pkcs11Attribute.Modulus) is { } modulus
                && Attribute(candidate, Pkcs11Attribute.PublicExponent) is { } exponent
            )
            {
                using var rsa = RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent });
                return rsa.ExportSubjectPublicKeyInfo();
            }

            if (
                !isRsa
                && Attribute(candidate, Pkcs11Attribute.EcPoint) is { } point
                && Attribute(candidate, Pkcs11Attribute.EcParameters) is { } parameters
            )
                return EncodePoint(parameters, point);
        }

        return null;

        byte[]? Attribute(nuint from, nuint type) => module.Attribute(session, from, type) is { Length: > 0 } value ? value : null;
    }

    // CKA_EC_PARAMS is DER of the curve's name, CKA_EC_POINT an OCTET STRING with the point (PKCS#11 2.40, section 2.3.3).
    private static byte[]? EncodePoint(byte[] parameters, byte[] point)
    {
        try
        {
            var oid = new AsnReader(parameters, AsnEncodingRules.DER).ReadObjectIdentifier();
            if (new AsnReader(point, AsnEncodingRules.DER).ReadOctetString() is not [4, .. var coordinates])
                return null;
            var width = coordinates.Length / 2;
            using var ecdsa = ECDsa.Create(
                new ECParameters
                {
                    Curve = ECCurve.CreateFromValue(oid),
                    Q = new ECPoint { X = coordinates[..width], Y = coordinates[width..] },
                }
            );
            return ecdsa.ExportSubjectPublicKeyInfo();
        }
        catch (Exception exception) when (exception is AsnContentException or CryptographicException or PlatformNotSupportedException)
        {
            throw new InvalidInputException("cannot read the public key on the token: expected P-256, P-384 or P-521", exception);
        }
    }

    // The mechanisms of the token, or fewer if the key allows fewer.
    private HashSet<nuint> Mechanisms()
    {
        var mechanisms = module.SigningMechanisms(token.Slot);
        if (module.Attribute(session, key, Pkcs11Attribute.AllowedMechanisms) is { Length: > 0 } allowed)
            mechanisms.IntersectWith(MemoryMarshal.Cast<byte, nuint>(allowed).ToArray());
        return mechanisms;
    }

    private const nuint RsaPkcs = 0x1;

    // Over a digest, with hashing on the token, and their parameters (PKCS#11 2.40, sections 2.1 and 2.3).
    private static (nuint Raw, nuint Hashing, nuint[] Parameters) MechanismsOf(SigningAlgorithm algorithm)
    {
        var (position, hash) = algorithm.Hash.Name switch
        {
            "SHA384" => ((nuint)1, (nuint)0x260),
            "SHA512" => (2u, 0x270u),
            _ => (0u, 0x250u),
        };
        if (algorithm.Kind != KeyKind.Rsa)
            return (0x1041, 0x1044 + position, []);
        var saltBytes = (nuint)(
            algorithm.Hash.Name switch
            {
                "SHA384" => 48,
                "SHA512" => 64,
                _ => 32,
            }
        );
        return algorithm.IsPss ? (0xd, 0x43 + position, [hash, 2 + position, saltBytes]) : (RsaPkcs, 0x40 + position, []);
    }

    // RFC 8017 section 9.2: the DigestInfo that CKM_RSA_PKCS pads.
    private static byte[] DigestInfo(SigningAlgorithm algorithm, byte[] digest)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(
                    algorithm.Hash.Name switch
                    {
                        "SHA384" => "2.16.840.1.101.3.4.2.2",
                        "SHA512" => "2.16.840.1.101.3.4.2.3",
                        _ => "2.16.840.1.101.3.4.2.1",
                    }
                );
                writer.WriteNull();
            }

            writer.WriteOctetString(digest);
        }

        return writer.Encode();
    }

    private InvalidInputException Missing()
    {
        var others = module.Find(session, Pkcs11Module.PrivateKeyClass);
        return new InvalidInputException(
            $"the token {Quoted.Text(token.Label)} has no private key that matches the URI: it has {(others.Count == 0 ? "none" : Describe(others))}"
        );
    }

    private ulong? Number(nuint handle, nuint type) =>
        module.Attribute(session, handle, type) is { } value && value.Length == Marshal.SizeOf<nuint>() ? MemoryMarshal.Read<nuint>(value) : null;

    private string Describe(List<nuint> handles) =>
        string.Join(
            ", ",
            handles
                .Take(8)
                .Select(handle =>
                {
                    var label = module.Attribute(session, handle, Pkcs11Attribute.Label) is { } bytes ? Encoding.UTF8.GetString(bytes) : "";
                    var id = module.Attribute(session, handle, Pkcs11Attribute.Id) ?? [];
                    var encodedId = string.Concat(id.Select(value => string.Create(CultureInfo.InvariantCulture, $"%{value:x2}")));
                    return $"{Quoted.Text(label)} (id={encodedId})";
                })
                .Order(StringComparer.Ordinal)
        );

    private static string Describe(List<TokenDescription> tokens) =>
        string.Join(", ", tokens.Take(8).Select(token => $"{Quoted.Text(token.Label)} (serial={token.Serial})"));
}

/// <summary>A token refused a PIN. It must not be tried again: a few wrong PINs lock the token.</summary>
internal sealed class PinRefusedException(string message, Exception? innerException = null) : InvalidInputException(message, innerException);
