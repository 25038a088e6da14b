using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>A statement of a trust policy: what it is for, whom it trusts, and how strictly it is kept.</summary>
/// <param name="Name">Its name, which no other statement of the policy has.</param>
/// <param name="Scopes">What it is for.</param>
/// <param name="Level">Which validations it enforces.</param>
/// <param name="TimestampsOnlyAfterExpiry">Whether timestamps are looked at only where a certificate has expired (<c>verifyTimestamp</c>: <c>afterCertExpiry</c>).</param>
/// <param name="TrustStores">Where the trusted certificates are; empty where nothing is verified.</param>
/// <param name="Identities">Whose signatures count; <see langword="null"/> where nothing is verified.</param>
public sealed record TrustPolicyStatement(
    string Name, IReadOnlyList<PolicyScope> Scopes, VerificationLevel Level, bool TimestampsOnlyAfterExpiry, IReadOnlyList<TrustStoreName> TrustStores, TrustedIdentities? Identities)
{
    private const int MaxElements = 1024;

    internal static TrustPolicyStatement Read(JsonNode statement, string scopesProperty, Func<string, PolicyScope> parseScope)
    {
        var name = statement.Required("name").NonEmptyText();
        try
        {
            var scopes = ReadScopes(statement.Required(scopesProperty), parseScope);
            var verification = statement.Required("signatureVerification");
            var level = VerificationLevel.Read(verification);
            if (level.SkipsAll && scopes.FirstOrDefault(scope => scope.IsGlobal) is not null)
                throw verification.Required("level").Invalid("is skip, which a statement for everything (*) must not have");

            var stores = statement.Optional("trustStores") is { } trustStores ? trustStores.Array(MaxElements).ConvertAll(store => store.Value(TrustStoreName.Parse)) : [];
            RequireStores(statement, level, stores);
            return new(name, scopes, level, ReadTimestamps(verification), stores, ReadIdentities(statement, level));
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"{exception.Message} (in the statement {Quoted.Text(name)})", exception) { Path = exception.Path, Document = exception.Document };
        }
    }

    private static List<PolicyScope> ReadScopes(JsonNode property, Func<string, PolicyScope> parse)
    {
        var scopes = property.Array(MaxElements).ConvertAll(scope => scope.Value(parse));
        if (scopes.Count == 0)
            throw property.Invalid("is empty: expected one scope or more");
        return scopes.Count == 1 || !scopes.Exists(scope => scope.IsGlobal) ? scopes : throw property.Invalid("has * beside other scopes: expected it alone");
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
            throw property.Invalid("is empty: expected one trust store or more");
        if (stores.TrueForAll(store => store.Type == TrustStoreType.TimestampAuthority))
            throw property.Invalid("has stores of timestamp authorities alone: expected one of the type ca or signingAuthority");
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

    private static bool ReadTimestamps(JsonNode verification) => verification.Optional("verifyTimestamp") is { } setting && setting.Text() switch
    {
        "always" => false,
        "afterCertExpiry" => true,
        var text => throw setting.Invalid($"is {Quoted.Text(text)}: expected always or afterCertExpiry"),
    };
}
