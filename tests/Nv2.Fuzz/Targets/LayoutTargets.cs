using System.Text;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Storage;
using Nv2.Signing.Storage.Layout;
using Nv2.Signing.Storage.Tar;
using Nv2.Signing.Verification;

namespace Nv2.Fuzz.Targets;

/// <summary>Image layouts: tars of them, and what their indexes and manifests say.</summary>
internal static class LayoutTargets
{
    private const byte Separator = 0;
    private static readonly byte[] TarMagic = Encoding.ASCII.GetBytes("ustar");

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("tar", "image layouts in tars, plain and in gzip", Tars, input => Check(FixChecksums(input))),
        new("layout", "the indexes and manifests of an image layout", () => [], input => Check(Assemble(input))),
    ];

    private static bool Check(byte[] input)
    {
        using var copy = new MemoryStream();
        if (!Attempt.At(() => LayoutTar.Read(new MemoryStream(input), copy), out var layout) || !Attempt.At(() => layout.Index, out var index))
            return false;

        Require.That(Entries(LayoutIndex.Parse(index.With([]))).SequenceEqual(Entries(index)), "an index that is not read as it is written");
        CheckCopy(layout, copy);
        _ = Attempt.At(() => layout.Nodes().Count(), out _);
        if (!Attempt.At(() => layout.Resolve(null), out Descriptor artifact) && !Attempt.At(() => layout.Resolve("v1"), out artifact))
            return true;
        _ = Attempt.At(() => ContentCheck.Make(layout, artifact, withLayers: true), out _);
        _ = Attempt.At(() => ManifestTree.List(layout, artifact).Count, out _);
        var question = new ArtifactQuestion(Known.Trust, SignatureQuorum.One);
        if (!Attempt.At(() => new Verifier(Known.Clock).Verify(layout, artifact, question), out var verification))
            return true;
        if (verification.Decision.Outcome == Outcome.Verified)
            Require.That(Known.IsSignedDigest(artifact.Digest.ToString()), "verified, and never signed");
        foreach (var (signature, result) in verification.Signatures)
        {
            var isRight = signature.Subject.Digest == artifact.Digest && (result.Signer is not null || !result.Verified);
            Require.That(isRight, "a signature of something else");
        }

        return true;
    }

    // What goes through is the same layout.
    private static void CheckCopy(LayoutTar layout, MemoryStream copy)
    {
        layout.Add([]);
        var again = LayoutTar.Read(new MemoryStream(copy.ToArray()));
        Require.That(Entries(again.Index).SequenceEqual(Entries(layout.Index)), "the copy has another index");
        foreach (var digest in layout.Index.Entries.Select(entry => entry.Descriptor.Digest).Where(layout.Contains))
            Require.That(again.Contains(digest) && again.Measure(digest) == layout.Measure(digest), "the copy has another blob");
    }

    private static IEnumerable<string> Entries(LayoutIndex index) => index.Entries.Select(entry => entry.ToString());

    // A fuzzer does not compute checksums.
    private static byte[] FixChecksums(byte[] tar)
    {
        var fixedTar = (byte[])tar.Clone();
        for (var start = 0; start + TarArchive.BlockBytes <= tar.Length; start += TarArchive.BlockBytes)
        {
            const int MagicOffset = 257;
            if (tar.AsSpan(start + MagicOffset, TarMagic.Length).SequenceEqual(TarMagic))
                TarArchive.WithChecksum(tar[start..(start + TarArchive.BlockBytes)]).CopyTo(fixedTar, start);
        }

        return fixedTar;
    }

    // Nor digests: the input is the files of a layout with NULs between them, the index first. In each, sha256:#N is the digest of the file N,
    // blob#N its path and #N its size, of those behind it.
    private static byte[] Assemble(byte[] input)
    {
        var files = Encoding.Latin1.GetString(input).Split((char)Separator);
        var contents = new byte[files.Length][];
        for (var position = files.Length - 1; position >= 0; position--)
        {
            var text = files[position];
            for (var behind = files.Length - 1; behind > position && behind < 10; behind--)
            {
                text = text.Replace($"sha256:#{behind}", LayoutContent.DigestOf(contents[behind]), StringComparison.Ordinal)
                    .Replace($"blob#{behind}", LayoutContent.BlobName(LayoutContent.DigestOf(contents[behind])), StringComparison.Ordinal)
                    .Replace($"#{behind}", $"{contents[behind].Length}", StringComparison.Ordinal);
            }

            contents[position] = Encoding.Latin1.GetBytes(text);
        }

        var tar = new TarArchive().File(LayoutContent.Marker, new LayoutContent().MarkerContent).File(LayoutContent.IndexFile, contents[0]);
        foreach (var content in contents.Skip(1))
        {
            if (content.AsSpan().StartsWith("[{\"Config\""u8))
                tar.File("manifest.json", content);
            else
                tar.File(LayoutContent.BlobName(LayoutContent.DigestOf(content)), content);
        }

        return tar.End();
    }

    private static IEnumerable<byte[]> Tars()
    {
        var layout = new LayoutContent();
        var image = layout.AddBlob(LayoutContent.ImageType, Vectors.Read("manifests/oci-image.json"));
        layout.List(image, "v1");
        layout.AddSignature(image, Vectors.Read("nv2-jwt/p256-kid.jwt"));
        yield return layout.ToTar().End();
        yield return TarArchive.Gzip(layout.ToTar().End());
        yield return new TarArchive()
            .Entry('x', "pax", TarArchive.PaxRecord("path", Name('a')))
            .File("short", [1])
            .Entry('L', "././@LongLink", Encoding.ASCII.GetBytes(Name('b') + "\0"))
            .File("short", [1])
            .Entry('5', "blobs/")
            .File(LayoutContent.Marker, layout.MarkerContent)
            .File("manifest.json", "[]"u8.ToArray())
            .File(LayoutContent.IndexFile, layout.Index)
            .End();

        static string Name(char digit) => $"blobs/sha256/{new string(digit, 64)}";
    }
}
