namespace Nv2.Plugin.Files;

/// <summary>The system does not let this user read or write a file.</summary>
internal sealed class AccessDeniedException(string message, Exception innerException) : Exception(message, innerException);
