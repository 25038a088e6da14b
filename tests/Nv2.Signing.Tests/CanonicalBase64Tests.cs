using System.Buffers.Text;
using System.Text;
using Nv2.Signing.Text;

namespace Nv2.Signing.Tests;

/// <summary>Base64 is read in its one canonical form: a text is taken if and only if it is what its bytes are written as.</summary>
public sealed class CanonicalBase64Tests
{
    private const string Characters = "AQf+/-_= \n";
    private const int Longest = 6;

    [Fact]
    public void Every_short_text_of_base64_is_taken_only_as_it_is_written()
    {
        foreach (var text in Texts())
        {
            var expected = TryDecode(text) is { } bytes && Convert.ToBase64String(bytes) == text ? bytes : null;
            var isTaken = CanonicalBase64.TryDecode(Encoding.ASCII.GetBytes(text), out var decoded);
            Assert.True(isTaken == expected is not null && (expected is null || expected.AsSpan().SequenceEqual(decoded)), text);
            Assert.Equal(isTaken, CanonicalBase64.TryDecode(text, out _));
        }
    }

    [Fact]
    public void Every_short_text_of_base64url_is_taken_only_as_it_is_written_without_padding()
    {
        foreach (var text in Texts())
        {
            var padded = text.Replace('-', '\u0001').Replace('_', '\u0001').Replace('+', '-').Replace('/', '_').Replace('\u0001', '!');
            var url = Encoding.ASCII.GetBytes(padded);
            var bytes = TryDecode(text + new string('=', (4 - (text.Length % 4)) % 4));
            var expected = bytes is not null && Base64Url.EncodeToString(bytes) == padded ? bytes : null;
            var isTaken = CanonicalBase64.TryDecodeUrl(url, out var decoded);
            Assert.True(isTaken == expected is not null && (expected is null || expected.AsSpan().SequenceEqual(decoded)), padded);
        }
    }

    private static byte[]? TryDecode(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }

    private static IEnumerable<string> Texts()
    {
        var texts = new List<string> { "" };
        for (var length = 0; length <= Longest; length++)
        {
            foreach (var text in texts)
                yield return text;
            if (length < Longest)
                texts = [.. texts.SelectMany(text => Characters.Select(character => text + character))];
        }
    }
}
