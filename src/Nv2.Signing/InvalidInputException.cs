namespace Nv2.Signing;

/// <summary>A request that cannot be carried out because its input is not valid. The message names the problem and what was expected.</summary>
/// <param name="message">One sentence for the person who gave the input.</param>
/// <param name="innerException">The error of the platform, if there is one.</param>
public class InvalidInputException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>What the person can do about it, or <see langword="null"/> if the message says it all.</summary>
    public string? Hint { get; init; }

    /// <summary>The place of the input in a JSON document (<c>$.subject.digest</c>), or <see langword="null"/> if it is not in one.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// The name of the JSON document of <see cref="Path"/> (<c>the request</c>), or <see langword="null"/> if the exception is not from its reader.
    /// </summary>
    public string? Document { get; init; }

    /// <summary>The hint of an exception or of its inner exceptions, or <see langword="null"/>.</summary>
    internal static string? FindHint(Exception? failure) =>
        failure is null ? null : (failure as InvalidInputException)?.Hint ?? FindHint(failure.InnerException);
}
