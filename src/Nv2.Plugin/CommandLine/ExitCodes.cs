namespace Nv2.Plugin.CommandLine;

/// <summary>The exit codes of the command line.</summary>
internal static class ExitCodes
{
    /// <summary>It was done; of <c>verify</c>: the signature holds.</summary>
    public const int Success = 0;

    /// <summary>It could not be done, or the signature does not hold.</summary>
    public const int Failure = 1;

    /// <summary>The command line was wrong, and nothing was tried.</summary>
    public const int Usage = 2;
}
