using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Nv2.Signing.Files;

namespace Nv2.Plugin.Operations;

/// <summary>A digest of all inputs of a result except the artifact. Two runs with the same digest ask the same of an artifact.</summary>
internal sealed class InputsDigest : IDisposable
{
    private static readonly EnumerationOptions All = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.None,
        MaxRecursionDepth = 16,
    };

    // Longer than the time resolution of any file system.
    private static readonly TimeSpan ClockGranularity = TimeSpan.FromSeconds(3);

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Adds a value.</summary>
    public void Add(string name, string value) => Add(name, Encoding.UTF8.GetBytes(value));

    /// <summary>Adds a value. Each part is preceded by its length, so that different lists have different digests.</summary>
    public void Add(string name, ReadOnlySpan<byte> value)
    {
        AddPart(Encoding.UTF8.GetBytes(name));
        AddPart(value);
    }

    /// <summary>Adds the content of a file that need not exist, and who can change it.</summary>
    public void AddFile(string path)
    {
        AddWay(path);
        if (!File.Exists(path))
        {
            Add(path, "absent");
            return;
        }

        using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Add(path, SHA256.HashData(content));
    }

    /// <summary>Adds the files of a folder, which need not exist, and who can change them.</summary>
    public void AddFolder(string folder)
    {
        AddWay(folder);
        foreach (var file in Files(folder))
            AddFile(file);
    }

    /// <summary>
    /// A digest of the identities and change times of files, or of all files in folders: it changes as soon as any of them is written. It is <see
    /// langword="null"/> if the system cannot tell, or if a file changed so recently that another change could go unnoticed.
    /// </summary>
    /// <param name="paths">The files and folders.</param>
    /// <param name="now">The present moment.</param>
    public static string? OfFiles(IEnumerable<string> paths, DateTimeOffset now)
    {
        using var state = new InputsDigest();
        foreach (var path in paths.SelectMany(path => Directory.Exists(path) ? Files(path) : [path]))
        {
            if (FileStatus.Find(path) is not { } status || status.Changed > now - ClockGranularity)
                return null;
            state.Add(path, string.Create(CultureInfo.InvariantCulture, $"{status.Device} {status.Inode} {status.Changed.UtcTicks}"));
        }

        return state.ToString();
    }

    /// <summary>The digest of all that was added.</summary>
    public override string ToString() => $"sha256:{Convert.ToHexStringLower(hash.GetCurrentHash())}";

    /// <inheritdoc/>
    public void Dispose() => hash.Dispose();

    private static IEnumerable<string> Files(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", All).Order(StringComparer.Ordinal) : [];

    // The owners and the modes of all that is on the way to a file, links included: files that others can change are not trusted.
    private void AddWay(string path)
    {
        foreach (var step in PathSteps.Of(path))
            Add(step.Path, string.Create(CultureInfo.InvariantCulture, $"{step.Status.Mode} {step.Status.Owner}"));
    }

    private void AddPart(ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }
}
