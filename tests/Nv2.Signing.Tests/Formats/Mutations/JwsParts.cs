using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Formats.Mutations;

/// <summary>A JWS envelope in the texts that it is made of; nothing here reads or writes JSON, so that they can be what no writer writes.</summary>
internal sealed record JwsParts(string Protected, string Payload, string Header)
{
    /// <summary>The key that signed the vector, and what it signs with.</summary>
    private const string Key = "leaf";

    public static string Algorithm => "PS384";

    public static JwsParts Read(string vector)
    {
        using var json = JsonDocument.Parse(Vectors.Read(vector));
        return new JwsParts(Decode("protected"), Decode("payload"), json.RootElement.GetProperty("header").GetRawText());

        string Decode(string member) => Encoding.UTF8.GetString(Base64Url.DecodeFromChars(json.RootElement.GetProperty(member).GetString()));
    }

    /// <summary>Replaces a text that is there.</summary>
    public static string Replace(string text, string old, string by) =>
        text.Contains(old, StringComparison.Ordinal)
            ? text.Replace(old, by, StringComparison.Ordinal)
            : throw new InvalidOperationException($"'{old}' is not in '{text}'");

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    public JwsParts WithProtected(string old, string by) => this with { Protected = Replace(Protected, old, by) };

    public JwsParts WithPayload(string old, string by) => this with { Payload = Replace(Payload, old, by) };

    public JwsParts WithHeader(string old, string by) => this with { Header = Replace(Header, old, by) };

    /// <summary>The signature of the parts.</summary>
    public string Value(string key = Key, string? algorithm = null) =>
        Base64Url.EncodeToString(VectorKey.Sign(key, algorithm ?? Algorithm, Encoding.ASCII.GetBytes($"{Encode(Protected)}.{Encode(Payload)}")));

    /// <summary>The envelope.</summary>
    public string Join(string value) =>
        $$"""{"payload":"{{Encode(Payload)}}","protected":"{{Encode(Protected)}}","header":{{Header}},"signature":"{{value}}"}""";

    /// <summary>The envelope, truly signed.</summary>
    public byte[] Sign(string key = Key, string? algorithm = null) => Encoding.UTF8.GetBytes(Join(Value(key, algorithm)));
}
