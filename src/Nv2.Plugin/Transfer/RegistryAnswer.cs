using System.Globalization;

namespace Nv2.Plugin.Transfer;

/// <summary>
/// A registry's answer to a request that failed, as a transfer program prints it: the HTTP status, or the error code of the answer's body, which the
/// programs print in place of the status where there is one (distribution-spec 1.1, "Error Codes").
/// </summary>
/// <param name="Status">The HTTP status; <see langword="null"/> where the program does not print it.</param>
/// <param name="Text">The answer as the program words it. It begins with the status or with the error code.</param>
internal sealed record RegistryAnswer(int? Status, string Text)
{
    private const int NotFound = 404;
    private const int StatusLength = 3;
    private const string Colon = ": ";

    /// <summary>What crane writes, with -v, before the status of an answer.</summary>
    private const string Received = "<-- ";

    /// <summary>What the programs write before a status.</summary>
    private static readonly string[] StatusPrefixes =
    [
        "StatusCode: ",
        "received unexpected HTTP status: ",
        "error parsing HTTP ",
        "invalid status code from registry ",
        "unexpected status code ",
    ];

    /// <summary>The codes that belong to the status 404, as each of the programs prints them.</summary>
    private static readonly string[] AbsentCodes =
    [
        "MANIFEST_UNKNOWN",
        "NAME_UNKNOWN",
        "manifest unknown",
        "name unknown",
        "repository name not known to registry",
    ];

    /// <summary>The codes that the specification does not have: skopeo prints this in place of each of them, and crane the code itself.</summary>
    private const string UnknownCode = "unknown";

    /// <summary>The codes that belong to another status, as crane prints them.</summary>
    private static readonly string[] OtherCodes =
    [
        "DENIED",
        "UNAUTHORIZED",
        "TOOMANYREQUESTS",
        "UNSUPPORTED",
        "UNAVAILABLE",
        "NAME_INVALID",
        "TAG_INVALID",
        "DIGEST_INVALID",
        "MANIFEST_INVALID",
        "SIZE_INVALID",
    ];

    /// <summary>Words for absence. They count only where neither a status nor a code nor the registry's list of tags tells.</summary>
    private static readonly string[] AbsentWords = ["not found", "expired"];

    /// <summary>
    /// Whether what was asked for is not there; <see langword="null"/> where neither a status nor a code of the specification tells.
    /// </summary>
    public bool? IsAbsent
    {
        get
        {
            if (Status is { } status)
                return status == NotFound;
            if (BeginsWith(AbsentCodes))
                return true;
            return BeginsWith([UnknownCode]) || (IsCode(Text.Split(':')[0]) && !BeginsWith(OtherCodes)) ? null : false;
        }
    }

    /// <summary>Whether the words of the answer mean absence.</summary>
    public bool SoundsAbsent => AbsentWords.Any(words => Text.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>The answer to skopeo's request for a manifest; <see langword="null"/> where there was none.</summary>
    /// <remarks>Where a registry has mirrors, its own answer is the last one.</remarks>
    public static RegistryAnswer? OfSkopeoManifest(string errors) =>
        errors.LastIndexOf("reading manifest ", StringComparison.Ordinal) is >= 0 and var at ? Behind(Colon, errors, at) : null;

    /// <summary>The answer to skopeo's request for the list of tags; <see langword="null"/> where there was none.</summary>
    public static RegistryAnswer? OfSkopeoTags(string errors) => Behind("fetching tags list: ", errors);

    /// <summary>
    /// The answer to crane's request for a manifest, with its status where crane was run with -v; <see langword="null"/> where there was none.
    /// </summary>
    public static RegistryAnswer? OfCrane(string errors)
    {
        const string Request = "/manifests/";
        const string Failure = "Error: ";
        var lines = errors.Split('\n');
        var failure = lines.FirstOrDefault(line =>
            line.IndexOf(Failure, StringComparison.Ordinal) is >= 0 and var at && line.IndexOf(Request, at, StringComparison.Ordinal) >= 0
        );
        if (failure is null)
            return null;

        // The address ends where the first colon with a space is; what follows is the answer, which may show the address again.
        var address = failure.IndexOf(Request, failure.IndexOf(Failure, StringComparison.Ordinal), StringComparison.Ordinal);
        var answer = Behind(Colon, failure, address);
        var received = lines.LastOrDefault(line =>
            line.Contains(Received, StringComparison.Ordinal) && line.Contains(Request, StringComparison.Ordinal)
        );
        return received is null || answer is null
            ? answer
            : answer with
            {
                Status = StatusAt(received, received.IndexOf(Received, StringComparison.Ordinal) + Received.Length),
            };
    }

    private static RegistryAnswer? Behind(string mark, string errors, int start = 0)
    {
        var at = errors.IndexOf(mark, start, StringComparison.Ordinal);
        if (at < 0)
            return null;
        var text = errors[(at + mark.Length)..].TrimEnd('"', '\n');
        var prefix = StatusPrefixes.FirstOrDefault(prefix => text.StartsWith(prefix, StringComparison.Ordinal));
        return new(prefix is null ? null : StatusAt(text, prefix.Length), text);
    }

    private static int? StatusAt(string text, int start) =>
        text.Length >= start + StatusLength
        && int.TryParse(text.AsSpan(start, StatusLength), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? status
            : null;

    private bool BeginsWith(string[] codes) =>
        codes.Any(code => Text.StartsWith(code, StringComparison.Ordinal) && (Text.Length == code.Length || !IsOfWord(Text[code.Length])));

    private static bool IsCode(string word) => word.Length > 1 && word.All(character => char.IsAsciiLetterUpper(character) || character == '_');

    private static bool IsOfWord(char character) => char.IsAsciiLetterOrDigit(character) || character == '_';
}
