namespace Nv2.Testing;

/// <summary>A COSE_Sign1 message taken apart (RFC 9052 section 4.2), without any code of nv2.</summary>
/// <param name="Protected">The map of the protected headers, encoded.</param>
/// <param name="Unprotected">The map of the unprotected headers, encoded.</param>
/// <param name="Payload">The payload.</param>
/// <param name="Value">The signature itself.</param>
public sealed record CoseParts(byte[] Protected, byte[] Unprotected, byte[] Payload, byte[] Value)
{
    private const ulong Sign1 = 18;

    /// <summary>The bytes that are signed (RFC 9052 section 4.4).</summary>
    public byte[] SigStructure => [0x84, 0x6a, .. "Signature1"u8, .. Cbor.Bytes(Protected), 0x40, .. Cbor.Bytes(Payload)];

    /// <summary>The message, tagged.</summary>
    public byte[] Encode() => Cbor.Tag(Sign1, Cbor.Array(Cbor.Bytes(Protected), Unprotected, Cbor.Bytes(Payload), Cbor.Bytes(Value)));

    public static CoseParts Split(byte[] message)
    {
        if (message is not [0xd2, 0x84, ..])
            throw new InvalidOperationException("no COSE_Sign1 message: expected tag 18 and an array of four");
        ReadOnlySpan<byte> rest = message.AsSpan(2);
        var parts = new CoseParts(
            Cbor.Content(Cbor.Take(ref rest)),
            Cbor.Take(ref rest),
            Cbor.Content(Cbor.Take(ref rest)),
            Cbor.Content(Cbor.Take(ref rest))
        );
        return rest.IsEmpty ? parts : throw new InvalidOperationException($"{rest.Length} bytes behind the message");
    }
}
