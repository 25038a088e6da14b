using System.Text;
using Nv2.Signing.Artifacts;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>Entries of tars that other programs take for others.</summary>
public class TarNameTests
{
    private const string IndexFile = LayoutContent.IndexFile;

    private readonly LayoutContent layout = new();

    public TarNameTests() => layout.List(layout.AddImage("app"), "v1");

    [Theory]
    [InlineData("Index.json")]
    [InlineData("./INDEX.JSON")]
    [InlineData("index.j\u017fon")]
    [InlineData("index.json.")]
    [InlineData("index.json ")]
    [InlineData("index.json:stream")]
    [InlineData("in\u200cdex.json")]
    [InlineData("OCI-layout")]
    [InlineData("Manifest.json")]
    [InlineData("manife\u017ft.json")]
    [InlineData("Repositories")]
    [InlineData("Blobs/sha256/00")]
    [InlineData("blobs/SHA256/00")]
    [InlineData("blobs/sha256/AB")]
    [InlineData("blobs\\sha256\\00")]
    [InlineData("index.json/")]
    public void A_name_that_is_another_s_to_some_programs_is_refused(string name) =>
        Assert.ThrowsAny<InvalidInputException>(() => Stored.Tar(layout.ToTar().File(name, "{}"u8.ToArray()).End()));

    [Theory]
    [InlineData("README.md")]
    [InlineData("Dockerfile")]
    [InlineData("0123abcd/layer.tar")]
    [InlineData("indexes.json")]
    public void Any_other_name_is_nobody_s_business(string name) =>
        Assert.NotNull(Stored.Tar(layout.ToTar().File(name, "{}"u8.ToArray()).End()).Resolve("v1"));

    [Fact]
    public void A_file_of_a_kind_that_others_pass_over_is_refused() => Refuse(new TarArchive().Entry('7', IndexFile, layout.Index));

    [Fact]
    public void A_sparse_file_that_others_give_another_name_is_refused() =>
        Refuse(
            layout
                .ToTar()
                .Entry(
                    'x',
                    "pax",
                    [
                        .. TarArchive.PaxRecord("GNU.sparse.major", "1"),
                        .. TarArchive.PaxRecord("GNU.sparse.minor", "0"),
                        .. TarArchive.PaxRecord("GNU.sparse.name", "manifest.json"),
                    ]
                )
                .File("GNUSparseFile.0/manifest.json", "[]"u8.ToArray())
        );

    [Theory]
    [InlineData("path", "")]
    [InlineData("path", "a\0b")]
    [InlineData("size", "")]
    [InlineData("size", "1x")]
    [InlineData("hdrcharset", "BINARY")]
    public void A_record_that_others_read_otherwise_is_refused(string keyword, string value) =>
        Refuse(layout.ToTar().Entry('x', "pax", TarArchive.PaxRecord(keyword, value)).File("manifest.json", "[]"u8.ToArray()));

    [Theory]
    [InlineData("other\0manifest.json\0")]
    [InlineData("\0")]
    public void A_long_name_that_goes_on_behind_its_end_is_refused(string name) =>
        Refuse(layout.ToTar().Entry('L', "././@LongLink", Encoding.ASCII.GetBytes(name)).File("good", "[]"u8.ToArray()));

    [Fact]
    public void A_name_that_ends_in_a_space_is_refused()
    {
        var header = TarArchive.Header('0', $"{IndexFile} ", layout.Index.Length);
        var tar = new TarArchive();
        foreach (var (name, content) in layout.Files.Where(file => file.Name != IndexFile))
            tar.File(name, content);
        Refuse(tar.Raw(header).Content(layout.Index));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_blob_that_is_a_link_and_a_file_is_there_twice(bool linkIsFirst)
    {
        // By its first bytes a layer: what goes by with one hash cannot be hashed again with another.
        byte[] content = [0x1f, 0x8b, 8, 0, 1, 2, 3];
        var name = $"blobs/sha512/{Digest.Compute(DigestAlgorithm.Sha512, content).Hex}";
        var tar = layout.ToTar().File("aside", content);
        foreach (var isLink in new[] { linkIsFirst, !linkIsFirst })
        {
            tar.Entry('L', "././@LongLink", Encoding.ASCII.GetBytes(name));
            _ = isLink ? tar.Entry('1', "short", link: "aside") : tar.File("short", content);
        }

        Refusal.Of(() => Stored.Tar(tar.End()), "twice");
    }

    private static void Refuse(TarArchive tar) => Assert.ThrowsAny<InvalidInputException>(() => Stored.Tar(tar.End()));
}
