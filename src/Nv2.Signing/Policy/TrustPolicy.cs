using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>A trust policy document of the Notary Project (trust-store-trust-policy.md, "Trust Policy"), of version 1.0 or 1.1.</summary>
internal sealed class TrustPolicy
{
    /// <summary>The largest document in bytes that is read.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>The property with the statements.</summary>
    public const string StatementsProperty = "trustPolicies";

    private const int MaxStatements = 4096;

    private readonly List<ScopeList> scopes;
    private readonly ScopeIndex index;

    private TrustPolicy(JsonNode property, IReadOnlyList<TrustPolicyStatement> statements, List<ScopeList> scopes)
    {
        Statements = statements;
        this.scopes = scopes;
        if (statements.CountBy(statement => statement.Name).FirstOrDefault(one => one.Value > 1).Key is { } name)
            throw property.Invalid($"has two statements with the name {Quoted.Text(name)}: expected each name once");
        index = new(
            scopes,
            (first, second) =>
                throw property.Invalid(
                    $"has the scope {Quoted.Text(second.Scope.Text)} in the statements {Quoted.Text(statements[first.Statement].Name)} and "
                        + $"{Quoted.Text(statements[second.Statement].Name)}: expected each scope once"
                )
        );
    }

    /// <summary>The statements, in their order.</summary>
    public IReadOnlyList<TrustPolicyStatement> Statements { get; }

    /// <summary>Whether it has different statements for different repositories.</summary>
    public bool DependsOnName => scopes.Exists(one => one.NamesRepository);

    /// <summary>The statement for everything without a more specific rule, or <see langword="null"/>.</summary>
    public TrustPolicyStatement? ForEverything => Find(one => one.IsForEverything);

    /// <summary>Reads a document.</summary>
    /// <param name="json">The text in UTF-8.</param>
    /// <param name="what">Its name in messages: <c>the trust policy "trustpolicy.json"</c>.</param>
    /// <exception cref="InvalidInputException">It violates the specification; the message names the statement and the rule.</exception>
    public static TrustPolicy Parse(ReadOnlySpan<byte> json, string what)
    {
        var document = StrictJson.Parse(json, what);
        var isPrefixed = ReadVersion(document.Required("version"));
        var property = document.Required(StatementsProperty);
        var nodes = property.Array(MaxStatements);
        if (nodes.Count == 0)
            throw property.Invalid("is empty: expected at least one statement");
        var scopes = new List<ScopeList>(nodes.Count);
        var statements = nodes.ConvertAll(node => TrustPolicyStatement.Read(node, isPrefixed, scopes));
        return new TrustPolicy(property, statements, scopes);
    }

    /// <summary>The statement for the repository of a reference: the one that names it, else the one for everything; <see langword="null"/> if there
    /// is neither.</summary>
    /// <param name="reference">The name under which an artifact is used; <see langword="null"/> for the statement for everything.</param>
    public TrustPolicyStatement? For(Reference? reference) => (reference is null ? null : Naming(reference)?.Statement) ?? ForEverything;

    /// <summary>The statement that names the repository of a reference, with its scope; <see langword="null"/> if none does.</summary>
    public (TrustPolicyStatement Statement, PolicyScope Scope)? Naming(Reference reference) => Find(reference.Repository, isForBlobs: false);

    /// <summary>The statement of that name, or <see langword="null"/>.</summary>
    public TrustPolicyStatement? ByName(string name) => Statements.FirstOrDefault(statement => statement.Name == name);

    /// <summary>The statement for a blob: the one with its scope, else the one for all blobs; <see langword="null"/> if there is neither, as always
    /// in version 1.0.</summary>
    /// <param name="scope">The name of the scope, without <c>blob:</c>; <see langword="null"/> for the statement for all.</param>
    public TrustPolicyStatement? ForBlob(string? scope) =>
        (scope is null ? null : Find(scope, isForBlobs: true)?.Statement) ?? Find(one => one.IsForAllBlobs);

    private (TrustPolicyStatement Statement, PolicyScope Scope)? Find(string name, bool isForBlobs)
    {
        foreach (var (statement, position) in index.Find(name, isForBlobs))
        {
            if (scopes[statement][position] is { IsGlobal: false } scope && scope.IsForBlobs == isForBlobs && scope.Name == name)
                return (Statements[statement], scope);
        }

        return null;
    }

    private TrustPolicyStatement? Find(Predicate<ScopeList> isFor) => scopes.FindIndex(isFor) is var position and >= 0 ? Statements[position] : null;

    private static bool ReadVersion(JsonNode version) =>
        version.Text() switch
        {
            "1.0" => false,
            "1.1" => true,
            var other => throw version.Invalid($"is {Quoted.Text(other)}: expected 1.0 or 1.1"),
        };
}

/// <summary>A statement of a trust policy: its scopes, its trusted signers, and its verification level.</summary>
/// <param name="Name">Its name, unique in the policy.</param>
/// <param name="Scopes">Its scopes.</param>
/// <param name="Level">The validations that it enforces.</param>
/// <param name="TimestampsOnlyAfterExpiry">Whether timestamps are verified only if a certificate has expired (<c>verifyTimestamp</c>:
/// <c>afterCertExpiry</c>).</param>
/// <param name="TrustStores">The stores of trusted certificates; empty if nothing is verified.</param>
/// <param name="Identities">The trusted identities; <see langword="null"/> if nothing is verified.</param>
internal sealed record TrustPolicyStatement(
    string Name,
    IReadOnlyList<PolicyScope> Scopes,
    VerificationLevel Level,
    bool TimestampsOnlyAfterExpiry,
    IReadOnlyList<TrustStoreName> TrustStores,
    TrustedIdentities? Identities
)
{
    private const int MaxElements = 1024;

    internal static TrustPolicyStatement Read(JsonNode statement, bool isPrefixed, List<ScopeList> ofAll)
    {
        var name = statement.Required("name").NonEmptyText();
        try
        {
            var scopes = isPrefixed
                ? ScopeList.Read(statement.Required("scopes"), "oci:"u8, PolicyScope.ParsePrefixed)
                : ScopeList.Read(statement.Required("registryScopes"), [], PolicyScope.Parse);
            var verification = statement.Required("signatureVerification");
            var level = VerificationLevel.Read(verification);
            if (level.SkipsAll && (scopes.IsForEverything || scopes.IsForAllBlobs))
                throw verification.Required("level").Invalid("is skip, which is not allowed in a statement for everything (*)");

            var stores = statement.Optional("trustStores") is { } trustStores
                ? trustStores.Array(MaxElements).ConvertAll(store => store.Value(TrustStoreName.Parse))
                : [];
            RequireStores(statement, level, stores);
            ofAll.Add(scopes);
            return new(name, scopes, level, ReadTimestamps(verification), stores, ReadIdentities(statement, level));
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"{exception.Message} (in the statement {Quoted.Text(name)})", exception)
            {
                Path = exception.Path,
                Document = exception.Document,
            };
        }
    }

    private static void RequireStores(JsonNode statement, VerificationLevel level, List<TrustStoreName> stores)
    {
        if (level.SkipsAll)
        {
            if (stores.Count > 0)
                throw statement.Required("trustStores").Invalid("is not empty: a statement that skips verification must have no trust stores");
            return;
        }

        var property = statement.Required("trustStores");
        if (stores.Count == 0)
            throw property.Invalid("is empty: expected at least one trust store");
        if (stores.TrueForAll(store => store.Type == TrustStoreType.TimestampAuthority))
            throw property.Invalid("has only stores of timestamp authorities: expected one of the type ca or signingAuthority");
        if (stores.CountBy(store => store).FirstOrDefault(one => one.Value > 1).Key is { } twice)
            throw property.Invalid($"has {Quoted.Text(twice.ToString())} twice");
    }

    private static TrustedIdentities? ReadIdentities(JsonNode statement, VerificationLevel level)
    {
        if (level.SkipsAll)
        {
            return statement.Optional("trustedIdentities") is { } stray && stray.Array(MaxElements).Count > 0
                ? throw stray.Invalid("is not empty: a statement that skips verification must have no trusted identities")
                : null;
        }

        var property = statement.Required("trustedIdentities");
        var identities = property.Array(MaxElements).ConvertAll(identity => identity.Value(TrustedIdentity.Parse));
        try
        {
            return new TrustedIdentities(identities);
        }
        catch (InvalidInputException exception)
        {
            throw property.Invalid($"cannot be used: {exception.Message}", exception);
        }
    }

    private static bool ReadTimestamps(JsonNode verification) =>
        verification.Optional("verifyTimestamp") is { } setting
        && setting.Text() switch
        {
            "always" => false,
            "afterCertExpiry" => true,
            var text => throw setting.Invalid($"is {Quoted.Text(text)}: expected always or afterCertExpiry"),
        };
}
