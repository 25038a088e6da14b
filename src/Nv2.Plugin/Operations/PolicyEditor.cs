using System.Text.Json.Nodes;
using Nv2.Signing;
using Nv2.Signing.Policy;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Operations;

/// <summary>Changes the trust policy and the settings of a trust home. What was written by hand keeps its order, and what is not known here stays.</summary>
/// <param name="home">The trust home.</param>
internal sealed class PolicyEditor(TrustHome home)
{
    /// <summary>What a statement is to allow.</summary>
    /// <param name="Scope">What it is for.</param>
    /// <param name="Stores">The trust stores to add to it.</param>
    /// <param name="Level">Its level, or <see langword="null"/> to leave it: strict in a new one.</param>
    /// <param name="Identities">The identities to have in the place of those it has; none to leave them: everybody in a new one.</param>
    /// <param name="Name">Its name, or <see langword="null"/> to leave it: the scope in a new one.</param>
    internal sealed record Permission(PolicyScope Scope, IReadOnlyList<TrustStoreName> Stores, VerificationLevel? Level, IReadOnlyList<string> Identities, string? Name);

    /// <summary>Writes a statement, or changes the one that has the scope.</summary>
    /// <returns>The statement's name.</returns>
    /// <exception cref="InvalidInputException">The policy cannot be read, or would break a rule; nothing is changed.</exception>
    public string Allow(Permission permission)
    {
        var name = "";
        home.RequireOwn();
        JsonFile.Change(home.PolicyFile, ReadPolicy, policy => name = Allow(policy, permission), json => TrustPolicy.Parse(json, $"the trust policy {Quoted.Text(home.PolicyFile)}"));
        return name;
    }

    /// <summary>Says whether trust is required.</summary>
    public void RequireTrust(bool required) => ChangeSettings(settings => settings[TrustSettings.TrustRequiredProperty] = required);

    /// <summary>Lets artifacts that are signed for one name be used under the names of a statement.</summary>
    public void AllowRelocated(string statement) => ChangeSettings(settings =>
        Object(Object(settings, TrustSettings.StatementsProperty), statement)[TrustSettings.AllowRelocatedProperty] = true);

    private void ChangeSettings(Action<JsonObject> change)
    {
        home.RequireOwn();
        JsonFile.Change(
            home.SettingsFile,
            file => TrustHome.Read(file, TrustSettings.MaxBytes, "the settings"),
            settings =>
            {
                settings.TryAdd(TrustSettings.VersionProperty, TrustSettings.Version);
                change(settings);
            },
            json => TrustSettings.Parse(json, $"the settings {Quoted.Text(home.SettingsFile)}"));
    }

    private static byte[]? ReadPolicy(string file) => TrustHome.Read(file, TrustPolicy.MaxBytes, "the trust policy");

    private static JsonObject Object(JsonObject parent, string name)
    {
        if (parent[name] is not JsonObject child)
            parent[name] = child = [];
        return child;
    }

    private static string Allow(JsonObject policy, Permission permission)
    {
        policy.TryAdd("version", "1.0");
        var isPrefixed = policy["version"]!.GetValue<string>() == "1.1";
        var (property, scope) = isPrefixed ? ("scopes", $"oci:{permission.Scope.Text}") : ("registryScopes", permission.Scope.Text);
        if (policy[TrustPolicy.StatementsProperty] is not JsonArray statements)
            policy[TrustPolicy.StatementsProperty] = statements = [];

        var statement = statements.OfType<JsonObject>().FirstOrDefault(one => Texts(one[property]).Any(text => IsSame(text, permission.Scope, isPrefixed)));
        if (statement is null)
        {
            statement = new JsonObject { ["name"] = permission.Name ?? (permission.Scope.IsGlobal ? "everything-else" : permission.Scope.Text), [property] = new JsonArray(scope) };
            statements.Add((JsonNode)statement);
        }
        else
        {
            RequireOwn(statement, permission, Texts(statement[property]).Count());
        }

        Fill(statement, permission);
        return statement["name"]!.GetValue<string>();
    }

    // Whoever allows something for one repository must not allow it for the others of the same statement unawares.
    private static void RequireOwn(JsonObject statement, Permission permission, int scopes)
    {
        var name = statement["name"]!.GetValue<string>();
        if (scopes > 1)
        {
            throw new InvalidInputException(
                $"the statement {Quoted.Text(name)} of the trust policy is for {permission.Scope.Text} and {scopes - 1} more, which a change would apply to as well: give {permission.Scope.Text} a statement of its own in the file first");
        }

        if (permission.Name is not null && permission.Name != name)
            throw new InvalidInputException($"the statement for {permission.Scope.Text} has the name {Quoted.Text(name)} already: expected none, or this one");
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

    private static bool IsSame(string text, PolicyScope scope, bool isPrefixed) => (isPrefixed ? PolicyScope.ParsePrefixed(text) : PolicyScope.Parse(text)) is { IsForBlobs: false } other && other.IsSame(scope);
}
