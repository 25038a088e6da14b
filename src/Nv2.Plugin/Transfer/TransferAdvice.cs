using System.Globalization;
using System.Text.RegularExpressions;

namespace Nv2.Plugin.Transfer;

/// <summary>What a user can do about a run of a transfer program that failed, told from what the program said.</summary>
internal static partial class TransferAdvice
{
    /// <summary>Failures before a registry answers, by the words that the programs have for them. The first that fits counts.</summary>
    private static readonly (string[] Words, string Advice)[] Unanswered =
    [
        (
            ["executable file not found", "error getting credentials"],
            "the program's settings name a credential helper that does not work: install it, or log in again"
        ),
        (
            ["server gave HTTP response to HTTPS client", "first record does not look like a TLS handshake"],
            "the registry answers without TLS; if that is intended, allow it with --plain-http (of containerd's verifier: the setting plainHttp)"
        ),
        (["Client sent an HTTP request to an HTTPS server"], "the registry answers with TLS: leave out --plain-http"),
        (
            ["certificate signed by unknown authority", "x509: ", "tls: ", "certificate verify failed"],
            "the program does not accept the registry's TLS certificate; give it the certificate of the registry's authority, "
                + "for example with SSL_CERT_FILE"
        ),
        (["no such host", "name resolution", "server misbehaving"], "check the name of the registry, and that this machine can look it up"),
        (
            ["connection refused", "no route to host", "network is unreachable", "connection reset"],
            "check the address and the port of the registry, and that it runs; a proxy is set with HTTPS_PROXY"
        ),
        (
            ["i/o timeout", "deadline exceeded", "Client.Timeout", "TLS handshake timeout"],
            "the registry does not answer in time: check the network, or try again later; a proxy is set with HTTPS_PROXY"
        ),
    ];

    /// <summary>Answers that are printed without their status, by the words for their codes.</summary>
    private static readonly (string[] Words, int Status)[] Answers =
    [
        (["unauthorized", "authentication required", "no basic auth credentials", "invalid username/password"], 401),
        (["denied", "forbidden"], 403),
        (["toomanyrequests", "too many requests"], 429),
        (["manifest unknown", "MANIFEST_UNKNOWN", "name unknown", "NAME_UNKNOWN", "not known to registry", "no such manifest", "not found"], 404),
    ];

    /// <summary>Advice about a failure; <see langword="null"/> about a program that transfers nothing, such as one that signs.</summary>
    /// <param name="program">The program's name.</param>
    /// <param name="errors">What it wrote to standard error.</param>
    public static string? About(string program, string errors)
    {
        if (!TransferTools.IsName(program))
            return null;
        var (_, unanswered) = Unanswered.FirstOrDefault(kind => Has(errors, kind.Words));
        if (unanswered is not null)
            return unanswered;
        var (_, told) = Answers.FirstOrDefault(kind => Has(errors, kind.Words));
        return (
            StatusText().Match(errors) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : told
        ) switch
        {
            401 => $"the registry wants to know who asks: log in with '{LogIn(program)} REGISTRY'",
            403 => $"the registry does not allow this: log in with '{LogIn(program)} REGISTRY' as a user who may do it, "
                + "or ask the owner of the repository",
            404 => "check the name of the repository, and the tag or digest",
            429 => "the registry has had too many requests: try again later; many allow more to users who log in " + $"('{LogIn(program)} REGISTRY')",
            >= 500 => "the registry failed: try again later, or tell its operator",
            _ => "run the command above by itself to find out more, or use another program (--transfer)",
        };
    }

    /// <summary>The command by which a program gets a user's credentials.</summary>
    private static string LogIn(string program) => program == "crane" ? "crane auth login" : $"{program} login";

    private static bool Has(string errors, string[] words) => words.Any(word => errors.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>An HTTP status in the words of each program.</summary>
    [GeneratedRegex("(?:StatusCode: |HTTP status: |status code |from registry |parsing HTTP )([1-5][0-9]{2})(?![0-9])")]
    private static partial Regex StatusText();
}
