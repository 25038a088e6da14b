using System.Globalization;
using Xunit.Abstractions;

namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>Generated chains of certificates, judged by nv2, by <c>openssl verify</c> and by BouncyCastle. docs/second-opinion.md explains each kind of disagreement.</summary>
public class SecondOpinionTests(ITestOutputHelper output)
{
    private const int WorldsBetweenReports = 100;
    private const string Count = "NV2_SECOND_OPINION_COUNT";

    /// <summary>Worlds of four signers; scripts/second-opinion.sh asks for more of them, from another seed, and part by part.</summary>
    [Fact]
    public void Every_disagreement_about_a_generated_chain_is_explained()
    {
        var run = new SecondOpinionRun((ulong)Number("NV2_SECOND_OPINION_SEED", 1));
        var (first, count) = (Number("NV2_SECOND_OPINION_FIRST", 0), Number(Count, 400) / Worlds.Leaves);
        var report = Environment.GetEnvironmentVariable("NV2_SECOND_OPINION_REPORT");
        for (var number = first; number < first + count; number++)
        {
            run.Judge((uint)number, Environment.GetEnvironmentVariable("NV2_SECOND_OPINION_FOLDER"));
            if (report is not null && ((number + 1) % WorldsBetweenReports == 0 || number + 1 == first + count))
                File.WriteAllText(report, $"{run.Report()}\n");
        }

        output.WriteLine(run.Report());
        Assert.Empty(run.Unexplained);
        Assert.True(run.AcceptedPart > 0.25, "nv2 refuses nearly all that is generated: the cases say little");
    }

    private static long Number(string variable, long otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
