using System.Globalization;

namespace Nv2.Signing.Storage;

/// <summary>The budget of one verification, independent of who made the signatures (docs/verification.md, "What a verification may take").</summary>
/// <param name="Signatures">The most referrers of the artifact, 1 or more.</param>
/// <param name="Bytes">The most bytes of signatures and their manifests that are read, 1 or more.</param>
/// <param name="Time">The time limit until enough signatures are valid; more than 0.</param>
public sealed record VerificationBudget(int Signatures, long Bytes, TimeSpan Time)
{
    private const int Mebibyte = 1024 * 1024;

    /// <summary>The budget for the signatures of one artifact.</summary>
    public static VerificationBudget Default { get; } = new(1024, 32 * Mebibyte, TimeSpan.FromSeconds(30));

    /// <summary>The budget for the signatures of an artifact and of all manifests below it, which are listed and not verified.</summary>
    internal static VerificationBudget Listing { get; } = new(8 * 1024, 64 * Mebibyte, TimeSpan.FromMinutes(5));

    /// <summary>Begins to count.</summary>
    internal BudgetUse Start(TimeProvider clock) => new(this, clock);
}

/// <summary>The used part of the budget of a verification.</summary>
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

    /// <summary>The budget.</summary>
    public VerificationBudget Budget { get; }

    /// <summary>The used time.</summary>
    public TimeSpan Elapsed => clock.GetElapsedTime(start);

    /// <summary>Counts referrers of the artifact.</summary>
    /// <param name="count">How many.</param>
    /// <param name="subject">The artifact, for the message.</param>
    /// <exception cref="BudgetExceededException">There are too many.</exception>
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
    /// <exception cref="BudgetExceededException">There are too many.</exception>
    public void TakeBytes(long count)
    {
        bytes += count;
        if (bytes > Budget.Bytes)
            throw new BudgetExceededException(
                string.Create(CultureInfo.InvariantCulture, $"the signatures and their manifests have more than {Budget.Bytes} bytes together")
            );
    }

    /// <summary>Restarts the time, for the next of several artifacts.</summary>
    internal void RestartTime() => start = clock.GetTimestamp();

    /// <summary>Checks the time limit.</summary>
    /// <exception cref="BudgetExceededException">It is exceeded.</exception>
    public void RequireTime()
    {
        if (Elapsed >= Budget.Time)
            throw new BudgetExceededException(
                string.Create(CultureInfo.InvariantCulture, $"the signatures took longer than {Budget.Time.TotalSeconds} seconds to verify")
            );
    }
}

/// <summary>The signatures exceed the budget of a verification.</summary>
/// <param name="message">The message, with the exceeded limit.</param>
public sealed class BudgetExceededException(string message) : InvalidInputException(message);
