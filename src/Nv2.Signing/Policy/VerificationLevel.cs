using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>
/// The validations that a trust policy enforces or only logs (trust-store-trust-policy.md, "Signature Verification details" and "Custom Verification
/// Level"). Integrity is always enforced, unless nothing is verified.
/// </summary>
/// <param name="Name">The level: <c>strict</c>.</param>
/// <param name="Authenticity">A trusted identity signed.</param>
/// <param name="AuthenticTimestamp">The certificates are within their dates, or were at a proven time of signing.</param>
/// <param name="Expiry">The signature itself has not expired.</param>
/// <param name="Revocation">No certificate is revoked.</param>
internal sealed record VerificationLevel(
    string Name,
    ValidationAction Authenticity,
    ValidationAction AuthenticTimestamp,
    ValidationAction Expiry,
    ValidationAction Revocation
)
{
    private const int MaxOverrides = 16;

    /// <summary>Everything is enforced.</summary>
    public static VerificationLevel Strict { get; } =
        new("strict", ValidationAction.Enforce, ValidationAction.Enforce, ValidationAction.Enforce, ValidationAction.Enforce);

    /// <summary>Integrity and authenticity are enforced.</summary>
    public static VerificationLevel Permissive { get; } =
        new("permissive", ValidationAction.Enforce, ValidationAction.Log, ValidationAction.Log, ValidationAction.Log);

    /// <summary>Only integrity is enforced.</summary>
    public static VerificationLevel Audit { get; } =
        new("audit", ValidationAction.Log, ValidationAction.Log, ValidationAction.Log, ValidationAction.Log);

    /// <summary>Nothing is verified.</summary>
    public static VerificationLevel Skip { get; } =
        new("skip", ValidationAction.Skip, ValidationAction.Skip, ValidationAction.Skip, ValidationAction.Skip);

    /// <summary>All levels, the most demanding first.</summary>
    public static IReadOnlyList<VerificationLevel> All { get; } = [Strict, Permissive, Audit, Skip];

    /// <summary>Whether nothing is verified, not even integrity.</summary>
    public bool SkipsAll => Name == Skip.Name;

    /// <summary>The level of that name.</summary>
    /// <exception cref="InvalidInputException">It does not exist.</exception>
    public static VerificationLevel ByName(string name) =>
        All.FirstOrDefault(level => level.Name == name)
        ?? throw new InvalidInputException(
            $"{Quoted.Text(name)} is not a verification level: "
                + $"expected {Alternatives.Of(All.Select(level => level.Name))}{NearestName.Suggest(name, All.Select(level => level.Name))}"
        );

    /// <summary>Reads <c>level</c> and <c>override</c> of a statement's <c>signatureVerification</c>.</summary>
    /// <exception cref="InvalidInputException">One of them is not valid.</exception>
    internal static VerificationLevel Read(JsonNode signatureVerification)
    {
        var level = signatureVerification.Required("level").Value(ByName);
        if (signatureVerification.Optional("override") is not { } overrides)
            return level;

        foreach (var (position, (name, value)) in overrides.Properties().Index())
        {
            if (level.SkipsAll)
                throw overrides.Invalid("is not empty: the level skip cannot be overridden");
            if (position == MaxOverrides)
                throw overrides.Invalid($"has more than {MaxOverrides} properties");
            level = level.With(name, value);
        }

        return level;
    }

    private VerificationLevel With(string validation, JsonNode action) =>
        validation switch
        {
            "authenticity" => this with { Authenticity = ReadAction(action, canSkip: false) },
            "authenticTimestamp" => this with { AuthenticTimestamp = ReadAction(action, canSkip: false) },
            "expiry" => this with { Expiry = ReadAction(action, canSkip: false) },
            "revocation" => this with { Revocation = ReadAction(action, canSkip: true) },
            "integrity" => throw action.Invalid("is not allowed: integrity is always enforced"),
            _ => throw action.Invalid("is not a validation: expected authenticity, authenticTimestamp, expiry or revocation"),
        };

    private static ValidationAction ReadAction(JsonNode action, bool canSkip) =>
        action.Text() switch
        {
            "enforce" => ValidationAction.Enforce,
            "log" => ValidationAction.Log,
            "skip" when canSkip => ValidationAction.Skip,
            var text => throw action.Invalid($"is {Quoted.Text(text)}: expected {(canSkip ? "enforce, log or skip" : "enforce or log")}"),
        };
}

/// <summary>The action for a failed validation (trust-store-trust-policy.md, "Signature Verification details").</summary>
internal enum ValidationAction
{
    /// <summary>The signature is not valid.</summary>
    Enforce,

    /// <summary>The failure is reported as a warning.</summary>
    Log,

    /// <summary>The validation is not made.</summary>
    Skip,
}
