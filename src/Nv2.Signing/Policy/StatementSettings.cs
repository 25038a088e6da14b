using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>The settings of statements of the policy. Each must name an existing statement: a setting for a misspelled or removed statement would
/// silently have no effect.</summary>
internal static class StatementSettings
{
    /// <summary>Checks the settings against the policy.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="settingsFile">Their file, for messages.</param>
    /// <param name="policy">The policy, or <see langword="null"/>.</param>
    /// <exception cref="InvalidInputException">They name a missing statement, or have a setting that the statement does not support.</exception>
    public static void Require(TrustSettings settings, string settingsFile, TrustPolicy? policy)
    {
        if (settings is { TimestampRequired.Count: 0, Scopes.Count: 0, SignerIdentities.Count: 0 })
            return;
        var statements = (policy?.Statements ?? []).ToDictionary(statement => statement.Name, StringComparer.Ordinal);
        foreach (var name in settings.TimestampRequired)
            RequireTimestampsPossible(
                Find(PathOf(name, TrustSettings.RequireTimestampProperty), name),
                PathOf(name, TrustSettings.RequireTimestampProperty)
            );
        foreach (var (name, identities) in settings.SignerIdentities)
            RequireNarrower(
                Find(PathOf(name, TrustSettings.SignerIdentitiesProperty), name),
                identities,
                PathOf(name, TrustSettings.SignerIdentitiesProperty)
            );
        foreach (var (pattern, name) in settings.Scopes)
        {
            var path =
                $"{Quoted.Text(settingsFile)}: {TrustSettings.ScopesProperty}: {Quoted.Text(pattern.Text)} is for the statement {Quoted.Text(name)}";
            if (Find(path, name).Scopes.All(scope => scope.IsForBlobs))
                throw new InvalidInputException($"{path}, which is for blobs: expected a statement for artifacts");
        }

        string PathOf(string name, string property) =>
            $"{Quoted.Text(settingsFile)}: {TrustSettings.StatementsProperty}: {Quoted.Text(name)} has {property}";

        TrustPolicyStatement Find(string path, string name) =>
            statements.GetValueOrDefault(name) ?? throw new InvalidInputException($"{path}, but the trust policy has no statement with that name");
    }

    // Without a trusted authority the requirement could never be met.
    private static void RequireTimestampsPossible(TrustPolicyStatement statement, string path)
    {
        if (!statement.Level.SkipsAll && !statement.TrustStores.Any(store => store.Type == TrustStoreType.TimestampAuthority))
            throw new InvalidInputException(
                $"{path}, but that statement of the trust policy has no trust store of timestamp authorities: "
                    + "expected an additional trust store tsa:NAME"
            );
    }

    private static void RequireNarrower(TrustPolicyStatement statement, SignerIdentities identities, string path)
    {
        if (statement.Identities is not { } trusted)
            throw new InvalidInputException($"{path}, but that statement of the trust policy skips verification: expected no identities");
        if (identities.FindOutside(trusted) is { } outside)
        {
            throw new InvalidInputException(
                $"{path}, but no signer can have {Quoted.Text(outside.Text)} and one of the trusted identities of that statement "
                    + $"({string.Join(", ", trusted.Texts.Select(Quoted.Text))}): "
                    + "identities in the settings only narrow a statement; expected an identity that the statement trusts"
            );
        }
    }
}
