using System.Collections.ObjectModel;
using System.Security.Cryptography;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>What stands beside a trust policy in a file of its own, so that the policy stays one that other programs of the Notary Project
/// read.</summary>
/// <param name="IsTrustRequired">Whether an artifact that is not signed, or not by anybody who is trusted, is refused; otherwise it passes with a
/// warning.</param>
/// <param name="Relocatable">The names of the statements under which an artifact that is signed for one name may be used under another.</param>
/// <param name="Keys">Where to get certificates.</param>
public sealed record TrustSettings(bool IsTrustRequired, IReadOnlyCollection<string> Relocatable, IReadOnlyList<KeySource> Keys)
{
    /// <summary>The largest file in bytes that is read.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>The property that says whether trust is required.</summary>
    public const string TrustRequiredProperty = "trustRequired";

    /// <summary>The property with what is set for statements of the policy.</summary>
    public const string StatementsProperty = "statements";

    /// <summary>The property of a statement that says whether artifacts may be used under other names than those that are signed.</summary>
    public const string AllowRelocatedProperty = "allowRelocated";

    /// <summary>The property of a statement that says whether its signatures must have a timestamp.</summary>
    public const string RequireTimestampProperty = "requireTimestamp";

    /// <summary>The property of a statement with the identities that its signers must have beside those of the policy.</summary>
    public const string SignerIdentitiesProperty = "signerIdentities";

    /// <summary>The property with the patterns of repositories.</summary>
    public const string ScopesProperty = "scopes";

    /// <summary>The property that says how far the signer's clock may be ahead.</summary>
    public const string ClockToleranceProperty = "clockToleranceInSeconds";

    /// <summary>How far the signer's clock may be ahead at most, in seconds.</summary>
    public const int MaxClockTolerance = 300;

    /// <summary>The property with the version of the file.</summary>
    public const string VersionProperty = "version";

    /// <summary>The version there is.</summary>
    public const string Version = "1.0";

    private const string KeysProperty = "keys";

    private static readonly string[] Known =
    [
        VersionProperty,
        TrustRequiredProperty,
        ClockToleranceProperty,
        ScopesProperty,
        StatementsProperty,
        KeysProperty,
    ];

    private static readonly string[] KnownOfStatement = [AllowRelocatedProperty, RequireTimestampProperty, SignerIdentitiesProperty];

    private const int MaxKeys = 4096;
    private const int MaxScopes = 4096;
    private const int MaxIdentities = 1024;

    /// <summary>The names of the statements under which a signature without a timestamp is not valid.</summary>
    public IReadOnlyCollection<string> TimestampRequired { get; init; } = [];

    /// <summary>The patterns of repositories, no two of which are the same, and the name of the statement that each is given to.</summary>
    public IReadOnlyList<(ScopePattern Pattern, string Statement)> Scopes { get; init; } = [];

    /// <summary>By the names of statements, the identities of which a signer must have one.</summary>
    public IReadOnlyDictionary<string, SignerIdentities> SignerIdentities { get; init; } = ReadOnlyDictionary<string, SignerIdentities>.Empty;

    /// <summary>The names of the statements for which something is set.</summary>
    public IReadOnlyCollection<string> Named { get; init; } = [];

    /// <summary>How far the signer's clock may be ahead of this machine's.</summary>
    public TimeSpan ClockTolerance { get; init; }

    /// <summary>The settings where there is no file: trust is required, and nothing is allowed beyond the policy.</summary>
    public static TrustSettings Default { get; } = new(true, [], []);

    /// <summary>Reads the file. Properties that are not known here are passed over, unless they are known ones misspelled: what such a one demands
    /// would be lost.</summary>
    /// <param name="json">The text in UTF-8.</param>
    /// <param name="what">What to call it in messages.</param>
    /// <exception cref="InvalidInputException">Something in it is not what it must be.</exception>
    public static TrustSettings Parse(ReadOnlySpan<byte> json, string what)
    {
        var settings = StrictJson.Parse(json, what);
        var version = settings.Required(VersionProperty);
        if (version.Text() != Version)
            throw version.Invalid($"is {Quoted.Text(version.Text())}: expected {Version}");
        RequireSpelling(settings, Known);
        foreach (var (_, statement) in settings.Optional(StatementsProperty)?.Properties() ?? [])
            RequireSpelling(statement, KnownOfStatement);

        return new(
            settings.Optional(TrustRequiredProperty)?.Boolean() ?? true,
            StatementsWith(AllowRelocatedProperty),
            settings.Optional(KeysProperty) is { } keys ? keys.Array(MaxKeys).ConvertAll(KeySource.Read) : []
        )
        {
            TimestampRequired = StatementsWith(RequireTimestampProperty),
            Named = settings.Optional(StatementsProperty) is { } all ? [.. all.Properties().Select(statement => statement.Key)] : [],
            Scopes = settings.Optional(ScopesProperty) is { } scopes ? ReadScopes(scopes) : [],
            SignerIdentities = settings.Optional(StatementsProperty) is { } named
                ? ReadIdentities(named)
                : ReadOnlyDictionary<string, SignerIdentities>.Empty,
            ClockTolerance = settings.Optional(ClockToleranceProperty) is { } tolerance ? ReadClockTolerance(tolerance) : TimeSpan.Zero,
        };

        List<string> StatementsWith(string property) =>
            settings.Optional(StatementsProperty) is { } statements
                ?
                [
                    .. statements
                        .Properties()
                        .Where(statement => statement.Value.Optional(property)?.Boolean() ?? false)
                        .Select(statement => statement.Key),
                ]
                : [];
    }

    /// <summary>Reads how far the signer's clock may be ahead: whole seconds.</summary>
    /// <exception cref="InvalidInputException">It is not a whole number, or out of range.</exception>
    public static TimeSpan ReadClockTolerance(JsonNode seconds) => TimeSpan.FromSeconds(seconds.WholeNumber(0, MaxClockTolerance));

    /// <summary>What a statement is for: its scopes in the policy, but for those that are for a pattern alone, and its patterns.</summary>
    public IReadOnlyList<string> ScopesOf(TrustPolicyStatement statement)
    {
        var patterns = Scopes.Where(one => one.Statement == statement.Name).Select(one => one.Pattern).ToList();
        return
        [
            .. statement.Scopes.Where(scope => !patterns.Exists(pattern => pattern.ReservedScope.IsSame(scope))).Select(scope => scope.Text),
            .. patterns.Select(pattern => pattern.Text),
        ];
    }

    /// <summary>Where to get the certificates for <paramref name="reference"/>: what is set for its repository, else what is set for
    /// everything.</summary>
    public IReadOnlyList<KeySource> KeysFor(Reference reference) =>
        Keys.Where(key => key.Scope.Names(reference)).ToList() is { Count: > 0 } own ? own : [.. Keys.Where(key => key.Scope.IsGlobal)];

    private static void RequireSpelling(JsonNode json, string[] known)
    {
        foreach (var (name, property) in json.Properties())
        {
            if (!known.Contains(name) && NearestName.Suggest(name, known) is { Length: > 0 } suggestion)
                throw property.Invalid($"is not known{suggestion}");
        }
    }

    private static List<(ScopePattern Pattern, string Statement)> ReadScopes(JsonNode scopes)
    {
        var read = new List<(ScopePattern Pattern, string Statement)>();
        var spellings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (text, statement) in scopes.Properties())
        {
            if (read.Count == MaxScopes)
                throw scopes.Invalid($"has more than {MaxScopes} properties");
            ScopePattern pattern;
            try
            {
                pattern = ScopePattern.Parse(text);
            }
            catch (InvalidInputException exception)
            {
                throw statement.Invalid($"cannot be used: {exception.Message}", exception);
            }

            if (!spellings.TryAdd(pattern.Text, text))
                throw statement.Invalid($"is the same pattern as {Quoted.Text(spellings[pattern.Text])}: expected each once");
            read.Add((pattern, statement.NonEmptyText()));
        }

        return read;
    }

    private static Dictionary<string, SignerIdentities> ReadIdentities(JsonNode statements)
    {
        var read = new Dictionary<string, SignerIdentities>(StringComparer.Ordinal);
        foreach (var (name, statement) in statements.Properties())
        {
            if (statement.Optional(SignerIdentitiesProperty) is not { } property)
                continue;
            var identities = property.Array(MaxIdentities).ConvertAll(identity => identity.Value(SignerIdentity.Parse));
            try
            {
                read.Add(name, new(identities)); // No object has the same property twice.
            }
            catch (InvalidInputException exception)
            {
                throw property.Invalid($"cannot be used: {exception.Message}", exception);
            }
        }

        return read;
    }
}

/// <summary>Where to get a certificate, as the user's settings say.</summary>
/// <param name="Scope">The repository that it signs for, or everything.</param>
/// <param name="Url">An address for people and their tools; nv2 fetches nothing.</param>
/// <param name="Sha256Thumbprint">SHA-256 of the certificate's DER in lower-case hexadecimal: what is fetched must be this and nothing else.</param>
/// <param name="Store">The name of the trust store to add it to, or <see langword="null"/> to leave the choice to the user.</param>
public sealed record KeySource(PolicyScope Scope, Uri Url, string Sha256Thumbprint, TrustStoreName? Store)
{
    internal static KeySource Read(JsonNode key) =>
        new(
            key.Required("scope").Value(PolicyScope.Parse),
            key.Required("url").Value(ParseUrl),
            key.Required("sha256Thumbprint").Value(ParseThumbprint),
            key.Optional("store")?.Value(TrustStoreName.Parse)
        );

    /// <summary>Reads a thumbprint: hexadecimal digits of any case, with or without colons, as other programs print it.</summary>
    /// <exception cref="InvalidInputException">It is not 32 bytes.</exception>
    public static string ParseThumbprint(string text)
    {
        var digits = text.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
        return digits.Length == 2 * SHA256.HashSizeInBytes && !digits.AsSpan().ContainsAnyExcept(CharacterSets.LowerHex)
            ? digits
            : throw new InvalidInputException(
                $"{Quoted.Text(text)} is not a SHA-256 fingerprint: expected 64 hexadecimal digits, with or without colons"
            );
    }

    // The address is printed as part of a command for people to run, and so must not be able to hold anything but an address.
    private static Uri ParseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "https" or "http" && !text.AsSpan().ContainsAnyExcept(CharacterSets.Url)
            ? url
            : throw new InvalidInputException(
                $"{Quoted.Text(text)} is not an address: expected https:// or http://, without spaces, quotes and control characters"
            );
}
