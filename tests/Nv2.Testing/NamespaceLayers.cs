using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace Nv2.Testing;

/// <summary>The namespaces of an assembly in layers: each may use those that come before it, and no other. What is in the bodies of methods
/// counts.</summary>
/// <param name="assembly">The assembly.</param>
/// <param name="root">The namespace that all of its namespaces are below, or are.</param>
public sealed class NamespaceLayers(System.Reflection.Assembly assembly, string root)
{
    private readonly Architecture architecture = new ArchLoader().LoadAssembly(assembly).Build();

    /// <summary>The namespaces that have types.</summary>
    public IReadOnlyList<string> Namespaces => [.. OwnTypes().Select(type => NamespaceOf(type)).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>What uses something that it must not use, one line a pair of types: <c>Upper.Type uses Lower.Type</c>.</summary>
    /// <param name="mayUse">Whether the first namespace may use the second.</param>
    public IReadOnlyList<string> Violations(Func<string, string, bool> mayUse) =>
        [
            .. OwnTypes()
                .SelectMany(type => type.Dependencies, (type, dependency) => (Type: type, Used: dependency.Target))
                .Where(edge =>
                    IsOwn(edge.Used) && NamespaceOf(edge.Used) != NamespaceOf(edge.Type) && !mayUse(NamespaceOf(edge.Type), NamespaceOf(edge.Used))
                )
                .Select(edge => $"{edge.Type.FullName} uses {edge.Used.FullName}")
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>The other namespaces that a namespace uses, in the order of their names.</summary>
    public ILookup<string, string> Uses =>
        field ??= OwnTypes()
            .SelectMany(
                type => type.Dependencies.Select(dependency => dependency.Target).Where(IsOwn),
                (type, used) => (User: NamespaceOf(type), Used: NamespaceOf(used))
            )
            .Where(edge => edge.User != edge.Used)
            .Distinct()
            .OrderBy(edge => edge.Used, StringComparer.Ordinal)
            .ToLookup(edge => edge.User, edge => edge.Used);

    /// <summary>The namespaces that a namespace uses, and those that these use, and so on.</summary>
    public IReadOnlySet<string> Below(string user)
    {
        var found = new HashSet<string>();
        var waiting = new Stack<string>([user]);
        while (waiting.TryPop(out var next))
        {
            foreach (var used in Uses[next].Where(found.Add))
                waiting.Push(used);
        }

        return found;
    }

    private IEnumerable<IType> OwnTypes() => architecture.Types.Where(IsOwn);

    private bool IsOwn(IType type) => type.Namespace?.FullName is { } name && (name == root || name.StartsWith(root + '.', StringComparison.Ordinal));

    private static string NamespaceOf(IType type) => type.Namespace.FullName;
}
