using System.Buffers;

namespace Nv2.Signing.Text;

/// <summary>Sets of ASCII characters that the grammars share.</summary>
internal static class CharacterSets
{
    private const string Digits = "0123456789";
    private const string LowerLetters = "abcdefghijklmnopqrstuvwxyz";
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + LowerLetters;

    public static readonly SearchValues<char> LowerHex = SearchValues.Create(Digits + "abcdef");
    public static readonly SearchValues<char> LowerAlphaNumeric = SearchValues.Create(LowerLetters + Digits);
    public static readonly SearchValues<char> DomainComponent = SearchValues.Create(Letters + Digits + "-");
    public static readonly SearchValues<char> IPv6 = SearchValues.Create(Digits + "abcdefABCDEF:");
    public static readonly SearchValues<char> Word = SearchValues.Create(Letters + Digits + "_-");
    public static readonly SearchValues<char> EncodedDigest = SearchValues.Create(Letters + Digits + "=_-");
    public static readonly SearchValues<char> Tag = SearchValues.Create(Letters + Digits + "_.-");
    public static readonly SearchValues<char> MediaTypeName = SearchValues.Create(Letters + Digits + "!#$&-^_.+");

    /// <summary>The characters of the scheme of a URI (RFC 3986 section 3.1).</summary>
    public static readonly SearchValues<char> UriScheme = SearchValues.Create(Letters + Digits + "+-.");

    /// <summary>The characters of a URI (RFC 3986 section 2), without the quote.</summary>
    public static readonly SearchValues<char> Url = SearchValues.Create(Letters + Digits + "-._~:/?#[]@!$&()*+,;=%");
    public static readonly SearchValues<byte> Base64Bytes = SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(Letters + Digits + "+/="));
    public static readonly SearchValues<char> Base64 = SearchValues.Create(Letters + Digits + "+/=");
}
