using System.Collections.ObjectModel;
using System.Security.Cryptography;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>Settings in addition to a trust policy, in a separate file, so that other programs of the Notary Project can read the policy.</summary>
/// <param name="IsTrustRequired">Whether an artifact without a trusted signature is refused; otherwise it is accepted with a warning.</param>
/// <param name="Relocatable">The names of the statements that accept artifacts signed for other names.</param>
/// <param name="Keys">The sources of certificates.</param>
internal sealed record TrustSettings(bool IsTrustRequired, IReadOnlyCollection<string> Relocatable, IReadOnlyList<KeySource> Keys)
{
    /// <summary>The largest file in bytes that is read.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>The property that says whether trust is required.</summary>
    public const string TrustRequiredProperty = "trustRequired";

    /// <summary>The property with the settings of statements.</summary>
    public const string StatementsProperty = "statements";

    /// <summary>The property of a statement that accepts artifacts signed for other names.</summary>
    public const string AllowRelocatedProperty = "allowRelocated";

    /// <summary>The property of a statement that requires timestamps.</summary>
    public const string RequireTimestampProperty = "requireTimestamp";

    /// <summary>The property of a statement with the additional identities of its signers.</summary>
    public const string SignerIdentitiesProperty = "signerIdentities";

    /// <summary>The property with the patterns of repositories.</summary>
    public const string ScopesProperty = "scopes";

    /// <summary>The property with the tolerance for the signer's clock.</summary>
    public const string ClockToleranceProperty = "clockToleranceInSeconds";

    /// <summary>The largest tolerance for the signer's clock, in seconds.</summary>
    public const int MaxClockTolerance = 300;

    /// <summary>The property with the version of the file.</summary>
    public const string VersionProperty = "version";

    /// <summary>The supported version.</summary>
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

    /// <summary>The names of the statements that require a timestamp.</summary>
    public IReadOnlyCollection<string> TimestampRequired { get; init; } = [];

    /// <summary>The distinct patterns of repositories, each with the name of its statement.</summary>
    public IReadOnlyList<(ScopePattern Pattern, string Statement)> Scopes { get; init; } = [];

    /// <summary>By statement name, the identities of which a signer must have one.</summary>
    public IReadOnlyDictionary<string, SignerIdentities> SignerIdentities { get; init; } = ReadOnlyDictionary<string, SignerIdentities>.Empty;

    /// <summary>The names of the statements with settings.</summary>
    public IReadOnlyCollection<string> Named { get; init; } = [];

    /// <summary>How far the signer's clock may be ahead of this machine's clock.</summary>
    public TimeSpan ClockTolerance { get; init; }

    /// <summary>The default settings: trust is required, and nothing is allowed beyond the policy.</summary>
    public static TrustSettings Default { get; } = new(true, [], []);

    /// <summary>Reads the file. Unknown properties are ignored, unless they look like a misspelled property: its setting would be lost.</summary>
    /// <param name="json">The text in UTF-8.</param>
    /// <param name="what">Its name in messages.</param>
    /// <exception cref="InvalidInputException">It is not valid.</exception>
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

    /// <summary>Reads the tolerance for the signer's clock, in whole seconds.</summary>
    /// <exception cref="InvalidInputException">It is not a whole number, or out of range.</exception>
    public static TimeSpan ReadClockTolerance(JsonNode seconds) => TimeSpan.FromSeconds(seconds.WholeNumber(0, MaxClockTolerance));

    /// <summary>What a statement applies to: its scopes in the policy, except reserved ones, and its patterns.</summary>
    public IReadOnlyList<string> ScopesOf(TrustPolicyStatement statement)
    {
        var patterns = Scopes.Where(one => one.Statement == statement.Name).Select(one => one.Pattern).ToList();
        return
        [
            .. statement.Scopes.Where(scope => !patterns.Exists(pattern => pattern.ReservedScope.IsSame(scope))).Select(scope => scope.Text),
            .. patterns.Select(pattern => pattern.Text),
        ];
    }

    /// <summary>The sources of certificates for <paramref name="reference"/>: those set for its repository, else those set for everything.</summary>
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
                read.Add(name, new(identities)); // StrictJson refuses duplicate properties.
            }
            catch (InvalidInputException exception)
            {
                throw property.Invalid($"cannot be used: {exception.Message}", exception);
            }
        }

        return read;
    }
}

/// <summary>A source of a certificate in the user's settings.</summary>
/// <param name="Scope">The repository of its signatures, or everything.</param>
/// <param name="Url">An address for the user; nv2 fetches nothing.</param>
/// <param name="Sha256Thumbprint">SHA-256 of the certificate's DER in lower-case hexadecimal, which the downloaded certificate must have.</param>
/// <param name="Store">The name of the trust store to add it to, or <see langword="null"/> if the user chooses.</param>
internal sealed record KeySource(PolicyScope Scope, Uri Url, string Sha256Thumbprint, TrustStoreName? Store)
{
    internal static KeySource Read(JsonNode key) =>
        new(
            key.Required("scope").Value(PolicyScope.Parse),
            key.Required("url").Value(ParseUrl),
            key.Required("sha256Thumbprint").Value(ParseThumbprint),
            key.Optional("store")?.Value(TrustStoreName.Parse)
        );

    /// <summary>Reads a thumbprint: hexadecimal digits of any case, with or without colons, as other programs print them.</summary>
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

    // The address is printed in a command for the user to run, so it must be safe there.
    private static Uri ParseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "https" or "http" && !text.AsSpan().ContainsAnyExcept(CharacterSets.Url)
            ? url
            : throw new InvalidInputException(
                $"{Quoted.Text(text)} is not an address: expected https:// or http://, without spaces, quotes and control characters"
            );
}
