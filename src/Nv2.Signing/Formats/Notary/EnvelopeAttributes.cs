using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Formats.Notary;

/// <summary>
/// The signed attributes of an envelope: read header by header from one of the two formats, then checked against the specification as a whole
/// (signature specification, "Signed Attributes"; signature-envelope-jws.md and -cose.md, "Protected Headers").
/// </summary>
internal sealed class EnvelopeAttributes
{
    public const string SchemeName = "io.cncf.notary.signingScheme";
    public const string SigningTimeName = "io.cncf.notary.signingTime";
    public const string AuthenticSigningTimeName = "io.cncf.notary.authenticSigningTime";
    public const string ExpiryName = "io.cncf.notary.expiry";
    public const string TimestampName = "io.cncf.notary.timestampSignature";
    public const string SigningAgentName = "io.cncf.notary.signingAgent";

    /// <summary>The most headers, and the most entries of <c>crit</c>.</summary>
    public const int MaxCount = 256;

    private readonly List<(string Name, string? Text)> extended = [];
    private string? scheme;
    private DateTimeOffset? signingTime;
    private DateTimeOffset? authenticSigningTime;
    private DateTimeOffset? expiry;

    /// <summary>The content type, once read.</summary>
    public string? ContentType { get; set; }

    /// <summary>The names in <c>crit</c>, once read.</summary>
    public IReadOnlyList<string>? Critical { get; set; }

    /// <summary>The names of headers that the format itself processes, and that <c>crit</c> may contain.</summary>
    public HashSet<string> Understood { get; } = [];

    /// <summary>The names in <c>crit</c> that a signer writes for <paramref name="claims"/>, in the order of the Notary Project's own
    /// implementation.</summary>
    public static IEnumerable<string> CriticalNames(Claims claims)
    {
        yield return SchemeName;
        if (claims.Scheme == SigningScheme.SigningAuthority)
            yield return AuthenticSigningTimeName;
        if (claims.ExpiresAt is not null)
            yield return ExpiryName;
        foreach (var attribute in claims.ExtendedClaims.Where(attribute => attribute.IsCritical))
            yield return attribute.Name;
    }

    /// <summary>Why <paramref name="claims"/> cannot be written, or <see langword="null"/>. A reader must accept what is written.</summary>
    public static string? CheckWritable(Claims claims)
    {
        if (claims.IssuedAt is null)
            return "an envelope requires the time of signing, but the claims have none";
        if (claims.ExpiresAt <= claims.IssuedAt)
            return "the signature would expire before it is made";
        if (claims.References.Count > 0 || claims.NotBefore is not null)
            return "an envelope cannot have references or a time before which it is not valid";
        string[] own = [SchemeName, SigningTimeName, AuthenticSigningTimeName, ExpiryName];
        if (claims.ExtendedClaims.FirstOrDefault(attribute => attribute.Text is null || own.Contains(attribute.Name)) is { } unusable)
            return $"the signed attribute {Quoted.Text(unusable.Name)} is not a user-defined attribute with a text value";
        return claims.ExtendedClaims.CountBy(attribute => attribute.Name).FirstOrDefault(one => one.Value > 1).Key is { } twice
            ? $"the signed attribute {Quoted.Text(twice)} appears twice"
            : null;
    }

    /// <summary>Reads one header.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">Reads its value as text, and refuses any other.</param>
    /// <param name="time">Reads its value as a time, and refuses any other.</param>
    /// <param name="any">Skips its value; returns it if it is text.</param>
    public void Read(string name, Func<string> text, Func<DateTimeOffset> time, Func<string?> any)
    {
        switch (name)
        {
            case SchemeName:
                scheme = text();
                break;
            case SigningTimeName:
                signingTime = time();
                break;
            case AuthenticSigningTimeName:
                authenticSigningTime = time();
                break;
            case ExpiryName:
                expiry = time();
                break;
            case ExtendedClaim.VerificationPlugin or ExtendedClaim.VerificationPluginMinVersion:
                extended.Add((name, text()));
                break;
            default:
                extended.Add((name, any()));
                break;
        }
    }

    /// <summary>Adds the claims in the headers to those in the payload.</summary>
    /// <param name="payload">Reads the payload, after its content type is checked.</param>
    /// <exception cref="InvalidInputException">The headers do not meet the specification.</exception>
    public Claims Complete(Func<Claims> payload)
    {
        if (ContentType is null)
            throw Missing("content type");
        if (ContentType != NotaryPayload.MediaType.ToString())
            throw new InvalidInputException($"the content type of the signature is {Quoted.Text(ContentType)}: expected {NotaryPayload.MediaType}");
        if (scheme is null)
            throw Missing(SchemeName);
        var known =
            SigningScheme.Find(scheme)
            ?? throw new InvalidInputException(
                $"the signing scheme of the signature is {Quoted.Text(scheme)}: expected {SigningScheme.X509} or {SigningScheme.SigningAuthority}"
            );

        var isAuthority = known == SigningScheme.SigningAuthority;
        var (own, foreign) = isAuthority ? (AuthenticSigningTimeName, SigningTimeName) : (SigningTimeName, AuthenticSigningTimeName);
        var issuedAt = (isAuthority ? authenticSigningTime : signingTime) ?? throw Missing($"{own}, which the signing scheme {known} requires");
        if ((isAuthority ? signingTime : authenticSigningTime) is not null)
            throw new InvalidInputException($"the signature has {foreign}, which is not for the signing scheme {known}: expected only {own}");
        if (expiry <= issuedAt)
            throw new InvalidInputException($"the signature has an {ExpiryName} that is not after its {own}");

        RequireCritical(isAuthority);
        return payload() with
        {
            IssuedAt = issuedAt,
            ExpiresAt = expiry,
            Scheme = known,
            ExtendedClaims = extended.ConvertAll(attribute => new ExtendedClaim(
                attribute.Name,
                attribute.Text,
                Critical!.Contains(attribute.Name) // Not null: RequireCritical.
            )),
        };
    }

    // RFC 7515 section 4.1.11 and RFC 9052 section 3.1 have the same rules for crit: not empty, nothing twice, nothing that is absent. The
    // specification adds what must be in it; informative headers must not be in it.
    private void RequireCritical(bool isAuthority)
    {
        if (Critical is not { Count: > 0 })
            throw Missing("crit with a name");
        if (Critical.CountBy(name => name).FirstOrDefault(one => one.Value > 1).Key is { } twice)
            throw new InvalidInputException($"the signature has {Quoted.Text(twice)} twice in crit");

        var names = extended.Select(attribute => attribute.Name).ToList();
        List<string> required =
        [
            SchemeName,
            .. isAuthority ? [AuthenticSigningTimeName] : Array.Empty<string>(),
            .. expiry is not null ? [ExpiryName] : Array.Empty<string>(),
            .. names.Where(name => name is ExtendedClaim.VerificationPlugin or ExtendedClaim.VerificationPluginMinVersion),
        ];
        if (required.Find(name => !Critical.Contains(name)) is { } unmarked)
            throw new InvalidInputException($"the signature does not have {unmarked} in crit: it is critical");
        if (Critical.FirstOrDefault(name => !required.Contains(name) && !names.Contains(name) && !Understood.Contains(name)) is { } stray)
        {
            throw new InvalidInputException(
                stray == SigningTimeName
                    ? $"the signature has {stray} in crit: it is informative, not critical"
                    : $"the signature has {Quoted.Text(stray)} in crit, but not in its protected headers"
            );
        }

        if (names.Contains(ExtendedClaim.VerificationPluginMinVersion) && !names.Contains(ExtendedClaim.VerificationPlugin))
            throw new InvalidInputException(
                $"the signature has {ExtendedClaim.VerificationPluginMinVersion} without {ExtendedClaim.VerificationPlugin}"
            );
    }

    private static InvalidInputException Missing(string what) => new($"the signature has no {what} in its protected headers");
}
