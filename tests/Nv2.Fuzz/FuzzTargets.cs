using Nv2.Fuzz.Targets;

namespace Nv2.Fuzz;

/// <summary>The parsers that are fuzzed. A new one is added here and nowhere else.</summary>
internal static class FuzzTargets
{
    /// <summary>The largest input that the fuzzer makes.</summary>
    public const int MaxInputBytes = 64 * 1024;

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        .. SignatureTargets.All,
        CertificateTarget.Target,
        KeyTarget.Target,
        RevocationTarget.Target,
        TimestampTarget.Target,
        .. LayoutTargets.All,
        PolicyTarget.Target,
        ReferenceTarget.Target,
        .. RequestTargets.All,
        DockerTarget.Target,
    ];

    /// <summary>The target of that name, or <see langword="null"/>.</summary>
    public static FuzzTarget? Find(string name) => All.FirstOrDefault(target => target.Name == name);
}
