using Nv2.Signing.Artifacts;

namespace Nv2.Signing.Policy;

/// <summary>A rule that assigns a repository to a statement of the trust policy.</summary>
/// <param name="Kind">The kind of the rule.</param>
/// <param name="Text">Its scope: a repository, a pattern, or <c>*</c>.</param>
/// <param name="Statement">The statement.</param>
internal sealed record ScopeRule(ScopeRuleKind Kind, string Text, TrustPolicyStatement Statement)
{
    /// <summary>All rules for a name, in order of precedence: the policy's own scope, then the patterns of the settings from the longest to the
    /// shortest, then <c>*</c>.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="settings">The settings, each of whose patterns names a statement of the policy.</param>
    /// <param name="reference">The name under which an artifact is used; <see langword="null"/> for the rule for everything.</param>
    public static IReadOnlyList<ScopeRule> For(TrustPolicy policy, TrustSettings settings, Reference? reference)
    {
        var rules = new List<ScopeRule>();
        if (reference is not null)
        {
            if (policy.Naming(reference) is var (named, scope))
                rules.Add(new(ScopeRuleKind.Repository, scope.Text, named));
            rules.AddRange(
                settings
                    .Scopes.Where(one => one.Pattern.Covers(reference))
                    .OrderByDescending(one => one.Pattern.Specificity)
                    .Select(one => new ScopeRule(ScopeRuleKind.Pattern, one.Pattern.Text, policy.ByName(one.Statement)!))
            ); // Checked by StatementSettings.
        }

        if (policy.ForEverything is { } everything)
            rules.Add(new(ScopeRuleKind.Everything, "*", everything));
        return rules;
    }
}

/// <summary>The kinds of rules that assign a repository to a statement.</summary>
internal enum ScopeRuleKind
{
    /// <summary>A scope of the policy that names the repository.</summary>
    Repository,

    /// <summary>A pattern of the settings.</summary>
    Pattern,

    /// <summary>The scope of the policy for everything.</summary>
    Everything,
}
