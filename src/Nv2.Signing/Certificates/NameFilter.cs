namespace Nv2.Signing.Certificates;

/// <summary>
/// Hashes of distinguished names: equal for names that <see cref="NameComparison"/> considers the same. So nearly all different names are recognized
/// without comparing them.
/// </summary>
internal static class NameFilter
{
    /// <summary>The number of a name that this cannot distinguish from others.</summary>
    public const ulong Unknown = 0;

    // FNV-1a, 64 bits.
    private const ulong Basis = 0xcbf29ce484222325;
    private const ulong Prime = 0x100000001b3;

    private const byte Sequence = 0x30;
    private const byte SetOf = 0x31;
    private const byte ObjectIdentifier = 0x06;

    // UTF8String, NumericString, PrintableString, IA5String, VisibleString: text whose ASCII characters are its bytes.
    private static ReadOnlySpan<byte> TextTags => [0x0c, 0x12, 0x13, 0x16, 0x1a];

    /// <summary>The number of a name in DER.</summary>
    public static ulong Of(ReadOnlySpan<byte> name)
    {
        if (!new DerSpan(name).TryRead(Sequence, out var relativeNames))
            return Unknown;
        var sum = 1UL; // Commutative: the order within a relative name has no meaning, and the comparison checks the order of relative names.
        while (!relativeNames.IsEmpty)
        {
            if (!relativeNames.TryRead(SetOf, out var attributes))
                return Unknown;
            while (!attributes.IsEmpty)
            {
                if (
                    !attributes.TryRead(Sequence, out var attribute)
                    || !attribute.TryRead(ObjectIdentifier, out var type)
                    || attribute.IsEmpty
                    || !TextTags.Contains(attribute.Rest[0])
                    || !attribute.TryRead(attribute.Rest[0], out var value)
                    || !attribute.IsEmpty
                )
                {
                    return Unknown;
                }

                if (OfAttribute(type.Rest, value.Rest) is not { } number)
                    return Unknown;
                sum += number;
            }
        }

        return sum == Unknown ? 1 : sum;
    }

    // Skips spaces, some of which the comparison ignores, and ignores the case of ASCII. The comparison's other mappings are outside printable ASCII.
    private static ulong? OfAttribute(ReadOnlySpan<byte> type, ReadOnlySpan<byte> value)
    {
        var number = Basis;
        foreach (var octet in type)
            number = (number ^ octet) * Prime;
        foreach (var octet in value)
        {
            if (octet is < (byte)' ' or > (byte)'~')
                return null;
            if (octet != ' ')
                number = (number ^ (octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet)) * Prime;
        }

        return number;
    }
}
