using System.Text.Json;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>What the published binary says of a signature.</summary>
/// <param name="Verified">Whether it holds, by the exit code and by the result, which must agree.</param>
/// <param name="FailedChecks">The checks that failed and were made.</param>
/// <param name="Said">All that was printed, for messages.</param>
internal sealed record Verification(bool Verified, IReadOnlyList<string> FailedChecks, string Said)
{
    /// <summary>Runs <c>nv2 verify --json</c>.</summary>
    public static Verification Run(IReadOnlyList<string> arguments, byte[]? stdin = null, IReadOnlyDictionary<string, string?>? environment = null) =>
        Read(Nv2Binary.Run(["verify", "--json", .. arguments], stdin, environment: environment));

    /// <summary>Reads the result of a run of <c>verify --json</c> or <c>verify-signature</c>.</summary>
    public static Verification Read(ProcessResult result)
    {
        var said = $"{result.Stdout}{result.Stderr}";
        Assert.True(result.ExitCode is 0 or 1 && result.StdoutBytes.Length > 0, $"no verdict, but exit code {result.ExitCode}: {said}");
        var json = JsonElement.Parse(result.Stdout);
        var verified = json.GetProperty("verified").GetBoolean();
        Assert.True(verified == (result.ExitCode == 0), $"the result and the exit code {result.ExitCode} contradict one another: {said}");
        var failed = json.GetProperty("checks").EnumerateArray().Where(check => !check.GetProperty("passed").GetBoolean());
        // A failed check has a reason.
        var made = failed.Where(check => !check.GetProperty("reason").GetString()!.StartsWith("not checked", StringComparison.Ordinal));
        return new Verification(verified, [.. made.Select(check => check.GetProperty("check").GetString()!)], said);
    }

    public void AssertHolds() => Assert.True(Verified, Said);

    /// <summary>Fails unless exactly that check failed.</summary>
    public void AssertFails(string check)
    {
        Assert.False(Verified, Said);
        Assert.True(FailedChecks is [var only] && only == check, $"expected that {check} fails and nothing else: {Said}");
    }
}
