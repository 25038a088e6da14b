using System.Text;

namespace Nv2.Plugin.Tests.Layouts;

/// <summary>Tars that are broken, or made to deceive or to exhaust their reader. In all but what is wrong with them they are a signed
/// image.</summary>
internal static class HostileTars
{
    private const long Gibibyte = 1024 * 1024 * 1024;

    public static IEnumerable<(string Name, byte[] Content)> All => [.. Names, .. Twice, .. Unfinished, .. Headers, .. Compressed, .. NoTars];

    /// <summary>
    /// Tars in which another reader finds another layout: names that are the same file once they are written, a header that others skip because its
    /// checksum is wrong and then find more headers in what follows it, a global header that renames what follows.
    /// </summary>
    public static IEnumerable<(string Name, byte[] Content)> Ambiguous =>
        [
            ("two indexes, one behind two dots", Again("././index.json")),
            ("two indexes, one behind two slashes", Again(".//index.json")),
            ("two markers, one behind two dots", Again("././oci-layout")),
            (
                "two blobs of one digest, one behind two slashes",
                Again(Layout.Blobs.First().Name.Replace("blobs/", "blobs//", StringComparison.Ordinal))
            ),
            ("two blobs of one digest, one behind a dot", Again(Layout.Blobs.First().Name.Replace("blobs/", "blobs/./", StringComparison.Ordinal))),
            ("a header with a wrong checksum", WrongChecksum()),
            (
                "a global header that names what follows",
                new TarArchive().Entry('g', "pax", TarArchive.PaxRecord("path", "index.json")).Raw(Layout.ToTar().Open()).End()
            ),
            ("two indexes, one in upper case", Again("INDEX.JSON")),
            ("two indexes, one with a point at the end", Again("index.json.")),
            (
                "a sparse file with the name of docker's list",
                Layout
                    .ToTar()
                    .Entry(
                        'x',
                        "pax",
                        [.. TarArchive.PaxRecord("GNU.sparse.major", "1"), .. TarArchive.PaxRecord("GNU.sparse.name", "manifest.json")]
                    )
                    .File("other", [1])
                    .End()
            ),
            (
                "docker's list behind an empty name",
                Layout.ToTar().Entry('x', "pax", TarArchive.PaxRecord("path", "")).File("manifest.json", [1]).End()
            ),
            ("docker's list as a contiguous file", Layout.ToTar().Entry('7', "manifest.json", "[]"u8.ToArray()).End()),
            ("an extended header at the end", Layout.ToTar().Entry('x', "pax", TarArchive.PaxRecord("path", "a")).End()),
        ];

    private static LayoutContent Layout => new SignedImage().Layout;

    private static byte[] Good => Layout.ToTar().End();

    // What a careless program could be made to write elsewhere.
    private static IEnumerable<(string, byte[])> Names =>
        [
            ("a name that leads out", With("../evil")),
            ("a name that leads out from within", With("blobs/../../evil")),
            ("a name that leads out behind a dot", With("./../evil")),
            ("a name that ends in two dots", With("blobs/..")),
            ("a name that stays within by two dots", With("blobs/../evil")),
            ("an absolute name", With("/etc/evil")),
            ("an absolute name behind a dot", With(".//etc/evil")),
            ("a symbolic link", Layout.ToTar().Entry('2', "blobs/sha256/link", link: "/etc/passwd").End()),
            ("a symbolic link as the folder of the blobs", new TarArchive().Entry('2', "blobs", link: "/tmp").Raw(Layout.ToTar().Open()).End()),
            ("a hard link", Layout.ToTar().Entry('1', "index.json", link: "other.json").End()),
            ("a character device", Layout.ToTar().Entry('3', "null").End()),
            ("a block device", Layout.ToTar().Entry('4', "disk").End()),
            ("a pipe", Layout.ToTar().Entry('6', "pipe").End()),
            ("a sparse file", Layout.ToTar().Entry('S', "sparse").End()),
            ("an unknown kind of entry", Layout.ToTar().Entry('Q', "what").End()),
            ("a folder for an index", new TarArchive().Entry('5', "index.json").Raw(Layout.ToTar().Open()).End()),
            ("a name to confuse a terminal", With("../\u001b[31mevil")),
            (
                "a name that leads out in an extended header",
                Layout.ToTar().Entry('x', "pax", TarArchive.PaxRecord("path", "../evil")).File("good", []).End()
            ),
            ("a long name that leads out", Layout.ToTar().Entry('L', "././@LongLink", Encoding.ASCII.GetBytes("../evil\0")).File("good", []).End()),
        ];

    // Of two contents of one name one reader takes the first and another the last.
    private static IEnumerable<(string, byte[])> Twice =>
        [
            ("two indexes", Again(LayoutContent.IndexFile)),
            ("two indexes, one behind a dot", Again("./index.json")),
            ("two markers", Again(LayoutContent.Marker)),
            ("two blobs of one digest", Again(Layout.Blobs.First().Name)),
            ("another archive behind the first", [.. Good, .. Good]),
            ("text behind the end", [.. Good, .. "more"u8]),
            (
                "an entry behind one block of zeros",
                [.. Layout.ToTar().Open(), .. new byte[TarArchive.BlockBytes], .. new TarArchive().File("index.json", [1]).End()]
            ),
            ("two mebibytes of zeros behind the end", [.. Good, .. new byte[2 * 1024 * 1024]]),
        ];

    private static IEnumerable<(string, byte[])> Unfinished
    {
        get
        {
            var start = new TarArchive().File("oci-layout", new LayoutContent().MarkerContent).Length;
            return
            [
                ("cut in the first header", Good[..100]),
                ("cut in a later header", Good[..(start + 100)]),
                ("cut behind a header", Good[..(start + TarArchive.BlockBytes)]),
                ("cut in content", Good[..(start + TarArchive.BlockBytes + 50)]),
                ("cut in the filling of content", Good[..(Layout.ToTar().Length - 10)]),
                ("cut between two entries", Good[..start]),
                ("cut before the end marker", Layout.ToTar().Open()),
                ("cut in the end marker", Good[..(Layout.ToTar().Length + 100)]),
                ("cut and compressed", TarArchive.Gzip(Good[..(start + 100)])),
            ];
        }
    }

    private static IEnumerable<(string, byte[])> Headers =>
        [
            ("a size of more than there is", Layout.ToTar().Raw(TarArchive.Header('0', "more", 5000)).Content([1]).End()),
            ("a negative size", Layout.ToTar().Raw(TarArchive.Header('0', "less", [.. Enumerable.Repeat((byte)0xff, 11), 0])).End()),
            ("a size beyond all numbers", Layout.ToTar().Raw(TarArchive.Header('0', "huge", [0x80, .. Enumerable.Repeat((byte)0xff, 11)])).End()),
            ("a size of exbibytes", Layout.ToTar().Raw(TarArchive.Header('0', "huge", [0x80, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0])).End()),
            ("a size that is no number", Layout.ToTar().Raw(TarArchive.Header('0', "what", "99999999999\0"u8.ToArray())).End()),
            ("an index of exbibytes", new TarArchive().Raw(TarArchive.Header('0', "index.json", [0x80, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0])).End()),
            (
                "an extended header of a gibibyte",
                Layout.ToTar().Raw(TarArchive.Header('x', "pax", Gibibyte)).Content("30 path=evil\n"u8.ToArray()).End()
            ),
            (
                "a global header of a gibibyte",
                Layout.ToTar().Raw(TarArchive.Header('g', "pax", Gibibyte)).Content("30 path=evil\n"u8.ToArray()).End()
            ),
            ("a long name of a gibibyte", Layout.ToTar().Raw(TarArchive.Header('L', "././@LongLink", Gibibyte)).Content([1]).End()),
            ("an extended header that is none", Layout.ToTar().Entry('x', "pax", "who knows"u8.ToArray()).File("good", []).End()),
            ("an extended header with a negative size", Layout.ToTar().Entry('x', "pax", TarArchive.PaxRecord("size", "-1")).File("good", []).End()),
            (
                "an extended header with a property twice",
                Layout.ToTar().Entry('x', "pax", [.. TarArchive.PaxRecord("path", "a"), .. TarArchive.PaxRecord("path", "b")]).File("good", []).End()
            ),
            ("an index of 17 mebibytes", new TarArchive().File("index.json", [.. "{"u8, .. Enumerable.Repeat((byte)' ', 17 * 1024 * 1024)]).End()),
            ("a marker of 5000 bytes", new TarArchive().File("oci-layout", new byte[5000]).End()),
            ("an empty index", new TarArchive().File("oci-layout", Layout.MarkerContent).File("index.json", []).End()),
        ];

    private static IEnumerable<(string, byte[])> Compressed
    {
        get
        {
            var gzip = TarArchive.Gzip(Good);
            var wrongSum = (byte[])gzip.Clone();
            wrongSum[^8] ^= 1;
            return
            [
                ("gzip that is cut", gzip[..(gzip.Length / 2)]),
                ("gzip with a wrong checksum", wrongSum),
                ("gzip of nothing", TarArchive.Gzip([])),
                ("gzip of gzip", TarArchive.Gzip(gzip)),
                ("gzip that ends in its magic", [0x1f, 0x8b]),
                ("gzip of two archives", [.. gzip, .. gzip]),
                ("zstd", [0x28, 0xb5, 0x2f, 0xfd, 4, 0, 0, 0]),
                ("xz", [0xfd, .. "7zXZ"u8, 0, 0, 4]),
                ("bzip2", [.. "BZh91AY&SY"u8]),
            ];
        }
    }

    private static IEnumerable<(string, byte[])> NoTars
    {
        get
        {
            var noise = new byte[64 * 1024];
            new Random(1).NextBytes(noise);
            return
            [
                ("nothing", []),
                ("one byte", [1]),
                ("zeros", new byte[10 * 1024]),
                ("noise", noise),
                ("an index", Layout.Index),
                ("text", Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("not a tar\n", 200)))),
                (
                    "an archive of docker before 25",
                    new TarArchive()
                        .File("0123.json", "{}"u8.ToArray())
                        .File("4567/layer.tar", new TarArchive().End())
                        .File("manifest.json", """[{"Config":"0123.json","RepoTags":["app:v1"],"Layers":["4567/layer.tar"]}]"""u8.ToArray())
                        .File("repositories", "{}"u8.ToArray())
                        .End()
                ),
                ("some other tar", new TarArchive().File("README", "hello"u8.ToArray()).End()),
                ("no index", Without(LayoutContent.IndexFile)),
                ("no marker", Without(LayoutContent.Marker)),
            ];
        }
    }

    private static byte[] With(string name) => Layout.ToTar().File(name, "evil"u8.ToArray()).End();

    private static byte[] Again(string name) => With(name);

    private static byte[] Without(string name)
    {
        var tar = new TarArchive();
        foreach (var (other, content) in Layout.Files.Where(file => file.Name != name))
            tar.File(other, content);
        return tar.End();
    }

    private static byte[] WrongChecksum()
    {
        var hidden = new TarArchive().File("index.json", "{}"u8.ToArray()).Open();
        var header = TarArchive.Header('0', "blobs/evil", hidden.Length);
        header[0] ^= 1;
        return Layout.ToTar().Raw(header).Content(hidden).End();
    }
}
