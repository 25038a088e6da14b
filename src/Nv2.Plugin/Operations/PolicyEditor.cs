using System.Text.Json.Nodes;
using Nv2.Signing;
using Nv2.Signing.Policy;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Operations;

/// <summary>Changes the trust policy and the settings of a trust home. Entries by hand keep their order, and unknown members are kept.</summary>
/// <param name="home">The trust home.</param>
internal sealed class PolicyEditor(TrustHome home)
{
    /// <summary>A permission to add to a statement.</summary>
    /// <param name="Scope">A scope of the policy; for a pattern, its reserved scope.</param>
    /// <param name="Pattern">The pattern of repositories, or <see langword="null"/>.</param>
    /// <param name="Stores">The trust stores to add to it.</param>
    /// <param name="Level">Its level, or <see langword="null"/> for no change, or strict in a new statement.</param>
    /// <param name="Identities">The identities to set; none for no change, or <c>*</c> in a new statement.</param>
    /// <param name="SignerIdentities">The identities to set in the settings; none for no change.</param>
    /// <param name="Name">Its name, or <see langword="null"/> for no change, or the scope in a new statement.</param>
    /// <param name="Relocated">Whether to accept artifacts that are signed for other names.</param>
    internal sealed record Permission(
        PolicyScope Scope,
        ScopePattern? Pattern,
        IReadOnlyList<TrustStoreName> Stores,
        VerificationLevel? Level,
        IReadOnlyList<string> Identities,
        IReadOnlyList<string> SignerIdentities,
        string? Name,
        bool Relocated
    )
    {
        /// <summary>Its scope or pattern, as the user wrote it.</summary>
        public string Text => Pattern?.Text ?? Scope.Text;
    }

    /// <summary>Adds a statement, or changes the one with the scope, and its settings.</summary>
    /// <returns>The statement's name.</returns>
    /// <exception cref="InvalidInputException">The policy or the settings cannot be read, or would break a rule; nothing is changed.</exception>
    /// <remarks>
    /// The two files are changed one after the other. If the process ends in between, no additional signer is trusted: identities that narrow a
    /// statement are written before the statement, and a pattern that uses it after it.
    /// </remarks>
    public string Allow(Permission permission)
    {
        home.RequireOwn();
        var settings = home.ReadSettings();
        var name = "";
        var policy = TrustPolicy.Parse(
            JsonFile.Preview(home.PolicyFile, ReadPolicy, json => name = Allow(json, permission, settings), RequirePolicy),
            "the trust policy"
        );
        StatementSettings.Require(
            TrustSettings.Parse(
                JsonFile.Preview(
                    home.SettingsFile,
                    ReadSettings,
                    json =>
                    {
                        Prepare(json);
                        Narrow(json);
                        Widen(json);
                    },
                    RequireSettings
                ),
                "the settings"
            ),
            home.SettingsFile,
            policy
        );

        if (permission.SignerIdentities.Count > 0)
            ChangeSettings(Narrow);
        JsonFile.Change(home.PolicyFile, ReadPolicy, json => name = Allow(json, permission, settings), RequirePolicy);
        if (permission.Pattern is not null || permission.Relocated)
            ChangeSettings(Widen);
        return name;

        void Narrow(JsonObject json)
        {
            if (permission.SignerIdentities.Count > 0)
                Statement(json)[TrustSettings.SignerIdentitiesProperty] = new JsonArray([
                    .. permission.SignerIdentities.Select(identity => (JsonNode)identity),
                ]);
        }

        void Widen(JsonObject json)
        {
            if (permission.Relocated)
                Statement(json)[TrustSettings.AllowRelocatedProperty] = true;
            if (permission.Pattern is { } pattern && !settings.Scopes.Any(scope => scope.Pattern == pattern))
                Object(json, TrustSettings.ScopesProperty)[pattern.Text] = name;
        }

        JsonObject Statement(JsonObject json) => Object(Object(json, TrustSettings.StatementsProperty), name);
    }

    /// <summary>Removes a scope or a pattern from its statement, and the statement if none is left.</summary>
    /// <returns>The statement's name.</returns>
    /// <exception cref="InvalidInputException">There is no such scope, or it is the last statement; nothing is changed.</exception>
    /// <remarks>The policy is changed before the settings of a removed statement, and after a pattern that uses it: what narrows a statement exists
    /// as long as the statement.</remarks>
    public string Disallow(PolicyScope scope, ScopePattern? pattern)
    {
        home.RequireOwn();
        var settings = home.ReadSettings();
        var (name, isGone) = ("", false);
        RequirePolicy(JsonFile.Preview(home.PolicyFile, ReadPolicy, Remove, RequirePolicy));
        if (pattern is not null)
            ChangeSettings(RemovePattern);
        JsonFile.Change(home.PolicyFile, ReadPolicy, Remove, RequirePolicy);
        if (isGone && settings.Named.Contains(name))
            ChangeSettings(json => Object(json, TrustSettings.StatementsProperty).Remove(name));
        return name;

        void RemovePattern(JsonObject json)
        {
            var patterns = Object(json, TrustSettings.ScopesProperty);
            foreach (var text in patterns.Select(one => one.Key).Where(text => ScopePattern.Parse(text) == pattern).ToList())
                patterns.Remove(text);
        }

        void Remove(JsonObject policy)
        {
            var isPrefixed = policy["version"]?.GetValue<string>() == "1.1";
            var property = isPrefixed ? "scopes" : "registryScopes";
            var statements = policy[TrustPolicy.StatementsProperty] as JsonArray ?? [];
            var used = settings.Scopes.FirstOrDefault(one => one.Pattern == pattern).Statement;
            var statement =
                statements
                    .OfType<JsonObject>()
                    .FirstOrDefault(one =>
                        used is not null
                            ? one["name"]!.GetValue<string>() == used
                            : pattern is null && Texts(one[property]).Any(text => IsSame(text, scope, isPrefixed))
                    )
                ?? throw new InvalidInputException(
                    pattern is null
                        ? $"the trust policy {Quoted.Text(home.PolicyFile)} has no statement for {scope.Text}"
                        : $"the settings {Quoted.Text(home.SettingsFile)} have no pattern {pattern.Text}"
                );
            name = statement["name"]!.GetValue<string>();
            var patterns = settings.Scopes.Where(one => one.Statement == name && one.Pattern != pattern).Select(one => one.Pattern).ToList();
            var rest = Texts(statement[property]).Where(text => !IsSame(text, scope, isPrefixed)).ToList();

            // A statement that is only for patterns has the reserved scope of one of them.
            if (rest.Count == 0 && patterns.Count > 0)
                rest.Add($"{(isPrefixed ? "oci:" : "")}{patterns[0].ReservedScope.Text}");
            isGone = rest.Count == 0;
            if (!isGone)
                statement[property] = new JsonArray([.. rest.Select(text => (JsonNode)text)]);
            else if (statements.Count == 1)
                throw new InvalidInputException(
                    $"{Quoted.Text(name)} is the only statement of the trust policy, and a policy must have one: "
                        + $"to trust no signer, remove the file {Quoted.Text(home.PolicyFile)}"
                );
            else
                statements.Remove(statement);
        }
    }

    /// <summary>Sets whether trust is required.</summary>
    public void RequireTrust(bool required) => ChangeSettings(settings => settings[TrustSettings.TrustRequiredProperty] = required);

    private void ChangeSettings(Action<JsonObject> change)
    {
        home.RequireOwn();
        JsonFile.Change(
            home.SettingsFile,
            ReadSettings,
            settings =>
            {
                Prepare(settings);
                change(settings);
            },
            RequireSettings
        );
    }

    private static void Prepare(JsonObject settings) => settings.TryAdd(TrustSettings.VersionProperty, TrustSettings.Version);

    private void RequirePolicy(byte[] json) => TrustPolicy.Parse(json, $"the trust policy {Quoted.Text(home.PolicyFile)}");

    private void RequireSettings(byte[] json) => TrustSettings.Parse(json, $"the settings {Quoted.Text(home.SettingsFile)}");

    private static byte[]? ReadPolicy(string file) => TrustHome.Read(file, TrustPolicy.MaxBytes, "the trust policy");

    private static byte[]? ReadSettings(string file) => TrustHome.Read(file, TrustSettings.MaxBytes, "the settings");

    private static JsonObject Object(JsonObject parent, string name)
    {
        if (parent[name] is not JsonObject child)
            parent[name] = child = [];
        return child;
    }

    private static string Allow(JsonObject policy, Permission permission, TrustSettings settings)
    {
        policy.TryAdd("version", "1.0");
        var isPrefixed = policy["version"]!.GetValue<string>() == "1.1";
        var (property, scope) = isPrefixed ? ("scopes", $"oci:{permission.Scope.Text}") : ("registryScopes", permission.Scope.Text);
        if (policy[TrustPolicy.StatementsProperty] is not JsonArray statements)
            policy[TrustPolicy.StatementsProperty] = statements = [];

        // The settings may assign a pattern to a statement that also has unreserved scopes.
        var used = settings.Scopes.FirstOrDefault(one => one.Pattern == permission.Pattern).Statement;
        var statement = statements
            .OfType<JsonObject>()
            .FirstOrDefault(one =>
                used is not null
                    ? one["name"]!.GetValue<string>() == used
                    : Texts(one[property]).Any(text => IsSame(text, permission.Scope, isPrefixed))
            );
        if (statement is null)
        {
            statement = new JsonObject
            {
                ["name"] = permission.Name ?? (permission.Scope.IsGlobal ? "everything-else" : permission.Text),
                [property] = new JsonArray(scope),
            };
            statements.Add((JsonNode)statement);
        }
        else
        {
            RequireOwn(statement, permission, settings, Texts(statement[property]).Count(text => !IsSame(text, permission.Scope, isPrefixed)));
        }

        Fill(statement, permission);
        return statement["name"]!.GetValue<string>();
    }

    // A change for one repository must not silently apply to the others of the same statement.
    private static void RequireOwn(JsonObject statement, Permission permission, TrustSettings settings, int otherScopes)
    {
        var name = statement["name"]!.GetValue<string>();
        var others = otherScopes + settings.Scopes.Count(one => one.Statement == name && one.Pattern != permission.Pattern);
        if (others > 0)
        {
            throw new InvalidInputException(
                $"the statement {Quoted.Text(name)} of the trust policy is for {permission.Text} and {others} more, and the change would "
                    + "apply to all: "
                    + $"first give {permission.Text} its own statement in the file"
            );
        }

        if (permission.Name is not null && permission.Name != name)
            throw new InvalidInputException(
                $"the statement for {permission.Text} already has the name {Quoted.Text(name)}: expected no name, or this one"
            );
    }

    private static void Fill(JsonObject statement, Permission permission)
    {
        var verification = Object(statement, "signatureVerification");
        if (permission.Level is not null)
        {
            verification["level"] = permission.Level.Name;
            verification.Remove("override");
        }

        verification.TryAdd("level", VerificationLevel.Strict.Name);
        if (statement["trustStores"] is not JsonArray stores)
            statement["trustStores"] = stores = [];
        foreach (var store in permission.Stores.Select(store => store.ToString()).Except(Texts(stores).ToList()))
            stores.Add((JsonNode)store);
        if (permission.Identities.Count > 0)
            statement["trustedIdentities"] = new JsonArray([.. permission.Identities.Select(identity => (JsonNode)identity)]);
        else if (!Texts(statement["trustedIdentities"]).Any())
            statement["trustedIdentities"] = new JsonArray("*");
    }

    private static IEnumerable<string> Texts(JsonNode? array) => array is JsonArray items ? items.Select(item => item!.GetValue<string>()) : [];

    private static bool IsSame(string text, PolicyScope scope, bool isPrefixed) =>
        (isPrefixed ? PolicyScope.ParsePrefixed(text) : PolicyScope.Parse(text)) is { IsForBlobs: false } other && other.IsSame(scope);
}
