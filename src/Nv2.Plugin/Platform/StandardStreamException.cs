namespace Nv2.Plugin.Platform;

/// <summary>A standard stream cannot be read or written. The message says which, so that it is not to be blamed on the file that was being worked on.</summary>
internal sealed class StandardStreamException(string message) : IOException(message);
