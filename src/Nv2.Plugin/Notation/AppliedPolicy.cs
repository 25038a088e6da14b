using Nv2.Signing;
using Nv2.Signing.Json;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.Notation;

/// <summary><c>trustPolicy</c> of a request to verify: who is trusted, and which checks to make.</summary>
internal sealed record AppliedPolicy(TrustedIdentities Identities, bool ChecksIdentity, bool ChecksRevocation)
{
    private const int MaxIdentities = 1024;
    private const int MaxVerifications = 16;

    /// <summary>Reads the policy.</summary>
    /// <exception cref="InvalidInputException">Something in it is missing or not what it must be; identities are held to their rules even where nobody asks for that check.</exception>
    public static AppliedPolicy Read(JsonNode policy)
    {
        var identities = ReadIdentities(policy.Required("trustedIdentities"));
        var property = policy.Required("signatureVerification");
        var verifications = new HashSet<string>();
        foreach (var verification in property.Array(MaxVerifications))
        {
            var name = verification.Text();
            if (name is not (Capabilities.TrustedIdentity or Capabilities.RevocationCheck))
                throw verification.Invalid($"is {Quoted.Text(name)}: expected {Capabilities.TrustedIdentity} or {Capabilities.RevocationCheck}");
            if (!verifications.Add(name))
                throw verification.Invalid($"is {Quoted.Text(name)}, which is there already");
        }

        return verifications.Count > 0
            ? new(identities, verifications.Contains(Capabilities.TrustedIdentity), verifications.Contains(Capabilities.RevocationCheck))
            : throw property.Invalid("is empty: expected what to verify");
    }

    private static TrustedIdentities ReadIdentities(JsonNode property)
    {
        var identities = property.Array(MaxIdentities).ConvertAll(identity => identity.Value(TrustedIdentity.Parse));
        try
        {
            return new TrustedIdentities(identities);
        }
        catch (InvalidInputException exception)
        {
            throw property.Invalid($"cannot be used: {exception.Message}", exception);
        }
    }
}
