namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>One row of the table in docs/second-opinion.md: why nv2 and another program see a kind of case differently.</summary>
/// <param name="Kind">What the table calls it.</param>
/// <param name="Other">The other program.</param>
/// <param name="IsAcceptedByNv2">Whether nv2 accepts, and the other refuses.</param>
/// <param name="Reason">A regular expression for why the one that refuses does so: nv2's words, the number of an error of openssl, BouncyCastle's
/// words.</param>
/// <param name="Features">What must be odd about the case, one of these at least.</param>
internal sealed record Explanation(string Kind, string Other, bool IsAcceptedByNv2, string Reason, params string[] Features)
{
    /// <summary>Whether the third program must agree with nv2.</summary>
    public bool IsSeconded { get; init; }
}

/// <summary>All rows. Each is tied to what causes it; the other direction, and other reasons, are not explained by it.</summary>
internal static class Explanations
{
    private const string OpenSsl = Dissent.OpenSsl;
    private const string Castle = Dissent.BouncyCastle;

    // Where the better way ends at the root, the message is about the way that came furthest.
    private const string Elsewhere = "is not among the trusted roots|neither among the trusted roots";

    private static readonly Explanation[] AcceptedByNv2 =
    [
        new("last second of validity (openssl)", OpenSsl, true, "^10$", "lastSecond"),
        new("last second of a list (openssl)", OpenSsl, true, "^12$", "list:lastSecond"),
        new("self-issued signer (openssl)", OpenSsl, true, "^(3|8|18|35|44|79)$", "leaf:selfIssued"),
        new("self-issued authority (openssl)", OpenSsl, true, "^19$", "graph:rollover") { IsSeconded = true },
        new("key identifier of another key (openssl)", OpenSsl, true, "^(20|30)$", "foreignKeyIdentifier"),
        new("no key identifier (openssl)", OpenSsl, true, "^(85|86)$", "noAuthorityKeyIdentifier", "noSubjectKeyIdentifier"),
        new("empty subject without critical name (openssl)", OpenSsl, true, "^88$", "leaf:subjectEmpty", "leaf:subjectEmptyNamesCritical"),
        new("root of version 1 (openssl)", OpenSsl, true, "^79$", "root:versionOne"),
        new("root without basicConstraints (openssl)", OpenSsl, true, "^(79|82)$", "root:noBasicConstraints"),
        new("authority without key usage (openssl)", OpenSsl, true, "^(81|92)$", "root:noKeyUsage", "authority:noKeyUsage", "leaf:noKeyUsage"),
        new("keyCertSign of a signer (openssl)", OpenSsl, true, "^(79|82)$", "leaf:authority"),
        new("empty subject without names (openssl)", OpenSsl, true, "^84$", "leaf:subjectEmpty", "leaf:subjectEmptyNamesCritical"),
        new("anyPolicy of a signer (openssl)", OpenSsl, true, "^43$", "authority:policyMapping", "authority:explicitPolicy") { IsSeconded = true },
        new("revocation of the root (openssl)", OpenSsl, true, "^44$", "list:usersOnly") { IsSeconded = true },
        new("revocation of the root (openssl)", OpenSsl, true, "^3$", "root:issuerNameOther"),
        new("no key identifier (openssl)", OpenSsl, true, "^7$", "leaf:versionOne", "leaf:versionTwo", "leaf:noAuthorityKeyIdentifier")
        {
            IsSeconded = true,
        },
        new("revocation not announced, no list (openssl)", OpenSsl, true, "^3$", "leaf:versionOne", "leaf:versionTwo"),
        new("basicConstraints not critical (openssl)", OpenSsl, true, "^89$", "basicConstraintsNotCritical"),
        new("revocation not announced, no list (openssl)", OpenSsl, true, "^3$", "list:missing", "list:otherName"),
        new("key of the root (openssl)", OpenSsl, true, "^67$", "root:weakKey"),
        new("signature of the root (openssl)", OpenSsl, true, "^78$", "root:innerAlgorithm", "root:innerAlgorithmSha1"),
        new(
            "Common Name below name constraints (openssl)",
            OpenSsl,
            true,
            "^(47|48)$",
            "leaf:noNamesCommonNameHost",
            "leaf:noNamesCommonNameGoodHost"
        ),
        new(
            "registered ID in name constraints (BouncyCastle)",
            Castle,
            true,
            "subtrees could not be built.*Unknown tag encountered: 8",
            "permittedRegisteredId",
            "excludedRegisteredId"
        ),
        new("last second of a list (BouncyCastle)", Castle, true, "No CRLs found for issuer", "list:lastSecond"),
        new("revocation not announced, no list (BouncyCastle)", Castle, true, "No CRLs found for issuer", "leaf:versionOne", "leaf:versionTwo"),
        new(
            "empty subject below directory names (BouncyCastle)",
            Castle,
            true,
            "Subject distinguished name is not from a permitted subtree",
            "leaf:subjectEmpty",
            "leaf:subjectEmptyNamesCritical"
        ),
        new("empty host name in name constraints (BouncyCastle)", Castle, true, "DNS is not from a permitted subtree", "permittedDnsEmpty"),
        new(
            "critical extended key usage of an authority (BouncyCastle)",
            Castle,
            true,
            @"unsupported critical extension: \[2\.5\.29\.37\]",
            "purposesCritical"
        ),
        new(
            "critical cRLDistributionPoints of an authority (BouncyCastle)",
            Castle,
            true,
            @"unsupported critical extension: \[2\.5\.29\.31\]",
            "criticalDistributionPoints"
        ),
        new(
            "salt of PSS of another length (BouncyCastle)",
            Castle,
            true,
            "Public key presented not for certificate signature|No issuer certificate for certificate in certification path found|Unable to find "
                + "certificate chain",
            "pssShortSalt",
            "pssNoSalt"
        ),
        new("revocation not announced, no list (BouncyCastle)", Castle, true, "No CRLs found for issuer", "list:missing", "list:otherName"),
    ];

    private static readonly Explanation[] RefusedByNv2 =
    [
        .. Both("purpose of the signer", "KeyUsage: the extended key usage of .* does not include codeSigning", "purposes", "purposesCritical"),
        .. Both("purpose of an authority", "its extended key usage does not include codeSigning", "purposes", "purposesCritical"),
        .. Both("empty extension", "its [A-Za-z]+ is empty", "purposesEmpty", "policyConstraintsEmpty", "namesEmpty"),
        .. Both(
            "key usage of the signer",
            "the key usage of the certificate .* does not include digitalSignature",
            "leaf:keyUsageEncipherment",
            "leaf:keyUsageEmpty"
        ),
        .. Both(
            "BER",
            "its encoding is another form of ASN.1|its extension basicConstraints is damaged, or not in DER",
            "longLength",
            "indefiniteLength",
            "serialNotMinimal",
            "falseEncoded"
        ),
        .. Both("bytes behind the end", "bytes follow its end", "trailingByte"),
        .. Both("unsupported key", "is not supported: expected RSA of 2048 bits or more, or EC", "weakKey", "edwardsKey", "otherCurve"),
        .. Both("explicit curve", "explicit curve parameters", "explicitCurve"),
        .. Both("SHA-1", "is signed with SHA-1", "sha1", "pssSha1", "list:sha1", "graph:twinSha1"),
        .. Both("SHA-1", "^Authenticity: ", "leaf:sha1", "leaf:pssSha1"),
        .. Both("SHA-1", Elsewhere, "authority:sha1"),
        .. Both("SHA-1", "its signature by its issuer is not valid", "graph:twinSha1"),
        .. Both("SHA-1", "^Validity: .* expired at", "authority:sha1"),
        .. Both("policies that the root asks for", Elsewhere, "root:explicitPolicy", "root:policyMapping"),
        .. Both("empty extension", $"{Elsewhere}|its signature by its issuer is not valid", "purposesEmpty", "policyConstraintsEmpty"),
        .. Both(
            "unsupported key",
            $"is not a certificate authority|expired at|its signature by its issuer is not valid|{Elsewhere}",
            "authority:otherCurve",
            "authority:weakKey",
            "authority:explicitCurve"
        ),
        .. Both("wildcard and an excluded subtree", @"its name ""\*\..* is excluded", "leaf:nameWildcard"),
        .. Both("URI without a host", @"its name ""(https://192|urn:).* is excluded", "leaf:nameUriWithoutHost"),
        .. Both("policies that the root asks for", "a certificate above it requires a policy", "root:explicitPolicy", "root:policyMapping"),
        .. Both("mapping of anyPolicy", "the policies of a certificate above the signer's are damaged", "mappingOfAnyPolicy"),
        .. Both("list without nextUpdate", "it does not state when the next one is due", "list:noNextUpdate"),
        .. Both("removeFromCRL in a complete list", "it has removeFromCRL for the certificate", "list:removed"),
        .. Both("empty subtree", "is excluded, by the name constraints of", "excludedUriEmpty", "excludedEmailEmpty"),
        new("empty subtree (BouncyCastle)", Castle, false, "is excluded, by the name constraints of", "excludedDnsEmpty"),
        new(
            "name that cannot be compared (BouncyCastle)",
            Castle,
            false,
            "is restricted, and cannot be compared",
            "permittedOtherName",
            "excludedOtherName",
            "permittedRegisteredId"
        ),
        .. Both("explicit policy above a self-issued signer", "a certificate above it requires a policy", "leaf:selfIssued"),
        .. Both("extension twice", "more than once", "duplicateUnknown", "duplicateExtension"),
        new(
            "the trusted certificate itself (BouncyCastle)",
            Castle,
            false,
            "Validity: the certificate .* (expired at|is not valid before)",
            "root:expired",
            "root:expiredBySecond",
            "root:notYet"
        ),
        new(
            "the trusted certificate itself (BouncyCastle)",
            Castle,
            false,
            "is not a certificate authority|does not include keyCertSign|its keyUsage is empty",
            "root:notAuthority",
            "root:noBasicConstraints",
            "root:noCertSign",
            "root:keyUsageEmpty",
            "root:keyUsageEncipherment",
            "root:versionTwo"
        ),
        new(
            "the trusted certificate itself (BouncyCastle)",
            Castle,
            false,
            "its path length is",
            "root:pathLength0",
            "root:pathLength1",
            "root:pathLength2"
        ),
        new(
            "the trusted certificate itself (BouncyCastle)",
            Castle,
            false,
            "by the name constraints of|is restricted, and cannot be compared",
            "root:nameConstraints"
        ),
        new(
            "the trusted certificate itself (BouncyCastle)",
            Castle,
            false,
            "critical extension .* is not supported",
            "root:criticalKeyIdentifier",
            "root:unknownCritical"
        ),
        new(
            "the trusted certificate itself (BouncyCastle)",
            Castle,
            false,
            Elsewhere,
            "root:pathLength0",
            "root:pathLength1",
            "root:explicitPolicy",
            "root:policyMapping",
            "root:nameConstraints",
            "root:keyUsageEncipherment",
            "root:keyUsageEmpty",
            "root:expired",
            "root:expiredBySecond",
            "root:notYet",
            "root:unknownCritical",
            "root:criticalKeyIdentifier",
            "root:notAuthority",
            "root:noBasicConstraints",
            "root:noCertSign",
            "root:versionTwo"
        ),
        new("SHA-1 (BouncyCastle)", Castle, false, "Validity: ", "graph:twinSha1"),
        new("list that is not valid yet (BouncyCastle)", Castle, false, "it is not valid before", "list:future"),
    ];

    /// <summary>The rows.</summary>
    public static IReadOnlyList<Explanation> All { get; } = [.. AcceptedByNv2, .. RefusedByNv2];

    // The two others agree with each other.
    private static Explanation[] Both(string kind, string reason, params string[] features) =>
        [new($"{kind} (openssl)", OpenSsl, false, reason, features), new($"{kind} (BouncyCastle)", Castle, false, reason, features)];
}
