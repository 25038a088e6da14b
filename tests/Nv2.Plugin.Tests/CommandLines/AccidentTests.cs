using System.Text;

namespace Nv2.Plugin.Tests.CommandLines;

/// <summary>Nothing is signed that the user did not mean.</summary>
public sealed class AccidentTests
{
    [Fact]
    public void What_is_no_manifest_is_signed_only_where_it_is_said_what_it_is()
    {
        using var folder = new WorkingFolder();
        folder.Write("empty", "");
        folder.Write("note.txt", "a note\n");
        string[] sign = ["sign", "-k", WorkingFolder.P256Key, "-c", WorkingFolder.P256Certificate, "-o", "out.nv2"];
        BadInput[] inputs =
        [
            new("nothing named, nothing read", 1, sign),
            new("a hyphen, nothing read", 1, [.. sign, "-"]),
            new("an empty name", 2, [.. sign, ""]),
            new("an empty name of a file", 1, [.. sign, "file:"]),
            new("an empty layout", 1, [.. sign, "--oci-layout", ""]),
            new("an empty blob", 1, [.. sign, "--format", "jws", "--blob", ""]),
            new("an empty file", 1, [.. sign, "empty"]),
            new("an empty file that is said to be something", 1, [.. sign, "--media-type", "text/plain", "empty"]),
            new("an empty descriptor", 1, [.. sign, "--descriptor"]),
            new("a file of another kind", 1, [.. sign, "note.txt"]),
            new("other input", 1, sign) { Stdin = "a note\n"u8.ToArray() },
            new("other input in another format", 1, [.. sign, "--format", "cose"]) { Stdin = "\n\n"u8.ToArray() },
        ];

        BadInput.AssertRefused("accidents", folder, inputs);
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void A_file_of_another_kind_is_signed_by_its_media_type(string format)
    {
        using var folder = new WorkingFolder();
        folder.Write("note.txt", "a note\n");
        folder
            .Run("sign", "-k", WorkingFolder.P256Key, "--format", format, "--media-type", "text/plain", "-o", "note.nv2", "note.txt")
            .RequireSuccess();

        Assert.Equal(
            $"{WorkingFolder.DigestOf(Encoding.UTF8.GetBytes("a note\n"))}\n",
            folder
                .Run("verify", "-f", "note.nv2", "-c", WorkingFolder.P256Certificate, "--media-type", "text/plain", "note.txt")
                .RequireSuccess()
                .Stdout
        );
    }

    [Fact]
    public void A_signature_for_a_digest_alone_is_warned_of_and_explained_when_a_tag_is_verified()
    {
        const string Repository = "registry.wabbit-networks.io/app";
        using var folder = new WorkingFolder();
        var digest = WorkingFolder.DigestOf(folder.Read(WorkingFolder.Manifest));
        string[] sign =
        [
            "sign",
            "-k",
            WorkingFolder.P256Key,
            "-c",
            WorkingFolder.P256Certificate,
            "-o",
            "app.nv2",
            "-r",
            $"{Repository}@{digest}",
            WorkingFolder.Manifest,
        ];
        string[] verify = ["verify", "-f", "app.nv2", "-c", WorkingFolder.P256Certificate, "-r", $"{Repository}:v1", WorkingFolder.Manifest];

        Assert.StartsWith(
            $"nv2: warning: the signature is valid only for {Repository}@{digest}: ",
            folder.Run(sign).RequireSuccess().Stderr,
            StringComparison.Ordinal
        );
        var refused = folder.Run(verify);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(
            $"\n  hint: the signature is for the digest, not the tag: use the artifact as {Repository}@{digest} (also with --reference), ",
            refused.Stderr,
            StringComparison.Ordinal
        );
        folder
            .Run("verify", "-f", "app.nv2", "-c", WorkingFolder.P256Certificate, "-r", $"{Repository}@{digest}", WorkingFolder.Manifest)
            .RequireSuccess();

        Assert.DoesNotContain("warning", folder.Run([.. sign, "-r", $"{Repository}:v1"]).RequireSuccess().Stderr, StringComparison.Ordinal);
        folder.Run(verify).RequireSuccess();
    }

    [Theory]
    [InlineData(
        "registry.wabbit-networks.io/app:v2",
        "use the artifact as registry.wabbit-networks.io/app:v1, or ask the signer to sign for registry.wabbit-networks.io/app:v2 (--reference)"
    )]
    [InlineData(
        "registry.wabbit-networks.io/other:v1",
        "use the artifact as registry.wabbit-networks.io/app:v1, or ask the signer to sign for registry.wabbit-networks.io/other:v1 (--reference)"
    )]
    public void A_name_that_is_not_signed_is_answered_with_those_that_are(string used, string advice)
    {
        using var folder = new WorkingFolder();
        folder
            .Run(
                "sign",
                "-k",
                WorkingFolder.P256Key,
                "-c",
                WorkingFolder.P256Certificate,
                "-o",
                "app.nv2",
                "-r",
                "registry.wabbit-networks.io/app:v1",
                WorkingFolder.Manifest
            )
            .RequireSuccess();

        Assert.Contains(
            $"\n  hint: {advice}\n",
            folder.Run("verify", "-f", "app.nv2", "-c", WorkingFolder.P256Certificate, "-r", used, WorkingFolder.Manifest).Stderr,
            StringComparison.Ordinal
        );
    }
}
