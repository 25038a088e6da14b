using Nv2.Signing.Formats.Notary;

namespace Nv2.Signing.Formats;

/// <summary>The signature formats there are. A new one is added here and nowhere else.</summary>
public static class SignatureFormats
{
    /// <summary>The largest signature in bytes that is read.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>All formats, the default first.</summary>
    public static IReadOnlyList<ISignatureFormat> All { get; } = [new JwtFormat(), new JsonFormat(), new JwsFormat(), new CoseFormat()];

    /// <summary>The format that is used when none is asked for.</summary>
    public static ISignatureFormat Default => All[0];

    /// <summary>The format of that short name.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static ISignatureFormat ByName(string name) => All.FirstOrDefault(format => format.Name == name) ??
        throw new InvalidInputException($"{Quoted.Text(name)} is not a signature format: expected {Alternatives.Of(All.Select(format => format.Name))}");

    /// <summary>The format of that media type.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static ISignatureFormat ByMediaType(string mediaType) => All.FirstOrDefault(format => format.MediaType.ToString() == mediaType) ??
        throw new InvalidInputException(
            $"{Quoted.Text(mediaType)} is not the media type of a signature format: expected {Alternatives.Of(All.Select(format => format.MediaType))}");

    /// <summary>Reads a signature of any format.</summary>
    /// <exception cref="InvalidInputException">The bytes are not a well-formed signature of any format.</exception>
    public static Signature Parse(ReadOnlyMemory<byte> signature) => Parse(signature, null);

    /// <summary>Reads a signature of one format, or of any when <paramref name="format"/> is <see langword="null"/>.</summary>
    /// <exception cref="InvalidInputException">The bytes are not a well-formed signature of the format.</exception>
    public static Signature Parse(ReadOnlyMemory<byte> signature, ISignatureFormat? format)
    {
        if (signature.Length > MaxBytes)
            throw new InvalidInputException($"the signature has {signature.Length} bytes: expected {MaxBytes} at most");
        if (signature.IsEmpty)
            throw new InvalidInputException("the signature is empty");

        format ??= All.FirstOrDefault(candidate => candidate.Recognizes(signature.Span)) ??
            throw new InvalidInputException(
                "the signature is in no format that is known: expected header.claims.signature, JSON with signed and signature, JSON with payload and signature, or COSE_Sign1");
        return format.Parse(signature);
    }
}
