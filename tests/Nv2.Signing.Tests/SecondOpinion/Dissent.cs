using System.Text.RegularExpressions;

namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>A case that nv2 and another program see differently.</summary>
/// <param name="World">The world.</param>
/// <param name="Leaf">The signer.</param>
/// <param name="Nv2">What nv2 says.</param>
/// <param name="Other">Who says otherwise.</param>
/// <param name="Theirs">What the other says.</param>
internal sealed record Dissent(MadeWorld World, MadeCertificate Leaf, Opinion Nv2, string Other, Opinion Theirs)
{
    public const string OpenSsl = "openssl";
    public const string BouncyCastle = "BouncyCastle";

    /// <summary>The kind that no row is needed for: the other accepts the path that nv2 found, and found another itself.</summary>
    public const string AnotherPath = "another path";

    private IReadOnlySet<string> Features { get; } = World.FeaturesOf(Leaf);

    /// <summary>Whether something is odd about a certificate in that way: <c>leaf:expired</c>, or <c>expired</c> for any certificate.</summary>
    public bool Has(string feature) => Features.Any(one => one == feature || one.EndsWith($":{feature}", StringComparison.Ordinal));

    /// <summary>The kinds of disagreement that this one is; none where it is not explained.</summary>
    public IReadOnlyList<string> Explain()
    {
        if (!Nv2.Accepts)
            return Rows.FirstOrDefault(row => Regex.IsMatch(Nv2.Reason, row.Reason)) is { } refusal ? [refusal.Kind] : [];

        // Where there is more than one way to go, the other may have taken a worse one and not come back. What it says of the path that nv2 found is
        // what must be explained.
        var theirs = IsGraph ? OfPath() : Theirs;
        List<string> kinds = theirs.Reason == Theirs.Reason ? [] : [$"{AnotherPath} ({Other})"];
        if (theirs.Accepts)
            return kinds;

        // Each thing that the other finds wrong must be explained, not only one of them. openssl numbers them.
        foreach (var reason in Other == OpenSsl ? theirs.Reason.Split(' ') : [theirs.Reason])
        {
            if (Rows.FirstOrDefault(row => Regex.IsMatch(reason, row.Reason) && (!row.IsSeconded || IsSeconded())) is not { } row)
                return [];
            kinds.Add(row.Kind);
        }

        return kinds;
    }

    private IEnumerable<Explanation> Rows =>
        Explanations.All.Where(row => row.Other == Other && row.IsAcceptedByNv2 == Nv2.Accepts && row.Features.Any(Has));

    /// <summary>What the other says of the path that nv2 found, for a person.</summary>
    public string OfOwnPath => Nv2.Accepts && IsGraph ? $"; of nv2's path: {OfPath()}" : "";

    private bool IsSeconded() =>
        (Other == OpenSsl ? BouncyCastleOpinion.Of(World, Leaf) : OpenSslOpinion.Of(World)[World.Leaves.ToList().IndexOf(Leaf)]).Accepts;

    private bool IsGraph => World.Lists is null && World.Features.Any(feature => feature.StartsWith("graph:", StringComparison.Ordinal));

    private Opinion OfPath() => Other == OpenSsl ? OpenSslOpinion.OfPath(Nv2.Path) : BouncyCastleOpinion.OfPath(Nv2.Path);
}
