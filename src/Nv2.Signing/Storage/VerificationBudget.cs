using System.Globalization;

namespace Nv2.Signing.Storage;

/// <summary>What one verification may take, whoever made the signatures (docs/verification.md, "What a verification may take").</summary>
/// <param name="Signatures">The most manifests that may refer to the artifact, 1 or more.</param>
/// <param name="Bytes">The most bytes of signatures and their manifests that are read, 1 or more.</param>
/// <param name="Time">How long it may take until enough signatures are valid; more than 0.</param>
public sealed record VerificationBudget(int Signatures, long Bytes, TimeSpan Time)
{
    private const int Mebibyte = 1024 * 1024;

    /// <summary>For the signatures of one artifact.</summary>
    public static VerificationBudget Default { get; } = new(1024, 32 * Mebibyte, TimeSpan.FromSeconds(30));

    /// <summary>For the signatures of an artifact and of all manifests below it, which are listed and not verified.</summary>
    internal static VerificationBudget Listing { get; } = new(8 * 1024, 64 * Mebibyte, TimeSpan.FromMinutes(5));

    /// <summary>Begins to count.</summary>
    internal BudgetUse Start(TimeProvider clock) => new(this, clock);
}

/// <summary>What a verification has taken so far.</summary>
internal sealed class BudgetUse
{
    private readonly TimeProvider clock;
    private long start;
    private long bytes;
    private long signatures;

    internal BudgetUse(VerificationBudget budget, TimeProvider clock)
    {
        Budget = budget;
        this.clock = clock;
        start = clock.GetTimestamp();
    }

    /// <summary>What it may take.</summary>
    public VerificationBudget Budget { get; }

    /// <summary>How long it has taken.</summary>
    public TimeSpan Elapsed => clock.GetElapsedTime(start);

    /// <summary>Counts manifests that refer to the artifact.</summary>
    /// <param name="count">How many.</param>
    /// <param name="subject">The artifact, for the message.</param>
    /// <exception cref="BudgetExceededException">They are too many.</exception>
    public void TakeSignatures(int count, Artifacts.Digest subject)
    {
        signatures += count;
        if (signatures > Budget.Signatures)
        {
            var before = signatures > count ? $" and to the manifests before it, {signatures} together" : "";
            throw new BudgetExceededException($"{count} manifests refer to {subject}{before}: expected {Budget.Signatures} at most");
        }
    }

    /// <summary>Counts bytes of signatures, before they are read.</summary>
    /// <exception cref="BudgetExceededException">They are too many.</exception>
    public void TakeBytes(long count)
    {
        bytes += count;
        if (bytes > Budget.Bytes)
            throw new BudgetExceededException(
                string.Create(CultureInfo.InvariantCulture, $"the signatures and their manifests have more than {Budget.Bytes} bytes together")
            );
    }

    /// <summary>Begins to count the time anew, for the next of several artifacts.</summary>
    internal void RestartTime() => start = clock.GetTimestamp();

    /// <summary>Makes sure that there is time left.</summary>
    /// <exception cref="BudgetExceededException">There is none.</exception>
    public void RequireTime()
    {
        if (Elapsed >= Budget.Time)
            throw new BudgetExceededException(
                string.Create(CultureInfo.InvariantCulture, $"the signatures took longer than {Budget.Time.TotalSeconds} seconds to verify")
            );
    }
}

/// <summary>The signatures take more than a verification may.</summary>
/// <param name="message">Which limit was exceeded.</param>
public sealed class BudgetExceededException(string message) : InvalidInputException(message);
