namespace Nv2.Signing;

/// <summary>A request that cannot be carried out because something in it is not what it must be. The message names what was wrong and what was expected.</summary>
/// <param name="message">One sentence for the person who gave the input.</param>
/// <param name="innerException">What the platform said, where it said something.</param>
public class InvalidInputException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Where in a JSON document the input stood (<c>$.subject.digest</c>), or <see langword="null"/> where it was not part of one.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// What the JSON document is called that <see cref="Path"/> is a path in (<c>the request</c>), or <see langword="null"/> where the exception was
    /// not made by its reader.
    /// </summary>
    public string? Document { get; init; }
}
