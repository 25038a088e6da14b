namespace Nv2.Plugin.CommandLine;

/// <summary>The command line itself is wrong: exit code 2, and a pointer to the help.</summary>
internal sealed class UsageException(string message, Exception? innerException = null) : Exception(message, innerException);
