using System.Net;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>
/// Many repositories that the settings give to one statement of the policy: all of a registry, <c>registry.example.com/*</c>, or all in a folder of
/// one,
/// <c>registry.example.com/team/*</c>. The <c>*</c> stands for one part of the path or more, so that the repository <c>registry.example.com/team</c>
/// is not in its own folder.
/// </summary>
internal sealed record ScopePattern
{
    /// <summary>The registry of the scopes by which a policy has statements that are for patterns alone. No registry can have this name (RFC 6761
    /// section 6.4).</summary>
    public const string ReservedRegistry = "nv2.invalid";

    private const string Everything = "*";
    private const string End = "/*";

    // With the slash before the star, so that no name can begin with it by chance. The registry is in lower case.
    private readonly string prefix;

    private ScopePattern(string prefix) => this.prefix = prefix;

    /// <summary>The pattern with the registry in lower case: two with the same text are for the same repositories, and no others are.</summary>
    public string Text => $"{prefix}{Everything}";

    /// <summary>How much it says: of several patterns for a repository the one with the longest text is the most specific, since each is then in the
    /// folder of the next.</summary>
    internal int Specificity => prefix.Length;

    /// <summary>
    /// The scope of a statement that is for this pattern alone. The Notary Project has no patterns, and wants one scope at least of every statement;
    /// this one is no repository.
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
    /// <exception cref="InvalidInputException">It is none.</exception>
    public static ScopePattern Parse(string text)
    {
        if (text == Everything)
            throw Invalid(text, "* alone is a scope of the trust policy");
        if (!text.EndsWith(End, StringComparison.Ordinal))
        {
            throw Invalid(
                text,
                text.Contains('*', StringComparison.Ordinal)
                    ? "* is no part of a name, and stands at the end alone, behind a slash"
                    : "a single repository is a scope of the trust policy"
            );
        }

        var name = text[..^End.Length];
        if (name.Contains('*', StringComparison.Ordinal))
            throw Invalid(text, "* is no part of a name, and stands at the end alone, behind a slash");
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var (registry, folder) = slash < 0 ? (name, "") : (name[..slash], name[slash..]);

        // Two parts at least, so that no default of docker's is filled in: docker.io/app/* is the folder app, and not the repository library/app.
        const string AnyRepository = "/any/any";
        return Reference.TryParseRepository(registry, $"{folder}{AnyRepository}"[1..], out var repository)
            ? new(repository[..^(AnyRepository.Length - 1)])
            : throw Invalid(text, "it is not the name of a registry, or of a folder in one");
    }

    /// <summary>Whether it is for the repository of <paramref name="reference"/>.</summary>
    public bool Covers(Reference reference) => reference.Repository.StartsWith(prefix, StringComparison.Ordinal);

    private static InvalidInputException Invalid(string text, string reason) =>
        new(
            $"{Quoted.Text(text)} is not a pattern of repositories: {reason}: expected a registry, or a folder in one, and /*, such as registry.example.com/* or registry.example.com/team/*"
        );

    // A registry as part of a path, where neither colons nor brackets may be. No host has two underscores.
    private static string PathOf(string registry)
    {
        if (registry[0] != '[')
            return registry.Replace(":", "__", StringComparison.Ordinal);
        var end = registry.IndexOf(']', StringComparison.Ordinal);
        var address = Convert.ToHexStringLower(IPAddress.Parse(registry.AsSpan(1, end - 1)).GetAddressBytes());
        return $"ipv6__{address}{registry[(end + 1)..].Replace(":", "__", StringComparison.Ordinal)}";
    }
}
