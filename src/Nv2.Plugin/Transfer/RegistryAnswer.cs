using System.Globalization;

namespace Nv2.Plugin.Transfer;

/// <summary>
/// A registry's response to a failed request, as a transfer program prints it: the HTTP status, or the error code in the body, which programs print
/// in place of the status if there is one (distribution-spec 1.1, "Error Codes").
/// </summary>
/// <param name="Status">The HTTP status; <see langword="null"/> if the program does not print it.</param>
/// <param name="Text">The response as the program prints it. It begins with the status or with the error code.</param>
internal sealed record RegistryAnswer(int? Status, string Text)
{
    private const int NotFound = 404;
    private const int StatusLength = 3;
    private const string Colon = ": ";

    /// <summary>What crane -v writes before the status of a response.</summary>
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

    /// <summary>The error codes for the status 404, as each program prints them.</summary>
    private static readonly string[] AbsentCodes =
    [
        "MANIFEST_UNKNOWN",
        "NAME_UNKNOWN",
        "manifest unknown",
        "name unknown",
        "repository name not known to registry",
    ];

    /// <summary>Codes outside the specification: skopeo prints this in place of each, and crane prints the code itself.</summary>
    private const string UnknownCode = "unknown";

    /// <summary>The codes for other statuses, as crane prints them.</summary>
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

    /// <summary>Words for absence, used only if neither a status, nor a code, nor the registry's list of tags tells.</summary>
    private static readonly string[] AbsentWords = ["not found", "expired"];

    /// <summary>
    /// Whether the content does not exist; <see langword="null"/> if neither a status nor a code of the specification tells.
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

    /// <summary>The response to skopeo's request for a manifest; <see langword="null"/> if there was none.</summary>
    /// <remarks>If a registry has mirrors, the last response is its own.</remarks>
    public static RegistryAnswer? OfSkopeoManifest(string errors) =>
        errors.LastIndexOf("reading manifest ", StringComparison.Ordinal) is >= 0 and var at ? Behind(Colon, errors, at) : null;

    /// <summary>The response to skopeo's request for the list of tags; <see langword="null"/> if there was none.</summary>
    public static RegistryAnswer? OfSkopeoTags(string errors) => Behind("fetching tags list: ", errors);

    /// <summary>
    /// The response to crane's request for a manifest, with its status if crane was run with -v; <see langword="null"/> if there was none.
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

        // The address ends at the first colon with a space. The rest is the response, which may repeat the address.
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
