using Nv2.Plugin.Reports;
using Nv2.Signing.Trust;

namespace Nv2.Plugin.CommandLine;

/// <summary>Why a signature does not hold, for people: a line for each check that was made and failed, and one that says what to do about the first.</summary>
internal static class VerificationText
{
    /// <summary>The lines.</summary>
    /// <param name="result">What came out.</param>
    /// <param name="isStored">Whether the signature is stored beside its artifact, and not in a file of its own.</param>
    public static string Explain(VerificationResult result, bool isStored)
    {
        var failed = result.Checks.Where(check => check is { Passed: false, WasMade: true }).ToList();
        return string.Join('\n', failed.Select(check => $"  {check.Name.InJson()}: {check.Reason}").Append($"  what to do: {Advise(failed[0].Name, isStored)}"));
    }

    private static string Advise(CheckName failed, bool isStored) => failed switch
    {
        CheckName.Format when isStored => "get the artifact and its signatures again from where they were published; other signatures of it are not affected",
        CheckName.Format => "make sure that the file is a signature by nv2, and get it again from its publisher",
        CheckName.Integrity => "do not use the artifact on the word of this signature: get the signature again from its publisher",
        CheckName.Authenticity => "if you trust the signer, give the signer's certificate with --cert, or its authority's with --ca-cert",
        CheckName.KeyUsage => "ask the signer for a signature by a certificate that allows digital signatures",
        CheckName.Validity => "ask the signer for a new signature; if the date is in the future, check this machine's clock",
        CheckName.References => "use the artifact under a name that was signed, or ask the signer for a signature by a certificate for that registry",
        _ when isStored => "get the artifact and its signatures again from where they were published: this one is of something else",
        _ => "get the artifact and the signature again: they do not belong together, or the artifact was changed, or its media type is another (--media-type)",
    };
}
