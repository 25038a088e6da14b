using System.Globalization;
using Xunit.Abstractions;

namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>Generated chains of certificates, judged by nv2, by <c>openssl verify</c> and by BouncyCastle. docs/second-opinion.md explains each kind
/// of disagreement.</summary>
public class SecondOpinionTests(ITestOutputHelper output)
{
    private const int WorldsBetweenReports = 100;

    /// <summary>Worlds of four signers; scripts/second-opinion.sh asks for more of them, from another seed, and part by part.</summary>
    [Fact]
    public void Every_disagreement_about_a_generated_chain_is_explained()
    {
        var run = new SecondOpinionRun((ulong)Number("NV2_SECOND_OPINION_SEED", 1));
        var report = Environment.GetEnvironmentVariable("NV2_SECOND_OPINION_REPORT");
        var done = 0;
        foreach (var number in Numbers())
        {
            run.Judge(number, Environment.GetEnvironmentVariable("NV2_SECOND_OPINION_FOLDER"));
            if (report is not null && ++done % WorldsBetweenReports == 0)
                File.WriteAllText(report, $"{run.Report()}\n");
        }

        if (report is not null)
            File.WriteAllText(report, $"{run.Report()}\n");
        output.WriteLine(run.Report());
        Assert.Empty(run.Unexplained);
        Assert.True(run.AcceptedPart > 0.25, "nv2 refuses nearly all that is generated: the cases say little");
    }

    // Those that are named one by one, or so many from a first one.
    private static IEnumerable<uint> Numbers()
    {
        if (Environment.GetEnvironmentVariable("NV2_SECOND_OPINION_WORLDS") is { } named)
            return named.Split(',').Select(number => uint.Parse(number, CultureInfo.InvariantCulture));
        var first = (int)Number("NV2_SECOND_OPINION_FIRST", 0);
        return Enumerable.Range(first, (int)Number("NV2_SECOND_OPINION_COUNT", 400) / Worlds.Leaves).Select(number => (uint)number);
    }

    private static long Number(string variable, long otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
