namespace Nv2.Signing.Tests;

/// <summary>That an input is refused, and that the message says what is wrong.</summary>
internal static class Refusal
{
    public static InvalidInputException Of(Action action, params string[] says)
    {
        var exception = Assert.ThrowsAny<InvalidInputException>(action);
        foreach (var part in says)
            Assert.Contains(part, exception.Message, StringComparison.Ordinal);
        return exception;
    }
}
