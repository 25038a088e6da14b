using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Nv2.Signing.Text;

/// <summary>Reads the blocks of a PEM text (RFC 7468) in sequence. The platform ignores a damaged block as if it were text; here it is an
/// error.</summary>
internal ref struct PemBlocks(ReadOnlySpan<byte> pem, Func<string, bool> isWanted)
{
    private ReadOnlySpan<byte> rest = pem;

    /// <summary>The label of the current block: <c>CERTIFICATE</c>.</summary>
    public string Label { get; private set; } = "";

    /// <summary>The content of the current block. The caller must zero it if it is secret.</summary>
    public byte[] Content { get; private set; } = [];

    /// <summary>Moves to the next block with a wanted label.</summary>
    /// <returns><see langword="false"/> at the end.</returns>
    /// <exception cref="InvalidInputException">It is damaged.</exception>
    public bool MoveNext()
    {
        var begin = "-----BEGIN "u8;
        var end = "-----"u8;
        int start;
        while ((start = rest.IndexOf(begin)) >= 0)
        {
            rest = rest[start..];
            var label = rest[begin.Length..];
            var labelLength = label.IndexOf(end);
            Label = labelLength < 0 ? "" : Encoding.ASCII.GetString(label[..labelLength]);
            if (isWanted(Label))
            {
                Decode();
                return true;
            }

            rest = rest[begin.Length..];
        }

        return false;
    }

    /// <summary>The label of the first block, or <see langword="null"/>.</summary>
    public static string? FirstLabel(ReadOnlySpan<byte> pem)
    {
        var start = pem.IndexOf("-----BEGIN "u8);
        if (start < 0)
            return null;
        var label = pem[(start + "-----BEGIN ".Length)..];
        var end = label.IndexOf("-----"u8);
        return end < 0 ? "" : Encoding.ASCII.GetString(label[..end]);
    }

    private void Decode()
    {
        var end = Encoding.ASCII.GetBytes($"-----END {Label}-----");
        if (rest.IndexOf(end) is var at and >= 0 && rest[(at + end.Length)..].StartsWith("-----BEGIN "u8))
        {
            throw new InvalidInputException(
                $"its block -----BEGIN {Label}----- is joined to the next: expected a line break between them; "
                    + "add it with: sed 's/----------BEGIN/-----\\n-----BEGIN/g' FILE > NEW"
            );
        }

        if (!PemEncoding.TryFindUtf8(rest, out var fields) || fields.Location.Start.GetOffset(rest.Length) != 0)
            throw new InvalidInputException($"its block -----BEGIN {Label}----- is damaged: expected base64 and -----END {Label}-----");

        Content = new byte[fields.DecodedDataLength];
        if (Base64.DecodeFromUtf8(rest[fields.Base64Data], Content, out _, out var written) != OperationStatus.Done || written != Content.Length)
            throw new InvalidInputException($"the base64 of its block -----BEGIN {Label}----- is damaged");
        rest = rest[fields.Location.End..];
    }
}
