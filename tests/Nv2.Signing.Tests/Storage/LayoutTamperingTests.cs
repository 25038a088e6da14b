using System.Text.Json.Nodes;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;
using Nv2.Signing.Storage.Layout;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Storage;

/// <summary>
/// A signed tar with any one byte changed. It may still verify, because signatures do not cover dates, owners, padding and the other
/// properties of the index. But then it is about the signed image, and unpacking the tar gives every blob of that image unchanged.
/// </summary>
public sealed class LayoutTamperingTests : IClassFixture<OpenSsl>, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly byte[] tar;
    private readonly Digest image;
    private readonly TrustedCertificates trusted;
    private readonly IReadOnlyDictionary<string, byte[]> blobs;

    public LayoutTamperingTests(OpenSsl openSsl)
    {
        var signer = openSsl.Issue(CertificatePlan.Leaf());
        var path = folder["layout"];
        Umoci("init", "--layout", path);
        Umoci("new", "--image", $"{path}:v1");
        Umoci("insert", "--image", $"{path}:v1", folder.Write("program", "#!/bin/sh\n"), "/bin/program");
        Umoci("gc", "--layout", path);
        var layout = LayoutFolder.Open(path, TimeSpan.Zero);
        var artifact = layout.Resolve("v1");
        var unsigned = Read(path);

        var descriptor = new JsonObject
        {
            ["mediaType"] = artifact.MediaType.ToString(),
            ["digest"] = artifact.Digest.ToString(),
            ["size"] = artifact.Size,
        };
        layout.Add([SignatureArtifact.Create(SignatureFormats.Default, Stored.Sign(descriptor, signer), artifact)]);
        Tool.Run("tar", ["--create", "--format=ustar", "--file", folder["layout.tar"], "--directory", path, "."]).RequireSuccess();

        tar = File.ReadAllBytes(folder["layout.tar"]);
        image = artifact.Digest;
        trusted = Signatures.Pins(signer);
        blobs = unsigned;
    }

    [Theory]
    [Trait("Kind", "Exhaustive")]
    [InlineData(1)]
    [InlineData(0x80)]
    [InlineData(0xff)]
    public void Whatever_byte_is_changed_what_verifies_is_what_was_signed(int change)
    {
        Assert.True(Verifies(tar));
        var deceived = new System.Collections.Concurrent.ConcurrentBag<int>();
        var verified = 0;
        var end = TarEntries.Read(tar)[^1].End + TarArchive.BlockBytes;
        Parallel.For(
            0,
            end,
            position =>
            {
                var changed = (byte[])tar.Clone();
                changed[position] ^= (byte)change;
                if (!Verifies(changed))
                    return;
                Interlocked.Increment(ref verified);
                if (!IsUnpackedAsSigned(changed))
                    deceived.Add(position);
            }
        );

        Assert.True(deceived.IsEmpty, $"verified, and unpacked as something else, with {change} in the bytes {string.Join(", ", deceived.Order())}");
        Assert.InRange(verified, 1, end - 1);
    }

    [Fact]
    [Trait("Kind", "Exhaustive")]
    public void No_byte_of_the_image_can_be_changed()
    {
        foreach (var (name, content) in blobs)
        {
            var entry = TarEntries.Read(tar).Single(entry => entry.Name == $"./{name}");
            var start = entry.Start + TarArchive.BlockBytes;
            for (var position = start; position < start + content.Length; position++)
            {
                var changed = (byte[])tar.Clone();
                changed[position] ^= 1;
                Assert.False(Verifies(changed), $"{name}, byte {position - start}");
            }
        }
    }

    public void Dispose() => folder.Dispose();

    private static void Umoci(params string[] arguments) => Tool.Run("umoci", arguments).RequireSuccess();

    private static Dictionary<string, byte[]> Read(string layout) =>
        Directory
            .EnumerateFiles(Path.Combine(layout, "blobs"), "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(layout, file), File.ReadAllBytes);

    private bool Verifies(byte[] content)
    {
        try
        {
            var verification = Stored.Verify(Stored.Tar(content), trusted);
            Assert.True(verification.Failure is not null || verification.Subject.Digest == image, "another artifact was verified");
            return verification.Failure is null;
        }
        catch (InvalidInputException)
        {
            return false;
        }
    }

    private bool IsUnpackedAsSigned(byte[] content)
    {
        IReadOnlyDictionary<string, byte[]> files;
        try
        {
            files = TarEntries.Unpack(content);
        }
        catch (FormatException)
        {
            return true; // It cannot be unpacked.
        }

        return blobs.All(blob => files.TryGetValue(blob.Key, out var found) && found.AsSpan().SequenceEqual(blob.Value));
    }
}
