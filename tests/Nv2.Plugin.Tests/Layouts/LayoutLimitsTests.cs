using System.Globalization;
using System.IO.Compression;

namespace Nv2.Plugin.Tests.Layouts;

/// <summary>However large a tar says that it is, reading it takes little memory.</summary>
public sealed class LayoutLimitsTests : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private const int MaxMebibytes = 64;
    private const int MaxMebibytesOfManyBlobs = 128;
    private const long Mebibyte = 1024 * 1024;
    private const int MaxBlobs = 16 * 1024;

    // The peak of a program's resident memory in kibibytes, as the system counted it, on the last line of standard error.
    private const string Measure = """
        import resource, subprocess, sys
        code = subprocess.run(sys.argv[1:]).returncode
        print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
        sys.exit(code)
        """;

    private readonly WorkingFolder folder = new();

    [Theory]
    [InlineData('x')]
    [InlineData('g')]
    [InlineData('L')]
    [InlineData('K')]
    public void A_header_of_a_gibibyte_is_refused_before_it_is_in_memory(char type)
    {
        const long Size = 1024 * Mebibyte;
        using (var file = new GZipStream(File.Create(folder["layout.tar"]), CompressionLevel.NoCompression))
        {
            file.Write(new SignedImage().Layout.ToTar().Open());
            file.Write(TarArchive.Header(type, "././@LongLink", Size));
            Zeros(file, 4 * Mebibyte);
        }

        Assert.Equal("nv2: cannot read the layout \"layout.tar\": the header of an entry is larger than 1048576 bytes", Refuse());
    }

    [Fact]
    public void A_small_archive_that_becomes_a_large_one_is_refused()
    {
        using (var file = new GZipStream(File.Create(folder["layout.tar"]), CompressionLevel.Optimal))
        {
            const long Size = 300 * Mebibyte;
            file.Write(new SignedImage().Layout.ToTar().Raw(TarArchive.Header('0', "zeros", Size)).Open());
            Zeros(file, Size);
            file.Write(new TarArchive().End());
        }

        Assert.Equal(
            "nv2: cannot read the layout \"layout.tar\": it expands to more than 200 times its compressed size, like an archive that "
                + "is made to exhaust its reader; decompress it first if you trust it",
            Refuse()
        );
    }

    [Fact]
    public void A_large_layer_is_read_in_little_memory()
    {
        const long Size = 300 * Mebibyte;
        var signed = new SignedImage();
        using (var file = File.Create(folder["layout.tar"]))
        {
            file.Write(signed.Layout.ToTar().Raw(TarArchive.Header('0', "zeros", Size)).Open());
            file.Seek(Size, SeekOrigin.Current); // A hole, which reads as zeros.
            file.Write(new TarArchive().End());
        }

        var (result, mebibytes) = Run();

        Assert.Equal($"{LayoutContent.DigestIn(signed.Image)}\n", result.RequireSuccess().Stdout);
        Assert.InRange(mebibytes, 1, MaxMebibytes);
    }

    [Fact]
    public void More_blobs_than_any_image_has_are_refused()
    {
        using (var file = new GZipStream(File.Create(folder["layout.tar"]), CompressionLevel.Fastest))
        {
            file.Write(new SignedImage().Layout.ToTar().Open());
            for (var number = 0; number < MaxBlobs; number++)
                file.Write(TarArchive.Header('0', $"blobs/sha256/{number:x64}", 0));
            file.Write(new TarArchive().End());
        }

        Assert.Equal($"nv2: cannot read the layout \"layout.tar\": it has more than {MaxBlobs} blobs", Refuse(MaxMebibytesOfManyBlobs));
    }

    [Fact]
    public void What_may_be_a_manifest_is_kept_up_to_a_limit()
    {
        var tar = new SignedImage().Layout.ToTar();
        for (var number = 0; number < 40; number++)
        {
            var content = new byte[3 * Mebibyte];
            Array.Fill(content, (byte)('a' + number));
            tar.File(LayoutContent.BlobName(LayoutContent.DigestOf(content)), content);
        }

        folder.Write("layout.tar", tar.End());
        var (result, mebibytes) = Run();

        result.RequireSuccess();
        Assert.InRange(mebibytes, 1, MaxMebibytes);
    }

    [Fact]
    public void An_index_that_is_listed_again_and_again_is_listed_once()
    {
        const int Depth = 28;
        var layout = new LayoutContent();
        var index = layout.AddIndex();
        for (var depth = 0; depth < Depth; depth++)
            index = layout.AddIndex(index, index);
        folder.Write("layout.tar", layout.List(index).ToTar().End());

        var result = folder.Run("list", "--oci-layout", "layout.tar");

        Assert.InRange(result.StdoutBytes.Length, 0, 10 * 1024);
    }

    public void Dispose() => folder.Dispose();

    private static void Zeros(Stream stream, long count)
    {
        var zeros = new byte[Mebibyte];
        for (; count > 0; count -= zeros.Length)
            stream.Write(zeros);
    }

    private string Refuse(int maxMebibytes = MaxMebibytes)
    {
        var (result, mebibytes) = Run();
        Assert.Equal(1, result.ExitCode);
        Assert.InRange(mebibytes, 1, maxMebibytes);
        return result.Stderr.Split('\n')[0];
    }

    private (ProcessResult Result, int Mebibytes) Run()
    {
        var result = Tool.Run(
            Python,
            ["-c", Measure, Nv2Binary.Path, "verify", "-c", WorkingFolder.RsaCertificate, "--oci-layout", "layout.tar"],
            workingDirectory: folder.Path
        );
        var kibibytes = int.Parse(result.Stderr.TrimEnd('\n').Split('\n')[^1], CultureInfo.InvariantCulture);
        return (result, kibibytes / 1024);
    }
}
