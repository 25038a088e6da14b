namespace Nv2.Testing;

/// <summary>The vectors: signatures by the original programs, and what a verifier must say of each.</summary>
public static class Vectors
{
    /// <summary>All rows of vectors.tsv.</summary>
    public static IReadOnlyList<Vector> All { get; } = [.. Rows("vectors.tsv").Select(row => new Vector(row[0], row[2], row[3], row[4], row[5]))];

    /// <summary>All rows of key-ids.tsv: certificates and their libtrust key ids.</summary>
    public static IReadOnlyList<(string Certificate, string KeyId)> KeyIds { get; } = [.. Rows("key-ids.tsv").Select(row => (row[0], row[1]))];

    /// <summary>All rows of notation/vectors.tsv: the Notary Project's envelopes, by its own program. All of them are valid.</summary>
    public static IReadOnlyList<Envelope> Envelopes { get; } =
    [.. Rows("notation/vectors.tsv").Select(row => new Envelope(row[0], row[1], row[2], row[3]))];

    /// <summary>The path of a file, named as in the tables: <c>keys/p256.crt</c>.</summary>
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "vectors", name);

    public static byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    private static IEnumerable<string[]> Rows(string table) => File.ReadLines(PathOf(table)).Skip(1).Select(line => line.Split('\t'));
}

/// <summary>A row of vectors.tsv.</summary>
/// <param name="Signature">The signature file.</param>
/// <param name="Trusted">The certificate to trust.</param>
/// <param name="Manifest">The manifest that the signature is held against.</param>
/// <param name="MediaType">What the manifest is said to be.</param>
/// <param name="Expected"><c>valid</c>, or why not, in the table's words.</param>
public sealed record Vector(string Signature, string Trusted, string Manifest, string MediaType, string Expected)
{
    /// <summary>The name of the check that must fail, as nv2 reports it, or <see langword="null"/> for a valid signature.</summary>
    public string? FailingCheck =>
        Expected switch
        {
            "valid" => null,
            "malformed" => "format",
            "bad-signature" => "integrity",
            "untrusted" => "authenticity",
            "key-usage" => "keyUsage",
            "expired" => "validity",
            "reference-mismatch" => "references",
            "subject-mismatch" => "subject",
            _ => throw new InvalidOperationException($"vectors.tsv expects '{Expected}', which is no outcome"),
        };
}

/// <summary>A row of notation/vectors.tsv.</summary>
/// <param name="Signature">The signature file.</param>
/// <param name="Format">The short name of its format.</param>
/// <param name="Trusted">The certificate to trust.</param>
/// <param name="Subject">The descriptor of the signed artifact.</param>
public sealed record Envelope(string Signature, string Format, string Trusted, string Subject);
