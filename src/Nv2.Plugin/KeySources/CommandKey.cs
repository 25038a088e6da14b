using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using Nv2.Plugin.Transfer;
using Nv2.Signing;
using Nv2.Signing.Keys;

namespace Nv2.Plugin.KeySources;

/// <summary>
/// A user's command that signs: it gets the digest or the whole content on standard input, and writes the signature to standard output. The
/// certificate gives the public key, so the signature is verified before it is used.
/// </summary>
internal sealed class CommandKey : SigningKey
{
    private const string Shell = "/bin/sh";
    private const int MaxSignatureBytes = 64 * 1024;

    private readonly KeyReference.Command command;
    private readonly KeyRequest request;
    private readonly byte[] publicKey;

    private CommandKey(KeyReference.Command command, KeyRequest request, byte[] publicKey)
        : base(VerificationKey.Parse(publicKey), publicKey)
    {
        this.command = command;
        this.request = request;
        this.publicKey = publicKey;
    }

    /// <summary>The key that a command signs with. The command does not run yet.</summary>
    /// <exception cref="InvalidInputException">There is no certificate, or its key is not supported.</exception>
    public static CommandKey Open(KeyReference.Command command, KeyRequest request) =>
        request.Certificates is [var leaf, ..]
            ? new(command, request, SubjectPublicKey.Of(leaf))
            : throw new InvalidInputException(
                $"{KeyReference.Command.Scheme} needs the certificate of the key, to verify its signatures: expected a certificate file"
            );

    protected override byte[] SignContent(ReadOnlySpan<byte> content, SigningAlgorithm algorithm)
    {
        var hash = algorithm.Hash;
        var settings = new TransferSettings(PlainHttp: false, request.Timeout, request.Log)
        {
            AdviceIfSlow = KeyRequest.AdviceIfSlow,
            Input = command.TakesContent ? content.ToArray() : CryptographicOperations.HashData(hash, content),
            Variables = new Dictionary<string, string>
            {
                ["NV2_ALGORITHM"] = algorithm.Name,
                ["NV2_HASH"] = hash.Name!.ToLower(CultureInfo.InvariantCulture), // Every algorithm has one.
                ["NV2_KEY_SPEC"] = Spec.ToString(),
            },
        };
        var signature = new ToolRunner("exec:", Shell, settings).Try(["-c", command.Line], MaxSignatureBytes).RequireSuccess().Output;
        if (signature.Length == 0)
            throw new InvalidInputException("the exec command wrote no signature to standard output");
        return algorithm.Kind == KeyKind.Rsa ? signature : EcdsaSignature.Flatten(signature, content, algorithm, publicKey);
    }
}

/// <summary>The two forms of an ECDSA signature: r‖s of fixed width (RFC 7518 section 3.4), and Ecdsa-Sig-Value in DER (RFC 3279 section 2.2.3), as
/// openssl writes it.</summary>
internal static class EcdsaSignature
{
    /// <summary>The signature as r‖s. Any other bytes are returned unchanged, and are not a valid signature.</summary>
    public static byte[] Flatten(byte[] signature, ReadOnlySpan<byte> content, SigningAlgorithm algorithm, byte[] publicKey)
    {
        using var key = VerificationKey.Parse(publicKey);
        return key.Verify(content, signature, algorithm) || TryFlatten(signature, (key.Spec.Bits + 7) / 8) is not { } flat ? signature : flat;
    }

    private static byte[]? TryFlatten(byte[] der, int width)
    {
        try
        {
            var reader = new AsnReader(der, AsnEncodingRules.DER);
            var numbers = reader.ReadSequence();
            var (r, s) = (numbers.ReadInteger(), numbers.ReadInteger());
            var flat = new byte[2 * width];
            return !numbers.HasData && !reader.HasData && Write(r, flat.AsSpan(0, width)) && Write(s, flat.AsSpan(width)) ? flat : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static bool Write(BigInteger number, Span<byte> to)
    {
        var length = number.GetByteCount(isUnsigned: number.Sign >= 0);
        return number.Sign > 0 && length <= to.Length && number.TryWriteBytes(to[^length..], out _, isUnsigned: true, isBigEndian: true);
    }
}
