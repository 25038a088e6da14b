using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage;
using Nv2.Signing.Text;
using Nv2.Signing.Timestamps;

namespace Nv2.Plugin.Cli.Text;

/// <summary>A manifest with its signatures, and the manifests below it.</summary>
internal sealed record SignedTree(Descriptor Manifest, IReadOnlyList<StoredSignature> Signatures, IReadOnlyList<SignedTree> Below);

/// <summary>Signatures for people. A text of claims says that they are not verified.</summary>
internal static class SignatureText
{
    /// <summary>Describes the claims of a stored signature, or why it cannot be read.</summary>
    public static string Describe(StoredSignature stored) =>
        $"signature    {stored.Manifest.Digest}\n"
        + (stored.TryParse(out var signature, out var failure) ? Describe(signature) : $"damaged: {failure}\n");

    /// <summary>Describes the claims of a signature.</summary>
    public static string Describe(Signature signature)
    {
        var claims = signature.Claims;
        var text = new StringBuilder("NOT VERIFIED: these are unverified claims; verify the signature with 'nv2 verify'\n");
        Line("format", $"{signature.Format.Name} ({signature.Format.MediaType})");
        Line("algorithm", Quoted.Printable(signature.Algorithm));
        Line("media type", claims.MediaType?.ToString());
        Line("digest", claims.Digest.ToString());
        Line("size", string.Create(CultureInfo.InvariantCulture, $"{claims.Size} bytes"));
        foreach (var reference in claims.References)
            Line("reference", reference.Text);
        Line("issued at", Time(claims.IssuedAt));
        Line("not before", Time(claims.NotBefore));
        Line("expires at", Time(claims.ExpiresAt));
        DescribeTimestamp();
        Line("content type", signature.ContentType?.ToString());
        Line("scheme", claims.Scheme?.Name);
        foreach (var (key, value) in claims.Annotations)
            Line("metadata", $"{Quoted.Printable(key)}={Quoted.Printable(value)}");
        foreach (var attribute in claims.ExtendedClaims)
            Line(
                "attribute",
                $"{Quoted.Printable(attribute.Name)}: "
                    + $"{(attribute.Text is null ? "not text" : Quoted.Printable(attribute.Text))}{(attribute.IsCritical ? " (critical)" : "")}"
            );
        Line("agent", signature.SigningAgent is null ? null : $"{Quoted.Printable(signature.SigningAgent)} (not signed)");
        Line("key id", signature.KeyId is null ? null : Quoted.Printable(signature.KeyId));
        foreach (var certificate in signature.Certificates)
        {
            var description = CertificateDescription.Of(certificate);
            Line("certificate", description.Title);
            Line("  issuer", description.Issuer.Length == 0 ? "(no name)" : description.Issuer);
            Line("  sha256", description.Sha256Thumbprint);
            Line("  valid", $"{Time(description.NotBefore)} to {Time(description.NotAfter)}");
        }

        return text.ToString();

        void DescribeTimestamp()
        {
            if (signature.Timestamp.IsEmpty)
                return;
            try
            {
                var timestamp = TimestampToken.Parse(signature.Timestamp);
                Line("timestamp", timestamp.ToString());
                Line(
                    "  by",
                    timestamp.Authority is null
                        ? "an authority whose certificate is not included"
                        : CertificateDescription.Of(timestamp.Authority).Title
                );
            }
            catch (InvalidInputException exception)
            {
                Line("timestamp", exception.Message);
            }
        }

        void Line(string name, string? value)
        {
            if (value is not null)
                text.Append(CultureInfo.InvariantCulture, $"{name, -12} {value}\n");
        }
    }

    private static string? Time(DateTimeOffset? time) => time is null ? null : Rfc3339.Format(time.Value);

    /// <summary>Draws the signatures of an artifact and of the manifests below it as a tree.</summary>
    /// <param name="root">The artifact.</param>
    /// <param name="width">The columns of the terminal, or <see langword="null"/> for lines of any length.</param>
    public static string Draw(SignedTree root, int? width)
    {
        var text = new StringBuilder();
        Line("NOT VERIFIED: these are unverified claims; verify the signatures with 'nv2 verify'", "", "");
        Append(root, "", "");
        return text.ToString();

        void Append(SignedTree node, string first, string rest)
        {
            var hasMore = node.Signatures.Count + node.Below.Count > 0;
            Line(
                $"{node.Manifest.Digest} {node.Manifest.MediaType}{(node.Signatures.Count == 0 ? ", not signed" : "")}",
                first,
                $"{rest}{(hasMore ? "│ " : "  ")}"
            );
            var items = node.Signatures.Count + node.Below.Count;
            foreach (var signature in node.Signatures)
            {
                var isLast = --items == 0;
                var below = $"{rest}{(isLast ? "    " : "│   ")}";
                Line($"signature {signature.Manifest.Digest}", $"{rest}{(isLast ? "└── " : "├── ")}", below);
                foreach (var line in Summarize(signature))
                    Line(line, $"{below}  ", $"{below}    ");
            }

            foreach (var below in node.Below)
            {
                var isLast = --items == 0;
                Append(below, rest + (isLast ? "└── " : "├── "), rest + (isLast ? "    " : "│   "));
            }
        }

        void Line(string line, string first, string rest) => text.Append(TerminalText.Wrap(line, first, rest, width));
    }

    private static IEnumerable<string> Summarize(StoredSignature stored)
    {
        if (!stored.TryParse(out var signature, out var failure))
        {
            yield return $"damaged: {failure}";
            yield break;
        }

        var claims = signature.Claims;
        yield return $"{signature.Format.Name}, "
            + $"{Quoted.Printable(signature.Algorithm)}{Time(", signed ", claims.IssuedAt)}{Time(", expires ", claims.ExpiresAt)}";
        yield return signature.Certificates is [var signer, ..] ? DescribeSigner(signer) : $"signer: the key {Quoted.Printable(signature.KeyId)}";
        foreach (var reference in claims.References)
            yield return $"reference: {reference.Text}";
    }

    private static string DescribeSigner(X509Certificate2 certificate)
    {
        var signer = CertificateDescription.Of(certificate);
        return $"signer: {signer.Title}, sha256 {signer.Sha256Thumbprint}, valid {Rfc3339.Format(signer.NotBefore)} to "
            + $"{Rfc3339.Format(signer.NotAfter)}";
    }

    private static string Time(string before, DateTimeOffset? time) => time is null ? "" : before + Time(time);
}

/// <summary>Certificates of trust stores for people.</summary>
internal static class CertificateText
{
    /// <summary>Appends a heading and, under it, the identity of the certificate and whether it is valid <paramref name="now"/>.</summary>
    public static void Append(StringBuilder text, string heading, X509Certificate2 certificate, DateTimeOffset now)
    {
        var description = CertificateDescription.Of(certificate);
        var state =
            now > description.NotAfter ? ", has expired"
            : now < description.NotBefore ? ", is not valid yet"
            : "";
        text.Append(CultureInfo.InvariantCulture, $"{heading}\n");
        Line("subject", description.Title);
        if (description.Issuer != description.Subject)
            Line("issuer", description.Issuer);
        Line("sha256", description.Sha256Thumbprint);
        Line("valid", $"{Rfc3339.Format(description.NotBefore)} to {Rfc3339.Format(description.NotAfter)}{state}");

        void Line(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"  {name, -10} {value}\n");
    }
}
