using System.Globalization;
using System.Text.RegularExpressions;

namespace Nv2.Plugin.Transfer;

/// <summary>Hints about a failed run of a transfer program, derived from its output.</summary>
internal static partial class TransferAdvice
{
    /// <summary>Failures before a registry answers, by the programs' messages. The first match is used.</summary>
    private static readonly (string[] Words, string Advice)[] Unanswered =
    [
        (
            ["executable file not found", "error getting credentials"],
            "the program's settings name a credential helper that does not work: install it, or log in again"
        ),
        (
            ["server gave HTTP response to HTTPS client", "first record does not look like a TLS handshake"],
            "the registry answers without TLS; if that is intended, allow it with --plain-http (for containerd's verifier: the setting plainHttp)"
        ),
        (["Client sent an HTTP request to an HTTPS server"], "the registry uses TLS: omit --plain-http"),
        (
            ["certificate signed by unknown authority", "x509: ", "tls: ", "certificate verify failed"],
            "the program does not accept the registry's TLS certificate; give it the certificate of the registry's authority, "
                + "for example with SSL_CERT_FILE"
        ),
        (["no such host", "name resolution", "server misbehaving"], "check the name of the registry and the DNS of this machine"),
        (
            ["connection refused", "no route to host", "network is unreachable", "connection reset"],
            "check the address and port of the registry, and that it is running; set a proxy with HTTPS_PROXY"
        ),
        (
            ["i/o timeout", "deadline exceeded", "Client.Timeout", "TLS handshake timeout"],
            "the registry did not answer in time: check the network, or try again later; set a proxy with HTTPS_PROXY"
        ),
    ];

    /// <summary>Responses that are printed without their status, by the text of their codes.</summary>
    private static readonly (string[] Words, int Status)[] Answers =
    [
        (["unauthorized", "authentication required", "no basic auth credentials", "invalid username/password"], 401),
        (["denied", "forbidden"], 403),
        (["toomanyrequests", "too many requests"], 429),
        (["manifest unknown", "MANIFEST_UNKNOWN", "name unknown", "NAME_UNKNOWN", "not known to registry", "no such manifest", "not found"], 404),
    ];

    /// <summary>The hint about a failure; <see langword="null"/> for a program that transfers nothing, such as a signing command.</summary>
    /// <param name="program">The program's name.</param>
    /// <param name="errors">What it wrote to standard error.</param>
    public static string? About(string program, string errors)
    {
        if (!TransferTools.IsName(program))
            return null;
        var (_, unanswered) = Unanswered.FirstOrDefault(kind => Has(errors, kind.Words));
        if (unanswered is not null)
            return unanswered;
        var (_, known) = Answers.FirstOrDefault(kind => Has(errors, kind.Words));
        return (
            StatusText().Match(errors) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : known
        ) switch
        {
            401 => $"the registry requires authentication: log in with '{LogIn(program)} REGISTRY'",
            403 => $"access denied by the registry: log in with '{LogIn(program)} REGISTRY' as a user with permission, "
                + "or ask the owner of the repository",
            404 => "check the name of the repository, and the tag or digest",
            429 => "too many requests: try again later; many registries allow more after a login " + $"('{LogIn(program)} REGISTRY')",
            >= 500 => "the registry failed: try again later, or contact its operator",
            _ => "run the command above yourself for details, or use another program (--transfer)",
        };
    }

    /// <summary>The login command of a program.</summary>
    private static string LogIn(string program) => program == "crane" ? "crane auth login" : $"{program} login";

    private static bool Has(string errors, string[] words) => words.Any(word => errors.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>An HTTP status in the messages of the programs.</summary>
    [GeneratedRegex("(?:StatusCode: |HTTP status: |status code |from registry |parsing HTTP )([1-5][0-9]{2})(?![0-9])")]
    private static partial Regex StatusText();
}
