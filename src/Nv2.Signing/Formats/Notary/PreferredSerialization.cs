using System.Buffers.Binary;

namespace Nv2.Signing.Formats.Notary;

/// <summary>
/// CBOR in which every number, length and tag takes as few bytes as it can, and no length is left open: what RFC 8949 section 4.1 calls preferred serialization. RFC 9052
/// does not ask for it, but all writers of COSE do it, and so an envelope has one encoding only.
/// </summary>
internal static class PreferredSerialization
{
    private const int ByteString = 2;
    private const int TextString = 3;
    private const int SimpleOrFloat = 7;
    private const int OneByteFollows = 24;
    private const int EightBytesFollow = 27;

    // What a number must at least be to need one, two, four or eight bytes of its own.
    private static readonly ulong[] Least = [OneByteFollows, 0x100, 0x1_0000, 0x1_0000_0000];

    /// <summary>Makes sure that every item is written so. Nesting does not matter here, since items follow one another; the parser checks it.</summary>
    /// <exception cref="InvalidInputException">An item is spelled otherwise, or ends in the middle.</exception>
    public static void Require(ReadOnlySpan<byte> cbor, string what)
    {
        for (var rest = cbor; !rest.IsEmpty;)
        {
            var position = cbor.Length - rest.Length;
            var (major, follows) = (rest[0] >> 5, rest[0] & 0x1f);
            rest = rest[1..];
            ulong argument = (uint)follows;
            if (follows > EightBytesFollow)
                throw new InvalidInputException($"{what} has an item of indefinite length at byte {position}: expected all lengths to be given");
            if (follows >= OneByteFollows)
            {
                var width = 1 << (follows - OneByteFollows);
                argument = ReadBigEndian(Take(ref rest, (ulong)width, what));
                if (major != SimpleOrFloat && argument < Least[follows - OneByteFollows])
                    throw new InvalidInputException($"{what} has {argument} at byte {position} in more bytes than it needs: expected the shortest form");
            }

            if (major is ByteString or TextString)
                Take(ref rest, argument, what);
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, ulong length, string what)
    {
        if (length > (ulong)rest.Length)
            throw new InvalidInputException($"{what} ends in the middle of an item");
        var taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }

    private static ulong ReadBigEndian(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        1 => bytes[0],
        2 => BinaryPrimitives.ReadUInt16BigEndian(bytes),
        4 => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        _ => BinaryPrimitives.ReadUInt64BigEndian(bytes),
    };
}
