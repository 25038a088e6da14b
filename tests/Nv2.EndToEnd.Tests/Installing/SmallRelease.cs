using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests.Installing;

/// <summary>The files of a release in a folder, signed, with a program in it that says its version and does nothing else.</summary>
internal sealed class SmallRelease
{
    public const string Version = "1.0.0";

    private static readonly string Architecture =
        RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    private readonly string version;

    /// <param name="parent">Where the folder is made.</param>
    /// <param name="version">The version in the names of the files.</param>
    /// <param name="program">The program; <see langword="null"/> for one that says <paramref name="version"/>.</param>
    public SmallRelease(string parent, string version = Version, string? program = null)
    {
        this.version = version;
        Folder = Path.Combine(parent, $"release {version}");
        var members = Path.Combine(parent, $"members {version}");
        Write(Path.Combine(members, "nv2"), program ?? $"#!/bin/sh\necho {version}\n");
        Write(Path.Combine(members, "LICENSE"), "the license\n");
        foreach (var name in Shared)
            Write(Path.Combine(members, "share", name), $"{name} of {version}\n");
        Tool.Run("chmod", ["755", Path.Combine(members, "nv2")]).RequireSuccess();
        Directory.CreateDirectory(Folder);
        Tool.Run("tar", ["-C", members, "-czf", Archive, "LICENSE", "nv2", "share"]).RequireSuccess();
        WriteChecksums();
        Sign();
    }

    /// <summary>What the archive has below <c>share</c>.</summary>
    public static IReadOnlyList<string> Shared { get; } =
    ["man/man1/nv2.1", "bash-completion/completions/nv2", "fish/vendor_completions.d/nv2.fish", "zsh/site-functions/_nv2"];

    /// <summary>The root certificate of the release key.</summary>
    public static string Root { get; } = Vectors.PathOf("keys/root.crt");

    /// <summary>Its SHA-256.</summary>
    public static string RootHash { get; } = Convert.ToHexStringLower(SHA256.HashData(OpenSsl.Der(Root)));

    public string Folder { get; }

    public string Archive => Path.Combine(Folder, $"nv2_{version}_linux_{Architecture}.tar.gz");

    public string Checksums => Path.Combine(Folder, $"nv2_{version}_checksums.txt");

    public string Signature => $"{Checksums}.jws.sig";

    public void WriteChecksums() =>
        File.WriteAllText(Checksums, $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Archive)))}  {Path.GetFileName(Archive)}\n");

    public void Sign(string key = "leaf.key", string certificates = "leaf-full-chain.crt", string? file = null, params string[] options)
    {
        File.Delete(Signature);
        string[] with = ["-k", Vectors.PathOf($"keys/{key}"), "-c", Vectors.PathOf($"keys/{certificates}")];
        Nv2Binary.Run(["sign", "--blob", file ?? Checksums, "--format", "jws", .. with, "-o", Signature, .. options]).RequireSuccess();
    }

    private static void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // Below the parent.
        File.WriteAllText(path, content);
    }
}
