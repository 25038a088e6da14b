namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>One row of the table in docs/second-opinion.md: why nv2 and another program see a kind of case differently.</summary>
/// <param name="Kind">What the table calls it.</param>
/// <param name="Other">The other program.</param>
/// <param name="IsAcceptedByNv2">Whether nv2 accepts, and the other refuses.</param>
/// <param name="Reason">A regular expression for why the one that refuses does so: nv2's words, the number of an error of openssl, BouncyCastle's words.</param>
/// <param name="Features">What must be odd about the case, one of these at least.</param>
internal sealed record Explanation(string Kind, string Other, bool IsAcceptedByNv2, string Reason, params string[] Features);

/// <summary>All rows. Each is tied to what causes it; the other direction, and other reasons, are not explained by it.</summary>
internal static class Explanations
{
    private const string OpenSsl = Dissent.OpenSsl;
    private const string Castle = Dissent.BouncyCastle;

    private static readonly Explanation[] AcceptedByNv2 =
    [
        new("last second of validity (openssl)", OpenSsl, true, "^10$", "lastSecond"),
        new("last second of a list (openssl)", OpenSsl, true, "^12$", "list:lastSecond"),
        new("self-issued signer (openssl)", OpenSsl, true, "^18$", "leaf:selfIssued"),
        new("key identifier of another key (openssl)", OpenSsl, true, "^(20|30)$", "foreignKeyIdentifier"),
        new("no key identifier (openssl)", OpenSsl, true, "^(85|86)$", "noAuthorityKeyIdentifier", "noSubjectKeyIdentifier"),
        new("empty subject without critical name (openssl)", OpenSsl, true, "^88$", "leaf:subjectEmpty"),
        new("root of version 1 (openssl)", OpenSsl, true, "^79$", "root:versionOne"),
        new("authority without key usage (openssl)", OpenSsl, true, "^92$", "root:noKeyUsage", "authority:noKeyUsage", "above:noKeyUsage"),
        new("basicConstraints not critical (openssl)", OpenSsl, true, "^89$", "basicConstraintsNotCritical"),
        new("revocation not announced, no list (openssl)", OpenSsl, true, "^3$", "list:missing", "list:otherName"),
        new("key of the root (openssl)", OpenSsl, true, "^67$", "root:weakKey"),
        new("signature of the root (openssl)", OpenSsl, true, "^78$", "root:innerAlgorithm", "root:innerAlgorithmSha1"),
        new("Common Name below name constraints (openssl)", OpenSsl, true, "^47$", "leaf:noNamesCommonNameHost", "leaf:noNamesCommonNameGoodHost"),
        new("registered ID in name constraints (BouncyCastle)", Castle, true, "Permitted subtrees could not be built.*Unknown tag encountered: 8", "permittedRegisteredId", "excludedRegisteredId"),
        new("last second of a list (BouncyCastle)", Castle, true, "No CRLs found for issuer", "list:lastSecond"),
        new("critical extended key usage of an authority (BouncyCastle)", Castle, true, @"unsupported critical extension: \[2\.5\.29\.37\]", "purposesCritical"),
        new("salt of PSS of another length (BouncyCastle)", Castle, true, "Public key presented not for certificate signature|No issuer certificate for certificate in certification path found", "pssShortSalt", "pssNoSalt"),
        new("revocation not announced, no list (BouncyCastle)", Castle, true, "No CRLs found for issuer", "list:missing", "list:otherName"),
    ];

    private static readonly Explanation[] RefusedByNv2 =
    [
        .. Both("purpose of the signer", "KeyUsage: the extended key usage of .* does not include codeSigning", "purposes", "purposesCritical"),
        .. Both("purpose of an authority", "its extended key usage does not include codeSigning", "purposes", "purposesCritical"),
        .. Both("empty extension", "its extension [A-Za-z]+ is empty", "purposesEmpty", "policyConstraintsEmpty", "namesEmpty"),
        .. Both("key usage of the signer", "the key usage of the certificate .* does not include digitalSignature", "leaf:keyUsageEncipherment", "leaf:keyUsageEmpty"),
        .. Both("BER", "its encoding is another form of ASN.1", "longLength", "indefiniteLength", "serialNotMinimal", "falseEncoded"),
        .. Both("bytes behind the end", "bytes follow its end", "trailingByte"),
        .. Both("unsupported key", "is not supported: expected RSA of 2048 bits or more, or EC", "weakKey", "edwardsKey", "otherCurve"),
        .. Both("explicit curve", "curve that is given by its parameters", "explicitCurve"),
        .. Both("SHA-1", "is signed with SHA-1", "sha1", "pssSha1", "list:sha1", "graph:twinSha1"),
        .. Both("policies that the root asks for", "a certificate above it requires a policy", "root:explicitPolicy", "root:policyMapping"),
        .. Both("mapping of anyPolicy", "the policies of a certificate above the signer's are damaged", "mappingOfAnyPolicy"),
        .. Both("list without nextUpdate", "it does not say when the next one is due", "list:noNextUpdate"),
        .. Both("removeFromCRL in a complete list", "it says removeFromCRL of it", "list:removed"),
        .. Both("empty subtree", "is excluded, by the name constraints of", "excludedUriEmpty", "excludedEmailEmpty"),
        .. Both("extension twice", "more than once", "duplicateUnknown", "duplicateExtension"),
        new("the trusted certificate itself (BouncyCastle)", Castle, false, "Validity: the certificate .* (expired at|is not valid before)", "root:expired", "root:expiredBySecond", "root:notYet"),
        new("the trusted certificate itself (BouncyCastle)", Castle, false, "is no certificate authority|does not include keyCertSign",
            "root:notAuthority", "root:noBasicConstraints", "root:noCertSign", "root:keyUsageEmpty", "root:keyUsageEncipherment"),
        new("the trusted certificate itself (BouncyCastle)", Castle, false, "its path length is", "root:pathLength0", "root:pathLength1", "root:pathLength2"),
        new("the trusted certificate itself (BouncyCastle)", Castle, false, "by the name constraints of|cannot be compared, and is restricted", "root:nameConstraints"),
        new("the trusted certificate itself (BouncyCastle)", Castle, false, @"critical extension 2\.5\.29\.14,", "root:criticalKeyIdentifier"),
        new("list that is not valid yet (BouncyCastle)", Castle, false, "it is not valid before", "list:future"),
    ];

    /// <summary>The rows.</summary>
    public static IReadOnlyList<Explanation> All { get; } = [.. AcceptedByNv2, .. RefusedByNv2];

    // The two others agree with each other.
    private static Explanation[] Both(string kind, string reason, params string[] features) =>
        [new($"{kind} (openssl)", OpenSsl, false, reason, features), new($"{kind} (BouncyCastle)", Castle, false, reason, features)];
}
