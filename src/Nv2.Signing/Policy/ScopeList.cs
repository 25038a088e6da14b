using System.Collections;
using Nv2.Signing.Json;

namespace Nv2.Signing.Policy;

/// <summary>
/// The scopes of a statement, all validated, each created on demand: of ten thousand repositories a verification needs one.
/// </summary>
internal sealed class ScopeList : IReadOnlyList<PolicyScope>
{
    private const int MaxScopes = 1024;

    private readonly JsonNode property;
    private readonly Func<string, PolicyScope> parse;
    private readonly ulong[] numbers;

    private ScopeList(JsonNode property, Func<string, PolicyScope> parse, int count)
    {
        this.property = property;
        this.parse = parse;
        numbers = new ulong[count];
    }

    /// <inheritdoc/>
    public int Count => numbers.Length;

    /// <summary>A number for each scope, equal for equal scopes (<see cref="ScopeNumber"/>).</summary>
    public ReadOnlySpan<ulong> Numbers => numbers;

    /// <summary>Whether it is for all other artifacts.</summary>
    public bool IsForEverything { get; private set; }

    /// <summary>Whether it is for all other blobs.</summary>
    public bool IsForAllBlobs { get; private set; }

    /// <summary>Whether it is for a repository.</summary>
    public bool NamesRepository { get; private set; }

    /// <inheritdoc/>
    public PolicyScope this[int index] => property.ElementAt(index).Value(parse);

    /// <summary>Reads the scopes of a statement.</summary>
    /// <param name="property">The array.</param>
    /// <param name="prefix">The prefix of repositories: <c>oci:</c>, or nothing.</param>
    /// <param name="parse">Reads a scope.</param>
    /// <exception cref="InvalidInputException">One is not valid, <c>*</c> is not alone, or the list is empty.</exception>
    public static ScopeList Read(JsonNode property, ReadOnlySpan<byte> prefix, Func<string, PolicyScope> parse)
    {
        var scopes = new ScopeList(property, parse, property.ArrayLength(MaxScopes));
        if (scopes.Count == 0)
            throw property.Invalid("is empty: expected one scope or more");

        // The well-formed text of the array: names in the usual form need not become strings.
        var text = property.Raw;
        var reader = new ScopeNumber.Reader();
        var position = 1;
        for (var index = 0; index < scopes.Count; index++)
        {
            position += text[position..].IndexOfAnyExcept(" \t\r\n,"u8);
            if (
                text[position] == '"'
                && text[(position + 1)..].StartsWith(prefix)
                && reader.TryRead(text[(position + 1 + prefix.Length)..], out var length) is { } number
            )
            {
                scopes.numbers[index] = number;
                scopes.NamesRepository = true;
                position += 1 + prefix.Length + length + 1;
                continue;
            }

            scopes.Add(index, scopes[index]); // Refuses a value that is not a string.
            position = EndOfString(text, position);
        }

        return scopes.Count == 1 || !(scopes.IsForEverything || scopes.IsForAllBlobs)
            ? scopes
            : throw property.Invalid("has * and other scopes: * must be the only scope");
    }

    /// <inheritdoc/>
    public IEnumerator<PolicyScope> GetEnumerator()
    {
        for (var index = 0; index < Count; index++)
            yield return this[index];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Add(int index, PolicyScope scope)
    {
        numbers[index] = ScopeNumber.Of(scope.Name, scope.IsForBlobs);
        IsForEverything |= scope is { IsGlobal: true, IsForBlobs: false };
        IsForAllBlobs |= scope is { IsGlobal: true, IsForBlobs: true };
        NamesRepository |= scope is { IsGlobal: false, IsForBlobs: false };
    }

    private static int EndOfString(ReadOnlySpan<byte> text, int position)
    {
        for (position++; text[position] != '"'; position++)
        {
            if (text[position] == '\\')
                position++;
        }

        return position + 1;
    }
}

/// <summary>Numbers of scopes, to find scopes that may be equal.</summary>
internal static class ScopeNumber
{
    // FNV-1a, 64 bits.
    private const ulong Basis = 0xcbf29ce484222325;
    private const ulong Prime = 0x100000001b3;
    private const int MaxPathLength = 255;

    // All other characters are of the kind 0.
    private const byte Digit = 1,
        Letter = 2,
        Dot = 3,
        Hyphen = 4,
        Underscore = 5,
        Colon = 6,
        Slash = 7;
    private const int Kinds = 8;

    // States of reading a repository, by what was read last. A name may end only in the last state.
    private const byte No = 0,
        HostStart = 1,
        Host = 2,
        HostHyphen = 3,
        PortStart = 4,
        Port = 5,
        PathStart = 6,
        Separated = 7,
        OneUnderscore = 8,
        Hyphens = 9,
        Name = 10;

    // csharpier-ignore
    private static ReadOnlySpan<byte> KindOf =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, Hyphen, Dot, Slash,
        Digit, Digit, Digit, Digit, Digit, Digit, Digit, Digit, Digit, Digit, Colon, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, Underscore,
        0, Letter, Letter, Letter, Letter, Letter, Letter, Letter, Letter, Letter, Letter, Letter, Letter, Letter, Letter, Letter,
        Letter, Letter, Letter, Letter, Letter, Letter, Letter, Letter, Letter, Letter, Letter, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    // By state and kind of the next character (github.com/distribution/reference, the grammar of names with a host in lower case).
    // csharpier-ignore
    private static ReadOnlySpan<byte> Next =>
    [
        No, No, No, No, No, No, No, No,
        No, Host, Host, No, No, No, No, No,
        No, Host, Host, HostStart, HostHyphen, No, PortStart, PathStart,
        No, Host, Host, No, HostHyphen, No, No, No,
        No, Port, No, No, No, No, No, No,
        No, Port, No, No, No, No, No, PathStart,
        No, Name, Name, No, No, No, No, No,
        No, Name, Name, No, No, No, No, No,
        No, Name, Name, No, No, Separated, No, No,
        No, Name, Name, No, Hyphens, No, No, No,
        No, Name, Name, Separated, Hyphens, OneUnderscore, No, PathStart,
    ];

    /// <summary>The number of a name.</summary>
    public static ulong Of(string name, bool isForBlobs)
    {
        var number = isForBlobs ? ~Basis : Basis;
        foreach (var character in name)
            number = (number ^ character) * Prime; // Names are ASCII.
        return number;
    }

    /// <summary>Reads repositories with their registries in lower case. Most begin as the one before, which is not read again.</summary>
    internal ref struct Reader
    {
        // The last repository up to its last slash, with its number up to there.
        private ReadOnlySpan<byte> folder;
        private ulong folderNumber;
        private int registryLength;

        /// <summary>Reads one, up to the quote that follows.</summary>
        /// <returns>Its number; <see langword="null"/> for what is written in another way, or is not a repository, or that docker's defaults
        /// change.</returns>
        public ulong? TryRead(ReadOnlySpan<byte> text, out int length)
        {
            var kinds = KindOf;
            var next = Next;
            var (number, slash, position) = (Basis, -1, 0);
            int state = HostStart;
            if (!folder.IsEmpty && text.StartsWith(folder))
                (number, slash, position, state) = (folderNumber, registryLength, folder.Length, PathStart);
            length = 0;
            for (; position < text.Length; position++)
            {
                var character = text[position];
                if (character == '"')
                    break;
                state = next[(state * Kinds) + kinds[character]];
                if (state == No)
                    return null;
                number = (number ^ character) * Prime;
                if (state != PathStart)
                    continue;
                if (slash < 0)
                    slash = position;
                folder = text[..(position + 1)];
                (folderNumber, registryLength) = (number, slash);
            }

            length = position;
            return state == Name && position < text.Length && position - slash - 1 <= MaxPathLength && !IsDocker(text[..slash]) ? number : null;
        }
    }

    private static bool IsDocker(ReadOnlySpan<byte> registry) => registry.SequenceEqual("docker.io"u8) || registry.SequenceEqual("index.docker.io"u8);
}

/// <summary>The scopes of all statements of a policy, by name.</summary>
internal sealed class ScopeIndex
{
    private readonly int mask;
    private readonly (ulong Number, int Statement, int Scope)[] slots;

    /// <summary>Takes the scopes.</summary>
    /// <param name="statements">The scopes of each statement.</param>
    /// <param name="twice">Called for two equal scopes.</param>
    public ScopeIndex(IReadOnlyList<ScopeList> statements, Action<(int Statement, PolicyScope Scope), (int Statement, PolicyScope Scope)> twice)
    {
        var count = 0;
        foreach (var scopes in statements)
            count += scopes.Count;
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(2 * count) + 1);
        mask = size - 1;
        slots = new (ulong, int, int)[size];
        for (var statement = 0; statement < statements.Count; statement++)
        {
            var numbers = statements[statement].Numbers;
            for (var scope = 0; scope < numbers.Length; scope++)
            {
                var slot = (int)(numbers[scope] >> 32) & mask;
                for (; slots[slot].Statement != 0; slot = (slot + 1) & mask)
                {
                    if (slots[slot].Number != numbers[scope])
                        continue;
                    var (other, own) = (statements[slots[slot].Statement - 1][slots[slot].Scope], statements[statement][scope]);
                    if (own.IsSame(other))
                        twice((slots[slot].Statement - 1, other), (statement, own));
                }

                slots[slot] = (numbers[scope], statement + 1, scope);
            }
        }
    }

    /// <summary>The positions of the scopes that may match a name.</summary>
    public IEnumerable<(int Statement, int Scope)> Find(string name, bool isForBlobs)
    {
        var number = ScopeNumber.Of(name, isForBlobs);
        for (var slot = (int)(number >> 32) & mask; slots[slot].Statement != 0; slot = (slot + 1) & mask)
        {
            if (slots[slot].Number == number)
                yield return (slots[slot].Statement - 1, slots[slot].Scope);
        }
    }
}
