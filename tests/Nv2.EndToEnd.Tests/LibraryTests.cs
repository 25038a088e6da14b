using System.Text.RegularExpressions;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>The samples of the library sign and verify a layout that umoci made, and agree with the executable.</summary>
public sealed partial class LibraryTests : IDisposable
{
    private const string Name = $"{KeyCase.Registry}/net-monitor:v1";

    private static readonly KeyCase Key = KeyCase.Named("p256");

    private readonly TemporaryFolder folder = new();
    private readonly ImageLayout layout;

    public LibraryTests() => layout = ImageLayout.Create(folder);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_one_sample_signs_the_other_and_the_executable_verify()
    {
        Sign();

        var verified = Verify();
        Assert.Equal((0, ""), (verified.ExitCode, verified.Stderr));
        Assert.Matches("^sha256:[0-9a-f]{64}: Verified\n$", verified.Stdout);
        Nv2Binary.Run("verify", "-c", Key.CertificatePath, "-r", Name, "--oci-layout", layout.Folder).RequireSuccess();
    }

    [Fact]
    public void What_the_executable_signs_the_sample_verifies()
    {
        Nv2Binary.Run("sign", "-k", Key.KeyPath, "-c", Key.CertificatePath, "-r", Name, "--oci-layout", layout.Folder).RequireSuccess();

        Verify().RequireSuccess();
    }

    [Fact]
    public void A_layout_without_a_signature_is_refused() => AssertRefused(Verify(), "");

    [Fact]
    public void A_signer_who_is_not_trusted_is_refused()
    {
        Sign();

        AssertRefused(Verify(certificates: Vectors.PathOf("keys/rsa2048.crt")), "Authenticity: ");
    }

    [Fact]
    public void Another_name_than_the_signed_one_is_refused()
    {
        Sign();

        AssertRefused(Verify(name: $"{KeyCase.Registry}/other:v1"), "References: ");
    }

    [Fact]
    public void Content_that_changed_after_signing_is_refused()
    {
        Sign();
        var layer = Directory.GetFiles(Path.Combine(layout.Folder, "blobs", "sha256")).Single(file => File.ReadAllBytes(file) is [0x1f, 0x8b, ..]);
        var content = File.ReadAllBytes(layer);
        content[^1] ^= 1;
        File.WriteAllBytes(layer, content);

        var refused = Verify();
        Assert.Equal((2, ""), (refused.ExitCode, refused.Stdout));
        Assert.Contains($"digest mismatch: the content stored as sha256:{Path.GetFileName(layer)}", refused.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("docs/library.md", "VerifyLayout", "SignLayout")]
    [InlineData("src/Nv2.Signing/README.md", "VerifyLayout")]
    public void The_programs_in_the_documentation_are_the_samples(string page, params string[] samples)
    {
        var programs = CodeBlock().Matches(File.ReadAllText(Path.Combine(Repository.Root, page))).Select(block => block.Groups[1].Value);

        Assert.Equal(
            samples.Select(sample => File.ReadAllText(Path.Combine(Repository.Root, "samples", sample, "Program.cs"))),
            programs.Where(program => program.StartsWith("using ", StringComparison.Ordinal))
        );
    }

    private void Sign() => Sample("SignLayout", layout.Folder, Name, Key.KeyPath, Key.CertificatePath).RequireSuccess();

    private ProcessResult Verify(string name = Name, string? certificates = null) =>
        Sample("VerifyLayout", layout.Folder, name, certificates ?? Key.CertificatePath);

    private static void AssertRefused(ProcessResult result, string reason)
    {
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(reason, result.Stderr, StringComparison.Ordinal);
        Assert.EndsWith(": Refused\n", result.Stdout, StringComparison.Ordinal);
    }

    // Built with these tests, in the same configuration: …/bin/CONFIGURATION/FRAMEWORK.
    private static ProcessResult Sample(string name, params string[] arguments)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(Repository.Root, "samples", name, "bin", here.Parent!.Name, here.Name, $"{name}.dll");
        return Tool.Run("dotnet", [program, .. arguments]);
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
