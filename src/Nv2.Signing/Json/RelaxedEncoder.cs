using System.Buffers;
using System.Text.Encodings.Web;

namespace Nv2.Signing.Json;

/// <summary>
/// The platform's <see cref="JavaScriptEncoder.UnsafeRelaxedJsonEscaping"/>, used only for text that is not plain ASCII. At its first use it goes
/// through all characters of Unicode, which takes longer than writing any document here; most documents are plain ASCII.
/// </summary>
internal sealed unsafe class RelaxedEncoder : JavaScriptEncoder
{
    private RelaxedEncoder() { }

    /// <summary>The one encoder.</summary>
    public static RelaxedEncoder Instance { get; } = new();

    public override int MaxOutputCharactersPerInputCharacter => UnsafeRelaxedJsonEscaping.MaxOutputCharactersPerInputCharacter;

    public override int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var characters = new ReadOnlySpan<char>(text, textLength);
        return characters.ContainsAnyExceptInRange(' ', '~') || characters.ContainsAny('"', '\\')
            ? UnsafeRelaxedJsonEscaping.FindFirstCharacterToEncode(text, textLength)
            : -1;
    }

    public override int FindFirstCharacterToEncodeUtf8(ReadOnlySpan<byte> utf8Text) =>
        utf8Text.ContainsAnyExceptInRange((byte)' ', (byte)'~') || utf8Text.ContainsAny((byte)'"', (byte)'\\')
            ? UnsafeRelaxedJsonEscaping.FindFirstCharacterToEncodeUtf8(utf8Text)
            : -1;

    public override bool WillEncode(int unicodeScalar) => UnsafeRelaxedJsonEscaping.WillEncode(unicodeScalar);

    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten) =>
        UnsafeRelaxedJsonEscaping.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);

    public override OperationStatus Encode(
        ReadOnlySpan<char> source,
        Span<char> destination,
        out int charsConsumed,
        out int charsWritten,
        bool isFinalBlock = true
    ) => UnsafeRelaxedJsonEscaping.Encode(source, destination, out charsConsumed, out charsWritten, isFinalBlock);

    public override OperationStatus EncodeUtf8(
        ReadOnlySpan<byte> utf8Source,
        Span<byte> utf8Destination,
        out int bytesConsumed,
        out int bytesWritten,
        bool isFinalBlock = true
    ) => UnsafeRelaxedJsonEscaping.EncodeUtf8(utf8Source, utf8Destination, out bytesConsumed, out bytesWritten, isFinalBlock);
}
