using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Timestamps;

namespace Nv2.Signing.Trust;

/// <summary>What came out of a verification: every check with its outcome.</summary>
/// <param name="Checks">All checks, in the order of <see cref="CheckName"/>.</param>
/// <param name="Signature">The signature, or <see langword="null"/> when it is malformed. What it claims counts only if <see cref="Verified"/>.</param>
/// <param name="Signer">The certificate of the key that the signature names, or <see langword="null"/> when it is not known.</param>
public sealed record VerificationResult(IReadOnlyList<Check> Checks, Signature? Signature, X509Certificate2? Signer)
{
    private static readonly CheckName[] Always = [.. Enum.GetValues<CheckName>().Where(name => name != CheckName.Revocation)];

    /// <summary>The result for bytes that are no signature, or cannot be had: nothing else can be checked.</summary>
    public static VerificationResult Malformed(string reason)
    {
        const string NotChecked = "not checked: the signature is malformed";
        return new VerificationResult(
            [
                new(CheckName.Format, reason),
                .. Always.Skip(1).Select(name => new Check(name, NotChecked, WasMade: false)),
            ],
            null,
            null);
    }

    /// <summary>The timestamp, when it was looked at and holds: proof that the signature was there at its time. <see langword="null"/> otherwise.</summary>
    public TimestampToken? Timestamp { get; init; }

    /// <summary>Whether every check was made and passed, those that are not made for every signature as far as they are there.</summary>
    public bool Verified => Always.All(name => Checks.Any(check => check.Name == name)) && Checks.All(check => check.Passed);

    /// <summary>Whether the signature is damaged, is not by its key, or is of another artifact: no matter of trust.</summary>
    public bool IsBroken => Checks.Any(check => check is { Passed: false, WasMade: true, Name: CheckName.Format or CheckName.Integrity or CheckName.Subject });
}
