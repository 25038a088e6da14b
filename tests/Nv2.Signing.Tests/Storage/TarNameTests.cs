using System.Text;
using Nv2.Signing.Artifacts;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>Entries of tars that other programs take for others.</summary>
public class TarNameTests
{
    private const string IndexFile = LayoutContent.IndexFile;
    private const string Gnu = "ustar  \0";
    private const string NoFormat = "\0\0\0\0\0\0\0\0";

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

    [Theory]
    [InlineData(Gnu, "blobs/sha256")]
    [InlineData(Gnu, "01234567012\0blobs/sha256")]
    [InlineData(Gnu, ".")]
    [InlineData(NoFormat, "blobs/sha256")]
    [InlineData(NoFormat, "01234567012\0")]
    public void A_prefix_in_a_format_that_has_none_is_refused(string format, string prefix) =>
        Refusal.Of(() => Stored.Tar(layout.ToTar().Raw(Header("00", format, Encoding.ASCII.GetBytes(prefix))).End()), "prefix of a name");

    [Theory]
    [InlineData("3031323334353637303132003031323334353637303132")]
    [InlineData("20203334353637303132200020203334353637303132")]
    [InlineData("800000000000000000000001ffffffffffffffffffffff00")]
    [InlineData("")]
    public void Dates_in_the_format_of_GNU_are_no_prefix(string dates) =>
        Assert.NotNull(Stored.Tar(layout.ToTar().Raw(Header("00", Gnu, Convert.FromHexString(dates))).End()).Resolve("v1"));

    [Theory]
    [InlineData("aside", "other")]
    [InlineData("other", "aside")]
    public void A_file_that_a_hard_link_shares_is_there_once(string name, string again)
    {
        // Programs that write into a file that is there, and do not replace it, write into the blob.
        var (blob, content) = layout.Blobs.First();
        var tar = layout.ToTar().Entry('1', "aside", link: blob).Entry('1', "other", link: "aside");
        Assert.NotNull(Stored.Tar(tar.End()).Resolve("v1"));

        Refusal.Of(() => Stored.Tar(tar.File(again, content).File(name, content).End()), $"\"{again}\" twice");
    }

    [Fact]
    public void A_link_to_a_file_before_it_is_not_followed_by_another_file_of_that_name()
    {
        byte[] content = "{}"u8.ToArray();
        var tar = layout.ToTar().File("aside", content).Entry('1', LayoutContent.BlobName(LayoutContent.DigestOf(content)), link: "aside");

        Assert.NotNull(Stored.Tar(tar.End()).Resolve("v1"));
        Refusal.Of(() => Stored.Tar(tar.File("aside", "[]"u8.ToArray()).End()), "\"aside\" twice");
    }

    [Fact]
    public void A_name_is_no_longer_than_a_path_can_be()
    {
        var tar = layout.ToTar();
        Named(tar, new('a', 4096));
        Assert.NotNull(Stored.Tar(tar.End()).Resolve("v1"));
        Named(tar, new('a', 4097));
        Refusal.Of(() => Stored.Tar(tar.End()), "4096 at most");
    }

    [Fact]
    public void All_names_together_do_not_fill_the_memory()
    {
        var tar = layout.ToTar();
        for (var number = 0; number < 1025; number++)
            Named(tar, $"{number}".PadRight(4096, 'a'));
        Refusal.Of(() => Stored.Tar(tar.End()), "4194304 characters in total");
    }

    [Theory]
    [InlineData('0', "0120644\0")]
    [InlineData('0', "0040755\0")]
    [InlineData('0', "0020644\0")]
    [InlineData('0', "7777777\0")]
    [InlineData('\0', "0120644\0")]
    [InlineData('1', "0120644\0")]
    [InlineData('5', "0120755\0")]
    [InlineData('5', "0100755\0")]
    [InlineData('0', "64x\0")]
    [InlineData('0', "\u00ff\0\0\0\0\0\0\u0001")]
    public void A_mode_of_another_kind_of_file_is_refused(char type, string mode) =>
        Refusal.Of(() => Stored.Tar(layout.ToTar().Raw(WithMode(type, mode)).End()), "the mode of another kind of file");

    [Theory]
    [InlineData('0', "0100644\0")]
    [InlineData('0', "100644 \0")]
    [InlineData('0', "0007777\0")]
    [InlineData('0', "       \0")]
    [InlineData('0', "\0")]
    [InlineData('5', "0040755\0")]
    [InlineData('D', "0040755\0")]
    public void A_mode_of_the_same_kind_of_file_is_nobody_s_business(char type, string mode) =>
        Assert.NotNull(Stored.Tar(layout.ToTar().Raw(WithMode(type, mode)).End()).Resolve("v1"));

    [Theory]
    [InlineData('0')]
    [InlineData('5')]
    [InlineData('D')]
    [InlineData('V')]
    public void What_is_no_link_leads_nowhere(char type)
    {
        const string Message = "its entry is no link";
        Refusal.Of(() => Stored.Tar(layout.ToTar().Entry(type, "other", link: "target").End()), Message);
        var tar = layout.ToTar().Entry('x', "pax", TarArchive.PaxRecord("linkpath", "target")).Entry(type, "other");
        Refusal.Of(() => Stored.Tar(tar.End()), Message);
        tar = layout.ToTar().Entry('K', "././@LongLink", "target\0"u8.ToArray()).Entry(type, "other");
        Refusal.Of(() => Stored.Tar(tar.End()), Message);
    }

    [Theory]
    [InlineData('5', "")]
    [InlineData('D', "")]
    [InlineData('D', "evil")]
    public void A_folder_in_the_place_of_a_blob_is_refused(char type, string content)
    {
        var blob = layout.Blobs.First().Name;
        foreach (var name in new[] { blob, $"{blob}/", $"./{blob}/", $"blobs/sha256/{new string('0', 64)}/" })
            Refusal.Of(() => Stored.Tar(layout.ToTar().Entry(type, name, Encoding.ASCII.GetBytes(content)).End()), "a folder in the place of a blob");
        Assert.NotNull(Stored.Tar(layout.ToTar().Entry('D', "blobs/sha256/", "Yfile\0\0"u8.ToArray()).End()).Resolve("v1"));
    }

    [Theory]
    [InlineData("manifest.json")]
    [InlineData("x/../manifest.json")]
    [InlineData("../manifest.json")]
    [InlineData("/manifest.json")]
    [InlineData("././index.json")]
    [InlineData("blobs//sha256/00")]
    [InlineData("x/../INDEX.json")]
    public void A_label_and_a_global_header_lead_to_no_file_of_the_layout(string name)
    {
        Refuse(layout.ToTar().Entry('V', name));
        Refuse(layout.ToTar().Entry('g', name, TarArchive.PaxRecord("comment", "none")));
    }

    [Fact]
    public void A_label_has_no_content() => Refusal.Of(() => Stored.Tar(layout.ToTar().Entry('V', "label", [1]).End()), "a label with content");

    [Theory]
    [InlineData("aside", "blobs/sha256/aside")]
    [InlineData("./aside", "./blobs/sha256/aside")]
    [InlineData("a/b", "blobs/sha256/a/b")]
    public void A_hard_link_that_some_programs_follow_from_its_folder_leads_to_one_file(string target, string other)
    {
        byte[] content = "{}"u8.ToArray();
        var blob = LayoutContent.BlobName(LayoutContent.DigestOf(content));
        TarArchive Linked() => layout.ToTar().File(target, content).Entry('1', blob, link: target);

        Assert.NotNull(Stored.Tar(Linked().End()).Resolve("v1"));
        Refusal.Of(() => Stored.Tar(Linked().File(other, "[]"u8.ToArray()).End()), "which some programs take for its target");
        Refusal.Of(
            () => Stored.Tar(layout.ToTar().File(other, "[]"u8.ToArray()).File(target, content).Entry('1', blob, link: target).End()),
            "which some programs take for its target"
        );
    }

    [Theory]
    [InlineData("manifest.json")]
    [InlineData("./index.json")]
    [InlineData("x/../oci-layout")]
    [InlineData("blobs/sha256/00")]
    public void A_name_of_the_layout_under_another_in_an_extended_header_is_refused(string name)
    {
        Refusal.Of(
            () => Stored.Tar(layout.ToTar().Entry('x', "pax", TarArchive.PaxRecord("path", "other")).File(name, []).End()),
            "programs that know no extended headers"
        );
        Refusal.Of(
            () => Stored.Tar(layout.ToTar().Entry('L', "././@LongLink", "other\0"u8.ToArray()).File(name, []).End()),
            "programs that know no extended headers"
        );
    }

    [Fact]
    public void A_name_that_is_cut_in_its_header_is_whole_in_the_extended_one()
    {
        var name = $"blobs/sha512/{new string('0', 128)}";
        Assert.NotNull(Stored.Tar(layout.ToTar().Entry('x', "pax", TarArchive.PaxRecord("path", name)).File(name[..100], []).End()).Resolve("v1"));
    }

    [Theory]
    [InlineData("1", 2)]
    [InlineData("512", 0)]
    [InlineData("8589934591", 0)]
    public void A_size_that_programs_read_in_one_header_or_the_other_is_refused(string extended, int size) =>
        Refusal.Of(
            () => Stored.Tar(layout.ToTar().Entry('x', "pax", TarArchive.PaxRecord("size", extended)).File("other", new byte[size]).End()),
            "another size"
        );

    private static byte[] WithMode(char type, string mode)
    {
        var header = TarArchive.Header(type, "00", 0);
        header.AsSpan(100, 8).Clear();
        Encoding.Latin1.GetBytes(mode).CopyTo(header, 100);
        return TarArchive.WithChecksum(header);
    }

    private static void Named(TarArchive tar, string name) => tar.Entry('x', "pax", TarArchive.PaxRecord("path", name)).File("short", []);

    private static byte[] Header(string name, string format, byte[] prefix)
    {
        var header = TarArchive.Header('0', name, 0);
        Encoding.ASCII.GetBytes(format).CopyTo(header, 257);
        prefix.CopyTo(header, 345);
        return TarArchive.WithChecksum(header);
    }

    private static void Refuse(TarArchive tar) => Assert.ThrowsAny<InvalidInputException>(() => Stored.Tar(tar.End()));
}
