using System.Net;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>
/// A pattern in the settings that assigns many repositories to one statement of the policy: all of a registry, <c>registry.example.com/*</c>, or all
/// in a folder of it, <c>registry.example.com/team/*</c>. The <c>*</c> matches one or more parts of the path, so the repository
/// <c>registry.example.com/team</c> does not match <c>registry.example.com/team/*</c>.
/// </summary>
internal sealed record ScopePattern
{
    /// <summary>The registry of the reserved scopes of statements that only have patterns. No registry can have this name (RFC 6761 section
    /// 6.4).</summary>
    public const string ReservedRegistry = "nv2.invalid";

    private const string Everything = "*";
    private const string End = "/*";

    // With the slash before the star, so that no other name matches the prefix by chance. The registry is in lower case.
    private readonly string prefix;

    private ScopePattern(string prefix) => this.prefix = prefix;

    /// <summary>The pattern with the registry in lower case: two patterns are equal exactly if their texts are.</summary>
    public string Text => $"{prefix}{Everything}";

    /// <summary>The specificity: of several matching patterns, the longest text is the most specific, because each is in the folder of the
    /// next.</summary>
    internal int Specificity => prefix.Length;

    /// <summary>
    /// The reserved scope of a statement that is only for this pattern. The Notary Project has no patterns, and requires at least one scope of every
    /// statement; this scope is not a repository.
    /// </summary>
    public PolicyScope ReservedScope
    {
        get
        {
            var slash = prefix.IndexOf('/', StringComparison.Ordinal);
            return PolicyScope.Parse($"{ReservedRegistry}/{PathOf(prefix[..slash])}{prefix[slash..^1]}");
        }
    }

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="InvalidInputException">It is not valid.</exception>
    public static ScopePattern Parse(string text)
    {
        if (text == Everything)
            throw Invalid(text, "* alone belongs in the trust policy as a scope");
        if (!text.EndsWith(End, StringComparison.Ordinal))
        {
            throw Invalid(
                text,
                text.Contains('*', StringComparison.Ordinal)
                    ? "* is allowed only at the end, after a slash"
                    : "a single repository belongs in the trust policy as a scope"
            );
        }

        var name = text[..^End.Length];
        if (name.Contains('*', StringComparison.Ordinal))
            throw Invalid(text, "* is allowed only at the end, after a slash");
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var (registry, folder) = slash < 0 ? (name, "") : (name[..slash], name[slash..]);

        // At least two parts, so that docker's defaults do not apply: docker.io/app/* is the folder app, not the repository library/app.
        const string AnyRepository = "/any/any";
        return Reference.TryParseRepository(registry, $"{folder}{AnyRepository}"[1..], out var repository)
            ? new(repository[..^(AnyRepository.Length - 1)])
            : throw Invalid(text, "it is not the name of a registry, or of a folder in one");
    }

    /// <summary>Whether it is for the repository of <paramref name="reference"/>.</summary>
    public bool Covers(Reference reference) => reference.Repository.StartsWith(prefix, StringComparison.Ordinal);

    private static InvalidInputException Invalid(string text, string reason) =>
        new(
            $"{Quoted.Text(text)} is not a pattern of repositories: {reason}: expected a registry or a folder in it, and /*, "
                + "such as registry.example.com/* or registry.example.com/team/*"
        );

    // A registry as part of a path, without colons and brackets. No host name has two underscores.
    private static string PathOf(string registry)
    {
        if (registry[0] != '[')
            return registry.Replace(":", "__", StringComparison.Ordinal);
        var end = registry.IndexOf(']', StringComparison.Ordinal);
        var address = Convert.ToHexStringLower(IPAddress.Parse(registry.AsSpan(1, end - 1)).GetAddressBytes());
        return $"ipv6__{address}{registry[(end + 1)..].Replace(":", "__", StringComparison.Ordinal)}";
    }
}
