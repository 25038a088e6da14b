using Nv2.Signing.Verification;

namespace Nv2.Plugin.Reports;

/// <summary>The names of the checks in JSON and for people.</summary>
internal static class CheckNames
{
    /// <summary>The name of a check: <c>keyUsage</c>.</summary>
    public static string InJson(this CheckName name) => name switch
    {
        CheckName.Format => "format",
        CheckName.Integrity => "integrity",
        CheckName.Authenticity => "authenticity",
        CheckName.KeyUsage => "keyUsage",
        CheckName.Validity => "validity",
        CheckName.References => "references",
        CheckName.Revocation => "revocation",
        _ => "subject",
    };
}
