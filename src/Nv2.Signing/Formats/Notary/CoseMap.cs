using System.Formats.Cbor;

namespace Nv2.Signing.Formats.Notary;

/// <summary>A map of headers to be written, with its labels in the order of their bytes: core deterministic encoding (RFC 8949 section 4.2.1).</summary>
/// <remarks>The platform's writer sorts as well, but shorter keys first, which is the order of the older RFC 7049.</remarks>
internal sealed class CoseMap
{
    private readonly List<(byte[] Label, byte[] Value)> entries = [];

    /// <summary>Adds a header.</summary>
    public void Add(CoseLabel label, Action<CborWriter> write) => entries.Add((
        Encode(writer =>
        {
            if (label.Text is not null)
                writer.WriteTextString(label.Text);
            else
                writer.WriteInt64(label.Number);
        }),
        Encode(write)));

    /// <summary>The map in CBOR.</summary>
    public byte[] Encode()
    {
        entries.Sort((one, other) => one.Label.AsSpan().SequenceCompareTo(other.Label));
        return Encode(writer =>
        {
            writer.WriteStartMap(entries.Count);
            foreach (var (label, value) in entries)
            {
                writer.WriteEncodedValue(label);
                writer.WriteEncodedValue(value);
            }

            writer.WriteEndMap();
        });
    }

    private static byte[] Encode(Action<CborWriter> write)
    {
        var writer = new CborWriter(CborConformanceMode.Strict);
        write(writer);
        return writer.Encode();
    }
}
