namespace Nv2.Signing;

/// <summary>A request that cannot be carried out because something in it is not what it must be. The message names what was wrong and what was
/// expected.</summary>
/// <param name="message">One sentence for the person who gave the input.</param>
/// <param name="innerException">What the platform said, where it said something.</param>
public class InvalidInputException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>What the person can do about it, or <see langword="null"/> where the message says all there is to say.</summary>
    public string? Hint { get; init; }

    /// <summary>Where in a JSON document the input stood (<c>$.subject.digest</c>), or <see langword="null"/> where it was not part of one.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// What the JSON document is called that <see cref="Path"/> is a path in (<c>the request</c>), or <see langword="null"/> where the exception was
    /// not made by its reader.
    /// </summary>
    public string? Document { get; init; }

    /// <summary>The hint of a failure, or of the one that led to it; <see langword="null"/> where there is none.</summary>
    internal static string? FindHint(Exception? failure) =>
        failure is null ? null : (failure as InvalidInputException)?.Hint ?? FindHint(failure.InnerException);
}
