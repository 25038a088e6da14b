using CsCheck;

namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>The generator: a seed and a number give one world, the same one each time but for the random part of its signatures and keys.</summary>
internal static class Worlds
{
    /// <summary>Signers in a world.</summary>
    public const int Leaves = 4;

    private static readonly string[] Graphs =
    [
        "plain",
        "crossSigned",
        "twinExpired",
        "twinSha1",
        "twinNotAuthority",
        "rekeyed",
        "rollover",
        "stranger",
        "missing",
    ];

    private static readonly Gen<MadeWorld> All =
        from depth in Gen.Frequency((2, Gen.Const(0)), (6, Gen.Const(1)), (4, Gen.Const(2)), (1, Gen.Const(3)))
        from keys in Gen.Int[0, KeyPool.Usual.Length - 1].Array[depth + 1 + Leaves]
        from authorityTwists in Gen.Frequency((5, Gen.Const(0)), (5, Gen.Const(1)), (2, Gen.Const(2)))
            .SelectMany(count => Gen.Select(Gen.Int[0, 99], Twists.OfAuthority).Array[count])
        from leafTwists in Gen.Frequency((3, Gen.Const(0)), (5, Gen.Const(1)), (2, Gen.Const(2)))
            .SelectMany(count => Twists.OfLeaf.Array[count])
            .Array[Leaves]
        from pss in Gen.Select(Gen.Int[0, 5], Twists.OfRsaIssued)
        from graph in Gen.Frequency((8, Gen.Const(0)), (4, Gen.Int[1, Graphs.Length - 1]))
        from order in Gen.Int[0, 1_000_000]
        from revocation in Gen.Frequency((3, Gen.Const(-1)), (1, Gen.Int[0, 1_000_000]))
        from partial in Gen.Int[0, 9]
        select Make(new(depth, keys, authorityTwists, leafTwists, pss, Graphs[graph], order, revocation, partial == 0));

    /// <summary>One world.</summary>
    public static MadeWorld Generate(ulong seed, uint number) => All.Generate(new PCG(number, seed), null, out _);

    private static MadeWorld Make(Choices choices)
    {
        var chain = new List<MadeCertificate>();
        for (var level = 0; level <= choices.Depth; level++)
            chain.Add(MadeCertificate.Authority($"Authority {level}", KeyPool.Usual[choices.Keys[level]], level == 0 ? null : chain[level - 1]));
        var leaves = Enumerable
            .Range(0, Leaves)
            .Select(index => MadeCertificate.Leaf($"Signer {index}", KeyPool.Usual[choices.Keys[choices.Depth + 1 + index]], chain[^1]))
            .ToList();
        var world = new MadeWorld
        {
            Roots = [chain[0]],
            Chain = [.. chain],
            Others = [.. chain.Skip(1)],
            Leaves = leaves,
        };

        // Which of them is the trusted one: the first, the second where that is trusted in its place, none where its key was changed.
        var anchor = choices.Revocation < 0 && choices.IsPartial && chain.Count > 1 ? 1 : 0;
        if (choices.Revocation < 0 && choices.Graph == "rollover" && anchor == chain.Count - 1)
            anchor = -1;
        foreach (var (where, twist) in choices.AuthorityTwists)
        {
            var level = where % chain.Count;
            twist.Apply(chain[level]);
            world.Features.UnionWith(
                twist.In(
                    level == anchor ? "root"
                    : level > anchor ? "authority"
                    : "above"
                )
            );
        }

        for (var index = 0; index < Leaves; index++)
        {
            var features = world.LeafFeatures[leaves[index]] = [];
            foreach (var twist in choices.LeafTwists[index])
            {
                twist.Apply(leaves[index]);
                features.UnionWith(twist.In("leaf"));
            }

            var (target, salted) = choices.Pss;
            if (target == index && chain[^1].Key.IsRsa && leaves[index].SignedBy is null && leaves[index].InnerAlgorithm is null)
            {
                salted.Apply(leaves[index]);
                features.UnionWith(salted.In("leaf"));
            }
        }

        if (choices.Revocation >= 0)
            Revocation.Add(world, choices.Revocation);
        else
            AddGraph(world, choices.Graph, choices.IsPartial);
        var random = new Random(choices.Order); // A permutation, by a number that the generator chose.
        world.Others = [.. world.Others.OrderBy(_ => random.Next())];
        return world;
    }

    // Certificates beside the chain, and what is trusted in place of its root.
    private static void AddGraph(MadeWorld world, string graph, bool isPartial)
    {
        var chain = world.Chain;
        if (isPartial && chain.Count > 1)
        {
            world.Features.Add("graph:partial");
            world.Roots.Clear();
            world.Roots.Add(chain[1]);
        }

        if (graph == "plain" || (chain.Count == 1 && graph is not ("stranger" or "rollover")))
            return;
        world.Features.Add($"graph:{graph}");
        var last = chain[^1];
        switch (graph)
        {
            case "crossSigned":
                var other = MadeCertificate.Authority("Other Root", KeyPool.Usual[1], null);
                world.Others.AddRange([other, new(last.Subject, last.Key, other) { Copy = last }]);
                break;
            case "twinExpired":
                world.Others.Add(new(last.Subject, last.Key, last.Issuer) { Copy = last, NotAfter = MadeWorld.Now.AddDays(-1) });
                break;
            case "twinSha1":
                world.Others.Add(
                    new(last.Subject, last.Key, last.Issuer) { Copy = last, Signature = new(System.Security.Cryptography.HashAlgorithmName.SHA1) }
                );
                break;
            case "twinNotAuthority":
                var twin = new MadeCertificate(last.Subject, last.Key, last.Issuer) { Copy = last };
                twin.Set(Oids.BasicConstraints, true, Der.Sequence());
                world.Others.Add(twin);
                break;
            case "rekeyed":
                world.Others.Add(MadeCertificate.Authority($"Authority {chain.Count - 1}", KeyPool.Usual[2], last.Issuer));
                break;
            // The signers are below the new key of an authority, which the old one signed (RFC 4210 section 4.4): a self-issued certificate.
            case "rollover":
                var old = MadeCertificate.Authority($"Authority {chain.Count - 1}", KeyPool.Usual[3], chain.Count == 1 ? null : last.Issuer);
                old.Subject = last.Subject;
                var renewed = new MadeCertificate(last.Subject, last.Key, old) { Copy = last };
                world.Others.Remove(last);
                world.Others.Add(renewed);
                if (chain.Count > 1)
                    world.Others.Add(old);
                else
                    world.Roots[0] = old;
                if (world.Features.Contains("graph:partial"))
                    world.Roots[0] = chain.Count == 2 ? old : chain[1];
                break;
            case "stranger":
                world.Others.Add(MadeCertificate.Authority("Stranger", KeyPool.Usual[4], null));
                break;
            default: // One is missing.
                world.Others.Remove(last);
                break;
        }
    }

    private sealed record Choices(
        int Depth,
        int[] Keys,
        (int Where, Twist Twist)[] AuthorityTwists,
        Twist[][] LeafTwists,
        (int Leaf, Twist Twist) Pss,
        string Graph,
        int Order,
        int Revocation,
        bool IsPartial
    );
}

/// <summary>Revocation lists of a world.</summary>
internal static class Revocation
{
    private static readonly Gen<Action<MadeWorld>> Odd = Gen.OneOf<(string, Action<MadeWorld, MadeList>)>(
            ("revokedLeaf", (world, list) => list.Revoked.Add((world.Leaves[0], null))),
            ("revokedLeaves", (world, list) => list.Revoked.AddRange(world.Leaves.Take(3).Select(leaf => (leaf, (byte?)1)))),
            ("onHold", (world, list) => list.Revoked.Add((world.Leaves[1], 6))),
            ("removed", (world, list) => list.Revoked.Add((world.Leaves[1], 8))),
            ("otherType", (_, list) => list.IssuerName = Twists.OtherType(list.Issuer.Subject)),
            (
                "otherTypeRevoked",
                (world, list) =>
                {
                    list.IssuerName = Twists.OtherType(list.Issuer.Subject);
                    list.Revoked.Add((world.Leaves[2], null));
                }
            ),
            ("otherCase", (_, list) => list.IssuerName = Twists.OtherCase(list.Issuer.Subject)),
            ("otherName", (_, list) => list.IssuerName = [Attribute.CommonName("Somebody")]),
            ("wrongSigner", (_, list) => list.SignedBy = list.Issuer.Key == KeyPool.Usual[5] ? KeyPool.Usual[6] : KeyPool.Usual[5]),
            ("sha1", (_, list) => list.Signature = new(System.Security.Cryptography.HashAlgorithmName.SHA1)),
            ("stale", (_, list) => list.NextUpdate = MadeWorld.Now.AddDays(-1)),
            (
                "staleRevoked",
                (world, list) =>
                {
                    list.NextUpdate = MadeWorld.Now.AddDays(-1);
                    list.Revoked.Add((world.Leaves[0], null));
                }
            ),
            ("lastSecond", (_, list) => list.NextUpdate = MadeWorld.Now),
            ("noNextUpdate", (_, list) => list.NextUpdate = null),
            ("future", (_, list) => list.ThisUpdate = MadeWorld.Now.AddDays(1)),
            ("unknownCritical", (_, list) => list.Extensions.Add((Oids.Unknown, true, Der.Null))),
            ("usersOnly", (_, list) => list.Extensions.Add((Oids.IssuingDistributionPoint, true, Der.Sequence(Der.Implicit(1, [0xFF]))))),
            ("authoritiesOnly", (_, list) => list.Extensions.Add((Oids.IssuingDistributionPoint, true, Der.Sequence(Der.Implicit(2, [0xFF])))))
        )
        .Select(
            (name, change) =>
                (Action<MadeWorld>)(
                    world =>
                    {
                        // Mostly the list about the signers, else one above.
                        var list =
                            name is "removed" or "authoritiesOnly" || world.Lists!.Count == 1 || world.Features.Count % 3 > 0
                                ? world.Lists![^1]
                                : world.Lists![0];
                        change(world, list);
                        world.Features.Add($"list:{name}");
                    }
                )
        );

    private static readonly Gen<Action<MadeWorld>> Any = Gen.Frequency(
        (2, Gen.Const<Action<MadeWorld>>(_ => { })),
        (6, Odd),
        (
            1,
            Gen.Const<Action<MadeWorld>>(world =>
            {
                world.Lists!.RemoveAt(world.Lists.Count - 1);
                world.Features.Add("list:missing");
            })
        ),
        (
            1,
            Gen.Const<Action<MadeWorld>>(world =>
            {
                world.Lists!.RemoveAt(world.Lists.Count - 1);
                world.Features.Add("list:missingAnnounced");
                foreach (var leaf in world.Leaves)
                    leaf.Set(Oids.DistributionPoints, false, Extension.DistributionPoint("http://crl.example.com/a"));
            })
        )
    );

    /// <summary>One list of each authority, and something odd about them.</summary>
    public static void Add(MadeWorld world, int choice)
    {
        world.Features.Add("list");
        world.Lists = [.. world.Chain.Select(authority => new MadeList(authority))];
        Any.Generate(new PCG((uint)choice, 1), null, out _)(world);
    }
}
