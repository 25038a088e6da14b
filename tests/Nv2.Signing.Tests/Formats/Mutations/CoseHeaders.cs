using Nv2.Testing;

namespace Nv2.Signing.Tests.Formats.Mutations;

/// <summary>A COSE envelope in the items that it is made of; nothing here reads CBOR as nv2 does, so that they can be what no writer
/// writes.</summary>
internal sealed record CoseHeaders(IReadOnlyList<CborEntry> Protected, IReadOnlyList<CborEntry> Unprotected, byte[] Payload)
{
    public static CoseHeaders Read(string vector) =>
        CoseParts.Split(Vectors.Read(vector)) is var parts
            ? new(Cbor.Entries(parts.Protected), Cbor.Entries(parts.Unprotected), parts.Payload)
            : throw new InvalidOperationException();

    /// <summary>Sets the value of a protected header, or adds it.</summary>
    public CoseHeaders Set(byte[] label, byte[] value) => this with { Protected = With(Protected, label, value) };

    public CoseHeaders SetUnprotected(byte[] label, byte[] value) => this with { Unprotected = With(Unprotected, label, value) };

    /// <summary>Takes a protected header out that is there.</summary>
    public CoseHeaders Without(byte[] label) => this with { Protected = Except(Protected, label) };

    public CoseHeaders WithoutUnprotected(byte[] label) => this with { Unprotected = Except(Unprotected, label) };

    /// <summary>Adds a protected header behind the others, also where it is there.</summary>
    public CoseHeaders Add(byte[] label, byte[] value) => this with { Protected = [.. Protected, new(label, value)] };

    public CoseHeaders AddUnprotected(byte[] label, byte[] value) => this with { Unprotected = [.. Unprotected, new(label, value)] };

    /// <summary>The message, truly signed by the key of the vector.</summary>
    public CoseParts Sign(string key = "leaf", string algorithm = "PS384") => Sign(Cbor.Map(Protected), key, algorithm);

    /// <summary>The message with protected headers in bytes of the caller's, truly signed.</summary>
    public CoseParts Sign(byte[] protectedHeaders, string key = "leaf", string algorithm = "PS384")
    {
        var parts = new CoseParts(protectedHeaders, Cbor.Map(Unprotected), Payload, []);
        return parts with { Value = VectorKey.Sign(key, algorithm, parts.SigStructure) };
    }

    private static IReadOnlyList<CborEntry> With(IReadOnlyList<CborEntry> entries, byte[] label, byte[] value) =>
        entries.Any(entry => entry.Label.SequenceEqual(label))
            ? [.. entries.Select(entry => entry.Label.SequenceEqual(label) ? new CborEntry(label, value) : entry)]
            : [.. entries, new(label, value)];

    private static IReadOnlyList<CborEntry> Except(IReadOnlyList<CborEntry> entries, byte[] label) =>
        entries.Any(entry => entry.Label.SequenceEqual(label))
            ? [.. entries.Where(entry => !entry.Label.SequenceEqual(label))]
            : throw new InvalidOperationException("the header is not there");
}
