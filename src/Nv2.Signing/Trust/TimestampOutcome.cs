using Nv2.Signing.Timestamps;

namespace Nv2.Signing.Trust;

/// <summary>What came out of looking at the timestamp of a signature.</summary>
/// <param name="Token">The timestamp; <see langword="null"/> when it cannot be read.</param>
/// <param name="Complaint">Why it proves nothing, or <see langword="null"/> when it does.</param>
internal sealed record TimestampOutcome(TimestampToken? Token, string? Complaint);
