using System.Globalization;

namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>Many worlds, each judged by nv2, openssl and BouncyCastle, and counted.</summary>
/// <param name="seed">What the generator starts from.</param>
internal sealed class SecondOpinionRun(ulong seed)
{
    private readonly SortedDictionary<string, int> kinds = new(StringComparer.Ordinal);
    private readonly List<string> unexplained = [];
    private int accepted;
    private int refused;
    private int cases;
    private int acceptedByNv2;

    /// <summary>Cases that the table does not explain, one a line.</summary>
    public IReadOnlyList<string> Unexplained => unexplained;

    /// <summary>Which part of the cases nv2 accepts.</summary>
    public double AcceptedPart => (double)acceptedByNv2 / cases;

    /// <summary>Judges one world. The files of a case that is not explained are written to a folder.</summary>
    public void Judge(uint number, string? folder)
    {
        var world = Worlds.Generate(seed, number);
        var openSsl = OpenSslOpinion.Of(world);
        for (var index = 0; index < world.Leaves.Count; index++)
        {
            var leaf = world.Leaves[index];
            var nv2 = Nv2Opinion.Of(world, leaf);
            Count(world, number, index, nv2, openSsl[index], BouncyCastleOpinion.Of(world, leaf), folder);
        }
    }

    /// <summary>The counts, in lines.</summary>
    public string Report() =>
        string.Join(
            '\n',
            [
                Line("chains", cases),
                Line("accepted by nv2", acceptedByNv2),
                Line("all three accept", accepted),
                Line("all three refuse", refused),
                .. kinds.Select(kind => Line(kind.Key, kind.Value)),
                Line("not explained", unexplained.Count),
                .. unexplained,
            ]
        );

    private static string Line(string what, int count) => string.Create(CultureInfo.InvariantCulture, $"{count, 8}  {what}");

    private void Count(MadeWorld world, uint number, int index, Opinion nv2, Opinion openSsl, Opinion castle, string? folder)
    {
        var leaf = world.Leaves[index];
        cases++;
        acceptedByNv2 += nv2.Accepts ? 1 : 0;
        if (nv2.Accepts == openSsl.Accepts && nv2.Accepts == castle.Accepts)
        {
            accepted += nv2.Accepts ? 1 : 0;
            refused += nv2.Accepts ? 0 : 1;
        }

        foreach (
            var dissent in new[] { new Dissent(world, leaf, nv2, Dissent.OpenSsl, openSsl), new(world, leaf, nv2, Dissent.BouncyCastle, castle) }
        )
        {
            if (dissent.Theirs.Accepts == nv2.Accepts)
                continue;
            var found = dissent.Explain();
            foreach (var kind in found)
                kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
            if (found.Count > 0)
                continue;
            var features = string.Join(' ', world.FeaturesOf(leaf).Order(StringComparer.Ordinal));
            var text = string.Create(
                CultureInfo.InvariantCulture,
                $"seed {seed}, world {number}, signer {index} [{features}]: nv2 {nv2}; {dissent.Other} {dissent.Theirs}{dissent.OfOwnPath}"
            );
            unexplained.Add(text);
            if (folder is not null)
                Write(world, leaf, Path.Join(folder, string.Create(CultureInfo.InvariantCulture, $"{seed}-{number}-{index}")), text);
        }
    }

    private static void Write(MadeWorld world, MadeCertificate leaf, string folder, string text)
    {
        OpenSslOpinion.WriteFiles(
            folder,
            [leaf.Pem],
            world.Roots.Select(root => root.Pem),
            world.Others.Select(other => other.Pem),
            world.Lists?.Select(list => list.Pem).ToList()
        );
        var command = string.Join(' ', OpenSslOpinion.Arguments(".", 1, world.Others.Count > 0, world.Lists is { Count: > 0 }));
        File.AppendAllText(Path.Join(folder, "case.txt"), $"{text}\nopenssl {command}\n");
    }
}
