using System.Diagnostics.CodeAnalysis;
using Nv2.Signing.Text;

namespace Nv2.Signing.Artifacts;

/// <summary>
/// A name under which an artifact is used: <c>registry.example.com:5000/team/app:v1@sha256:…</c>, with docker's defaults for missing parts (the
/// grammar and the normalization of github.com/distribution/reference).
/// </summary>
public sealed class Reference : IEquatable<Reference>
{
    /// <summary>The default registry.</summary>
    internal const string DefaultDomain = "docker.io";

    private const string LegacyDefaultDomain = "index.docker.io";
    private const string OfficialRepositoryPrefix = "library/";
    private const string DefaultTag = "latest";
    private const int MaxRepositoryLength = 255;
    private const int MaxTagLength = 128;
    private const int ImageIdLength = 64;

    private Reference(string text, string domain, string path, string? tag, Digest? digest)
    {
        Text = text;
        Domain = domain;
        Path = path;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>The reference exactly as it was given; this is what is signed.</summary>
    public string Text { get; }

    /// <summary>Host and port in lower case: <c>registry.example.com:5000</c>. Host names are compared without regard to case (RFC 4343).</summary>
    public string Domain { get; }

    /// <summary>The host alone, without port; an IPv6 address without its brackets.</summary>
    public string Host => Domain[0] == '[' ? Domain[1..Domain.IndexOf(']', StringComparison.Ordinal)] : Domain.Split(':')[0];

    /// <summary>The repository in the registry: <c>team/app</c>.</summary>
    public string Path { get; }

    /// <summary>The tag, or <see langword="null"/>.</summary>
    public string? Tag { get; }

    /// <summary>The digest, or <see langword="null"/>.</summary>
    public Digest? Digest { get; }

    /// <summary>The tag, or <c>latest</c> if there is neither a tag nor a digest, or <see langword="null"/>.</summary>
    internal string? EffectiveTag => Tag ?? (Digest is null ? DefaultTag : null);

    /// <summary>Domain and path: <c>docker.io/library/hello-world</c>.</summary>
    public string Repository => $"{Domain}/{Path}";

    /// <summary>Reads a reference.</summary>
    /// <exception cref="InvalidInputException"><paramref name="text"/> is not a reference; the message names the invalid part.</exception>
    public static Reference Parse(string text) =>
        TryParse(text, out var reference, out var failure)
            ? reference
            : throw new InvalidInputException($"{Quoted.Text(text)} is not an image reference: {failure}");

    /// <summary>
    /// Reads a reference that begins with its registry, without defaults: in <c>team/app:v1</c> the registry is <c>team</c>. containerd reads names
    /// this way (its pkg/reference); other input that it accepts, such as escapes, is refused.
    /// </summary>
    /// <exception cref="InvalidInputException"><paramref name="text"/> is not such a reference; the message names the invalid part.</exception>
    internal static Reference ParseComplete(string text) =>
        TryParse(text, isComplete: true, out var reference, out var failure)
            ? reference
            : throw new InvalidInputException($"{Quoted.Text(text)} is not an image reference: {failure}");

    /// <summary>Reads a reference; if that fails, <see langword="false"/> and the reason.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Reference? reference, [NotNullWhen(false)] out string? failure) =>
        TryParse(text, isComplete: false, out reference, out failure);

    private static bool TryParse(string text, bool isComplete, [NotNullWhen(true)] out Reference? reference, [NotNullWhen(false)] out string? failure)
    {
        reference = null;
        var rest = text;
        if (text.Contains("://", StringComparison.Ordinal))
            return Refuse("it has a scheme: expected a name such as registry.example.com/app:v1", out failure);

        Digest? digest = null;
        var at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            if (!Digest.TryParse(rest[(at + 1)..], out digest))
                return Refuse("expected a digest after the @, such as sha256: and 64 lower-case hexadecimal digits", out failure);
            rest = rest[..at];
        }

        string? tag = null;
        var colon = rest.LastIndexOf(':');
        if (colon > rest.LastIndexOf('/'))
        {
            tag = rest[(colon + 1)..];
            if (!IsTag(tag))
                return Refuse("a tag is 1 to 128 letters, digits, '_', '.' and '-', and does not begin with '.' or '-'", out failure);
            rest = rest[..colon];
        }

        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (isComplete && slash < 0)
            return Refuse("the registry is missing: expected a name such as registry.example.com/app:v1", out failure);
        var (domain, path) = slash >= 0 && (isComplete || NamesDomain(rest[..slash])) ? (rest[..slash], rest[(slash + 1)..]) : (DefaultDomain, rest);
        if (!IsDomain(domain))
        {
            return Refuse(
                "the registry must be a host name (ASCII letters, digits, '-' and '.'; international names in the xn-- form) or an address, "
                    + "with an optional port",
                out failure
            );
        }

        domain = domain.ToLowerInvariant();
        if (!isComplete && !NamesDomain(domain))
        {
            // Host names are case-insensitive, and programs that get this one in lower case read it as part of a repository of the default registry.
            return Refuse(
                $"only capital letters distinguish the registry {rest[..slash]} from a repository: add its port, as in {domain}:443",
                out failure
            );
        }

        if (domain == LegacyDefaultDomain && !isComplete)
            domain = DefaultDomain;
        if (domain == DefaultDomain && !isComplete && path.Length > 0 && !path.Contains('/', StringComparison.Ordinal))
            path = OfficialRepositoryPrefix + path;

        if (path.Length == 0)
            return Refuse("the repository is missing: expected a name such as registry.example.com/app:v1", out failure);
        if (!IsPath(path))
            return Refuse("a repository has lower-case letters and digits, separated by '.', '_', '__', '-' and '/'", out failure);
        if (path.Length > MaxRepositoryLength)
            return Refuse($"the repository is longer than {MaxRepositoryLength} characters", out failure);
        if (text.Length == ImageIdLength && !text.AsSpan().ContainsAnyExcept(CharacterSets.LowerHex))
            return Refuse("64 hexadecimal digits are an image id, not a repository", out failure);
        if (isComplete && tag is null && digest is null)
            return Refuse("it has neither a tag nor a digest", out failure);

        failure = null;
        reference = new Reference(text, domain, path, tag, digest);
        return true;
    }

    /// <summary>
    /// Reads a repository with its registry, without defaults: <c>registry.example.com</c> and <c>team/app</c>. Returns it in the form of <see
    /// cref="Repository"/>.
    /// </summary>
    internal static bool TryParseRepository(string domain, string path, [NotNullWhen(true)] out string? repository)
    {
        var isOne = IsDomain(domain) && IsPath(path) && path.Length <= MaxRepositoryLength;
        domain = domain.ToLowerInvariant();
        if (domain is DefaultDomain or LegacyDefaultDomain)
            (domain, path) = (DefaultDomain, path.Contains('/', StringComparison.Ordinal) ? path : OfficialRepositoryPrefix + path);
        repository = isOne ? $"{domain}/{path}" : null;
        return isOne;
    }

    /// <summary>
    /// Whether two references name the same with docker's defaults: no registry means docker.io, and neither tag nor digest means <c>latest</c>.
    /// </summary>
    public bool Equals(Reference? other) =>
        other is not null && Repository == other.Repository && EffectiveTag == other.EffectiveTag && Digest == other.Digest;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Reference);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Repository, EffectiveTag, Digest);

    /// <summary>The reference exactly as it was given.</summary>
    public override string ToString() => Text;

    private static bool Refuse(string reason, out string failure)
    {
        failure = reason;
        return false;
    }

    // docker's rule for a registry: the first part has a dot, a port or an upper-case letter, or is localhost.
    private static bool NamesDomain(string first) =>
        first.AsSpan().ContainsAny('.', ':', '[')
        || first == "localhost"
        || first.AsSpan().ContainsAnyInRange('A', 'Z')
        || first.AsSpan().ContainsAnyExceptInRange('\0', '\x7f');

    // domain := host [":" port-number]; host := domain-name | IPv4 address | "[" IPv6 address "]"
    private static bool IsDomain(string domain)
    {
        var hostEnd = domain.StartsWith('[') ? domain.IndexOf(']', StringComparison.Ordinal) + 1 : domain.IndexOf(':', StringComparison.Ordinal);
        var host = hostEnd > 0 ? domain.AsSpan(0, hostEnd) : domain;
        var port = domain.AsSpan(host.Length);
        return (IsIPv6(host) || IsDomainName(host)) && (port.IsEmpty || (port[0] == ':' && IsPort(port[1..])));
    }

    private static bool IsPort(ReadOnlySpan<char> port) => !port.IsEmpty && !port.ContainsAnyExceptInRange('0', '9');

    // An IPv6 address in brackets; a zone identifier is local to one machine and not part of the grammar.
    private static bool IsIPv6(ReadOnlySpan<char> host) =>
        host is ['[', .. var address, ']'] && !address.ContainsAnyExcept(CharacterSets.IPv6) && System.Net.IPAddress.TryParse(address, out _);

    // domain-name := domain-component ["." domain-component]*; domain-component: letters, digits and inner hyphens
    private static bool IsDomainName(ReadOnlySpan<char> host)
    {
        foreach (var range in host.Split('.'))
        {
            var component = host[range];
            if (component.IsEmpty || component[0] == '-' || component[^1] == '-' || component.ContainsAnyExcept(CharacterSets.DomainComponent))
                return false;
        }

        return true;
    }

    // path := path-component ["/" path-component]*; path-component := alpha-numeric [separator alpha-numeric]*
    private static bool IsPath(ReadOnlySpan<char> path)
    {
        foreach (var range in path.Split('/'))
        {
            if (!IsPathComponent(path[range]))
                return false;
        }

        return true;
    }

    // alpha-numeric := [a-z0-9]+; separator := "." | "_" | "__" | "-"*
    private static bool IsPathComponent(ReadOnlySpan<char> component)
    {
        while (true)
        {
            var run = component.IndexOfAnyExcept(CharacterSets.LowerAlphaNumeric);
            if (run < 0)
                return !component.IsEmpty;
            if (run == 0)
                return false;

            component = component[run..];
            var next = component.IndexOfAny(CharacterSets.LowerAlphaNumeric);
            if (next < 0 || !IsSeparator(component[..next]))
                return false;
            component = component[next..];
        }
    }

    private static bool IsSeparator(ReadOnlySpan<char> text) => text is "." or "_" or "__" || !text.ContainsAnyExcept('-');

    // tag := [\w][\w.-]{0,127}, \w being ASCII
    private static bool IsTag(ReadOnlySpan<char> tag) =>
        tag.Length is > 0 and <= MaxTagLength && tag[0] is not ('.' or '-') && !tag.ContainsAnyExcept(CharacterSets.Tag);
}
