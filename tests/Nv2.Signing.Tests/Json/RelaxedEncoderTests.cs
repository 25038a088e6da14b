using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using Nv2.Signing.Json;

namespace Nv2.Signing.Tests.Json;

public sealed class RelaxedEncoderTests
{
    [Fact]
    public void Every_character_is_written_as_the_platform_writes_it()
    {
        for (var first = 0; first <= char.MaxValue; first++)
            Require(((char)first).ToString());
        foreach (var rune in new[] { 0x10000, 0x1f407, 0x10ffff })
            Require(new Rune(rune).ToString());
    }

    [Fact]
    public void Text_is_written_as_the_platform_writes_it() =>
        Gen.Frequency((9, Gen.Char[' ', '~']), (1, Gen.Char)).Array[0, 80].Sample(characters => Require(new string(characters)));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("application/vnd.oci.image.manifest.v1+json")]
    [InlineData("a quote \" at position 8")]
    [InlineData("back\\slash")]
    [InlineData("delete \u007f")]
    [InlineData("line\nbreak")]
    public void Text_around_the_edges_of_ASCII_is_written_as_the_platform_writes_it(string text) => Require(text);

    // As value and as name, in UTF-16 and in UTF-8, beside text that is plain.
    private static void Require(string text) =>
        Assert.Equal(Write(JavaScriptEncoder.UnsafeRelaxedJsonEscaping, text), Write(JsonBytes.Options.Encoder!, text));

    private static string Write(JavaScriptEncoder encoder, string text)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = encoder }))
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            writer.WriteStartObject();
            TryWrite(() => writer.WriteString("plain+", text));
            TryWrite(() => writer.WriteString("plain+"u8, utf8));
            TryWrite(() => writer.WriteString(text, "plain+"));
            TryWrite(() => writer.WriteString(utf8, $"plain+{text}plain+"));
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(json.ToArray());

        // Half a pair of surrogates is no text.
        static void TryWrite(Action write)
        {
            try
            {
                write();
            }
            catch (ArgumentException) { }
        }
    }
}
