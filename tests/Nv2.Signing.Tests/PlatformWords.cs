using System.Text.RegularExpressions;

namespace Nv2.Signing.Tests;

/// <summary>That an error is in the words of this project, and repeats nothing of what the platform's parsers and OpenSSL say.</summary>
internal static partial class PlatformWords
{
    /// <summary>Fails where the message has the message of an exception of the platform that it was made from, or a phrase of theirs.</summary>
    public static void AssertNone(InvalidInputException refusal)
    {
        for (var inner = refusal.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is not InvalidInputException)
                Assert.DoesNotContain(inner.Message.TrimEnd('.'), refusal.Message, StringComparison.OrdinalIgnoreCase);
        }

        AssertNone(refusal.Message);
    }

    public static void AssertNone(string message) => Assert.DoesNotMatch(Phrases(), message);

    // Resources of System.Formats.Cbor, System.Formats.Asn1, System.Security.Cryptography and its Cose and Pkcs, and the form of OpenSSL's errors.
    [GeneratedRegex(
        "ASN1|ASN\\.1 (value|data)|The provided|CBOR (data|reader|value|map|array)|conformance|CoseHeader|Critical "
            + "Header|Cryptography_|Exception|error:[0-9A-F]{2}|:: |\\(Parameter '|"
            + "initial byte|Not enough|The (input|specified|string|hash|key|certificate|OID|algorithm|decoded|signature) (is|was|has|does) not "
            + "(a|an|valid|properly|been|supported)|was corrupted|cannot be null|"
            + "Index was|Object reference|Arithmetic|Specified argument|has been disposed|COSE Sign1|Error (while|occurred)|[Uu]nable to ",
        RegexOptions.None
    )]
    private static partial Regex Phrases();
}
