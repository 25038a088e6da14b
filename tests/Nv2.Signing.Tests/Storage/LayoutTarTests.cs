using System.IO.Compression;
using System.Text.Json.Nodes;
using Nv2.Signing.Storage.Layout;
using Nv2.Signing.Storage.Tar;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>Tars of layouts by GNU tar, in all its formats: they are read, and copied byte for byte but for the index.</summary>
public sealed class LayoutTarTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly LayoutContent layout = new();
    private readonly JsonObject image;

    public LayoutTarTests()
    {
        image = layout.AddImage("app");
        layout.List(image, "v1").WriteTo(folder["layout"]);
    }

    public static TheoryData<string, string[]> Tars()
    {
        var data = new TheoryData<string, string[]>();
        foreach (var format in new[] { "v7", "ustar", "gnu", "oldgnu", "pax" })
        {
            data.Add(format, ["."]);
            data.Add(format, ["index.json", "oci-layout", "blobs"]);
            data.Add(format, ["blobs", "oci-layout", "index.json"]);
            data.Add(format, ["./oci-layout", "./index.json", "./blobs"]);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Tars))]
    public void A_tar_by_GNU_tar_is_read(string format, string[] names)
    {
        var opened = Stored.Tar(Pack(format, names));

        Assert.Equal(LayoutContent.DigestIn(image), opened.Resolve("v1").Digest.ToString());
        Assert.Empty(ContentCheck.Make(opened, Stored.Descriptor(image), withLayers: true).Missing);
    }

    [Theory]
    [MemberData(nameof(Tars))]
    public void The_copy_is_the_tar_without_its_index_and_what_was_added(string format, string[] names)
    {
        var tar = Pack(format, names);
        var signature = Stored.Artifact(image, "a.b.c");
        var output = new MemoryStream();
        LayoutTar.Read(new MemoryStream(tar), output).Add([signature]);

        var copy = output.ToArray();
        var entries = TarEntries.Read(tar);
        var index = entries.Single(entry => entry.Name is "index.json" or "./index.json");
        byte[] expected = [.. tar[..index.Start], .. tar[index.End..entries[^1].End]];
        Assert.Equal(expected, copy[..expected.Length]);
        Assert.Equal(
            [
                LayoutContent.BlobName(signature.Blobs[0].Descriptor.Digest.ToString()),
                LayoutContent.BlobName(signature.Manifest.Descriptor.Digest.ToString()),
                "index.json",
            ],
            TarEntries.Read(copy).Where(entry => entry.Start >= expected.Length).Select(entry => entry.Name)
        );
        Assert.Equal(LayoutIndex.Parse(layout.Index).With([signature]), TarEntries.Unpack(copy)["index.json"]);
        Assert.Equal(0, copy.Length % TarArchive.BlockBytes);
        Assert.Equal(2, Stored.Tar(copy).Index.Entries.Count);

        var unpacked = Unpack(copy);
        foreach (var (name, content) in layout.Blobs)
            Assert.Equal(content, File.ReadAllBytes(Path.Combine(unpacked, name)));
        Assert.Equal(
            signature.Manifest.Content.ToArray(),
            File.ReadAllBytes(Path.Combine(unpacked, LayoutContent.BlobName(signature.Manifest.Descriptor.Digest.ToString())))
        );
    }

    [Fact]
    public void What_came_compressed_with_gzip_is_copied_compressed()
    {
        var tar = Pack("gnu", ["."]);
        var plain = new MemoryStream();
        var compressed = new MemoryStream();
        var signature = Stored.Artifact(image, "a.b.c");
        LayoutTar.Read(new MemoryStream(tar), plain).Add([signature]);
        LayoutTar.Read(new MemoryStream(TarArchive.Gzip(tar)), compressed).Add([signature]);

        compressed.Position = 0;
        var decompressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionMode.Decompress))
            gzip.CopyTo(decompressed);
        Assert.Equal(plain.ToArray(), decompressed.ToArray());
        Assert.Equal(2, Stored.Tar(compressed.ToArray()).Index.Entries.Count);
        Tool.Run("gzip", ["--test"], compressed.ToArray()).RequireSuccess();
    }

    [Fact]
    public void What_is_there_already_is_not_added_again()
    {
        var signature = Stored.Artifact(image, "a.b.c");
        var once = new MemoryStream();
        LayoutTar.Read(new MemoryStream(layout.ToTar().End()), once).Add([signature, signature]);
        var twice = new MemoryStream();
        LayoutTar.Read(new MemoryStream(once.ToArray()), twice).Add([signature]);

        Assert.Equal(TarEntries.Read(once.ToArray()).Select(entry => entry.Name), TarEntries.Read(twice.ToArray()).Select(entry => entry.Name));
        Assert.Equal(once.ToArray(), twice.ToArray());
    }

    [Fact]
    public void Until_signatures_are_added_the_copy_is_no_layout()
    {
        var output = new MemoryStream();
        _ = LayoutTar.Read(new MemoryStream(layout.ToTar().End()), output);

        Refusal.Of(() => Stored.Tar(output.ToArray()), "truncated");
        Refusal.Of(() => Stored.Tar([.. output.ToArray(), .. new TarArchive().End()]), "it has no index.json");
    }

    [Fact]
    public void Bytes_that_come_one_by_one_are_the_same_tar()
    {
        var tar = Pack("pax", ["."]);
        var whole = new MemoryStream();
        var dripping = new MemoryStream();
        var signature = Stored.Artifact(image, "a.b.c");
        LayoutTar.Read(new MemoryStream(tar), whole).Add([signature]);
        LayoutTar.Read(new Dripping(tar), dripping).Add([signature]);

        Assert.Equal(whole.ToArray(), dripping.ToArray());
    }

    [Theory]
    [InlineData('x')]
    [InlineData('g')]
    [InlineData('L')]
    [InlineData('K')]
    public void A_small_tar_that_asks_for_a_gibibyte_for_a_header_does_not_get_it(char type)
    {
        const long Gibibyte = 1024 * 1024 * 1024;
        const long Mebibyte = 1024 * 1024;
        var tar = new TarArchive().Raw(TarArchive.Header(type, "long", Gibibyte)).File("name", [1]).End();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Refusal.Of(() => Stored.Tar(tar), "the header of an entry is larger than 1048576 bytes");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Mebibyte);
    }

    [Theory]
    [InlineData(new byte[] { 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0 })]
    [InlineData(new byte[] { (byte)'9', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    public void An_extension_header_has_its_length_in_octal_digits(byte[] size) =>
        Refusal.Of(
            () => Stored.Tar(new TarArchive().Raw(TarArchive.Header('x', "pax", size)).File("name", [1]).End()),
            "an extension header of the tar does not state its length"
        );

    public void Dispose() => folder.Dispose();

    private byte[] Pack(string format, params string[] names)
    {
        Tool.Run("tar", ["--create", $"--format={format}", "--file", folder["layout.tar"], "--directory", folder["layout"], .. names])
            .RequireSuccess();
        return File.ReadAllBytes(folder["layout.tar"]);
    }

    private string Unpack(byte[] tar)
    {
        var target = Directory.CreateDirectory(folder["unpacked"]).FullName;
        Tool.Run("tar", ["--extract", "--file", folder.Write("copy.tar", tar), "--directory", target]).RequireSuccess();
        return target;
    }

    // As a pipe may give them.
    private sealed class Dripping(byte[] content) : MemoryStream(content)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(1, buffer.Length)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(1, count));
    }
}
