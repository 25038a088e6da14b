using System.Text;

namespace Nv2.Signing.Tests;

/// <summary>Changes signatures after they were made.</summary>
internal static class Tampering
{
    /// <summary>The same signature with another byte in its own value: well formed, and not by its key.</summary>
    public static byte[] ChangeValue(string format, byte[] signature)
    {
        byte[] changed = [.. signature];
        var text = Encoding.Latin1.GetString(signature);
        var position = format switch
        {
            "jwt" => text.LastIndexOf('.') + 10,
            "json" => text.IndexOf("\"sig\":\"", StringComparison.Ordinal) + 20,
            "jws" => text.IndexOf("\"signature\":\"", StringComparison.Ordinal) + 25,
            _ => signature.Length - 5,
        };
        changed[position] = (byte)(
            format == "cose" ? changed[position] ^ 1
            : changed[position] == 'A' ? 'B'
            : 'A'
        );
        return changed;
    }
}
