using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>Whom a user trusts for what: a trust policy document of the Notary Project (trust-store-trust-policy.md, "Trust Policy"), of version 1.0 or 1.1.</summary>
/// <param name="Statements">The statements, in their order.</param>
public sealed record TrustPolicy(IReadOnlyList<TrustPolicyStatement> Statements)
{
    /// <summary>The largest document in bytes that is read.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>The property with the statements.</summary>
    public const string StatementsProperty = "trustPolicies";

    private const int MaxStatements = 4096;

    /// <summary>Reads a document.</summary>
    /// <param name="json">The text in UTF-8.</param>
    /// <param name="what">What to call it in messages: <c>the trust policy "trustpolicy.json"</c>.</param>
    /// <exception cref="InvalidInputException">It breaks a rule of the specification; the message names the statement and the rule.</exception>
    public static TrustPolicy Parse(ReadOnlySpan<byte> json, string what)
    {
        var document = StrictJson.Parse(json, what);
        var (scopes, parseScope) = ReadVersion(document.Required("version"));
        var property = document.Required(StatementsProperty);
        var nodes = property.Array(MaxStatements);
        if (nodes.Count == 0)
            throw property.Invalid("is empty: expected one statement or more");
        var statements = nodes.ConvertAll(node => TrustPolicyStatement.Read(node, scopes, parseScope));
        RequireDistinct(property, statements);
        return new TrustPolicy(statements);
    }

    /// <summary>Whether it says different things of different repositories.</summary>
    public bool DependsOnName => Statements.Any(statement => statement.Scopes.Any(scope => scope is { IsGlobal: false, IsForBlobs: false }));

    /// <summary>The statement for the repository of a reference: the one that names it, else the one for everything; <see langword="null"/> where there is neither.</summary>
    /// <param name="reference">The name under which an artifact is used; <see langword="null"/> for the statement for everything.</param>
    public TrustPolicyStatement? For(Reference? reference) =>
        (reference is null ? null : Statements.FirstOrDefault(statement => statement.Scopes.Any(scope => scope.Names(reference))))
        ?? Statements.FirstOrDefault(statement => statement.Scopes.Any(scope => scope is { IsGlobal: true, IsForBlobs: false }));

    /// <summary>The statement for a blob: the one that has its scope, else the one for all blobs; <see langword="null"/> where there is neither. In version 1.0 there never is one.</summary>
    /// <param name="scope">The name of the scope, without <c>blob:</c>; <see langword="null"/> for the statement for all.</param>
    public TrustPolicyStatement? ForBlob(string? scope) =>
        (scope is null ? null : Statements.FirstOrDefault(statement => statement.Scopes.Any(one => one.IsForBlobs && !one.IsGlobal && one.Name == scope)))
        ?? Statements.FirstOrDefault(statement => statement.Scopes.Any(one => one is { IsForBlobs: true, IsGlobal: true }));

    private static (string ScopesProperty, Func<string, PolicyScope> ParseScope) ReadVersion(JsonNode version) => version.Text() switch
    {
        "1.0" => ("registryScopes", PolicyScope.Parse),
        "1.1" => ("scopes", PolicyScope.ParsePrefixed),
        var other => throw version.Invalid($"is {Quoted.Text(other)}: expected 1.0 or 1.1"),
    };

    private static void RequireDistinct(JsonNode property, IReadOnlyList<TrustPolicyStatement> statements)
    {
        if (statements.CountBy(statement => statement.Name).FirstOrDefault(one => one.Value > 1).Key is { } name)
            throw property.Invalid($"has two statements with the name {Quoted.Text(name)}: expected each name once");

        var owners = new Dictionary<(bool, string), string>();
        foreach (var (statement, scope) in statements.SelectMany(statement => statement.Scopes.Select(scope => (statement, scope))))
        {
            if (!owners.TryAdd((scope.IsForBlobs, scope.Name), statement.Name))
            {
                throw property.Invalid(
                    $"has the scope {Quoted.Text(scope.Text)} in the statements {Quoted.Text(owners[(scope.IsForBlobs, scope.Name)])} and {Quoted.Text(statement.Name)}: expected each scope once");
            }
        }
    }
}
