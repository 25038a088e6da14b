using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Layouts;

/// <summary>Layouts that are whole, and whose signatures do not hold: what is said of each, and that none verifies.</summary>
public sealed class UnverifiedLayoutTests
{
    private const string Tar = "layout.tar";
    private const string JsonType = "application/vnd.cncf.notary.config.v2+json";

    [Fact]
    public void Signatures_that_do_not_hold_are_reported_one_by_one()
    {
        using var folder = new WorkingFolder();
        var messages = new StringBuilder();
        foreach (var (name, layout, arguments) in Cases)
        {
            folder.Write(Tar, layout.ToTar().End());
            var result = folder.Run(["verify", "-c", WorkingFolder.RsaCertificate, .. arguments, "--oci-layout", $"{Tar}:{SignedImage.Tag}"]);

            Assert.True(result.ExitCode == 1, $"{name}: exit code {result.ExitCode}: {result.Stdout}{result.Stderr}");
            Assert.True(result.StdoutBytes.Length == 0, $"{name}: {result.Stdout}");
            Assert.DoesNotContain("Exception", result.Stderr, StringComparison.Ordinal);
            messages
                .Append(name)
                .Append('\n')
                .Append("  ")
                .Append(result.Stderr.TrimEnd('\n').Replace("\n", "\n  ", StringComparison.Ordinal))
                .Append('\n');
        }

        Snapshot.Match("unverified-layouts", messages.ToString());
    }

    [Fact]
    public void In_JSON_too_nothing_of_that_is_verified()
    {
        using var folder = new WorkingFolder();
        foreach (var (name, layout, arguments) in Cases)
        {
            folder.Write(Tar, layout.ToTar().End());
            var result = folder.Run([
                "verify",
                "--json",
                "-c",
                WorkingFolder.RsaCertificate,
                .. arguments,
                "--oci-layout",
                $"{Tar}:{SignedImage.Tag}",
            ]);

            Assert.True(result.ExitCode == 1, $"{name}: exit code {result.ExitCode}");
            if (result.StdoutBytes.Length > 0)
                Assert.False(JsonNode.Parse(result.StdoutBytes)!["verified"]!.GetValue<bool>(), name);
        }
    }

    [Fact]
    public void A_layer_that_was_changed_is_found_whatever_the_index_calls_the_image()
    {
        using var folder = new WorkingFolder();
        foreach (var format in new[] { "jwt", "json" })
        {
            foreach (
                var type in new[]
                {
                    "application/vnd.docker.distribution.manifest.v2+json",
                    LayoutContent.IndexType,
                    "application/vnd.example.unknown+json",
                }
            )
            {
                var layout = new LayoutContent();
                var manifest = layout.Image("app");
                manifest.Remove("mediaType"); // As umoci and buildah leave it out.
                var image = layout.AddManifest(LayoutContent.ImageType, manifest);
                layout
                    .List(image, SignedImage.Tag)
                    .AddSignature(image, SignedImage.Sign(image, format), format == "jwt" ? LayoutContent.JwtType : JsonType);
                folder.Write(Tar, layout.ToTar().End());
                folder.Run("verify", "-c", WorkingFolder.RsaCertificate, "--oci-layout", $"{Tar}:{SignedImage.Tag}").RequireSuccess();

                layout.Entries[0]!["mediaType"] = type;
                folder.Write(Tar, layout.Damage(manifest["layers"]![0]!).ToTar().End());
                var result = folder.Run("verify", "-c", WorkingFolder.RsaCertificate, "--oci-layout", $"{Tar}:{SignedImage.Tag}");

                Assert.True(result.ExitCode == 1, $"{format}, {type}: {result.Stdout}{result.Stderr}");
            }
        }
    }

    private static IEnumerable<(string Name, LayoutContent Layout, string[] Arguments)> Cases
    {
        get
        {
            var unsigned = new LayoutContent();
            unsigned.List(unsigned.AddImage("app"), SignedImage.Tag);
            yield return ("no signature", unsigned, []);

            yield return ("two signers are required", new SignedImage().Layout, ["--require", "2"]);
            yield return ("another name", new SignedImage().Layout, ["-r", "registry.wabbit-networks.io/app:v1"]);

            var other = new SignedImage();
            other.Layout.Entries.RemoveAt(1);
            other.Layout.AddSignature(other.Layout.AddImage("other"), other.SignatureBytes);
            yield return ("a signature that is stored with another artifact", other.Layout, []);

            var wrong = new SignedImage();
            wrong.Layout.Entries.RemoveAt(1);
            wrong.Layout.AddSignature(wrong.Image, SignedImage.Sign(wrong.Layout.AddImage("other")));
            yield return ("a signature of another artifact", wrong.Layout, []);

            yield return With("another signature in its blob", signed => signed.Layout.Damage(signed.SignatureBlob));
            yield return With("no signature in its blob", signed => signed.Layout[LayoutContent.DigestIn(signed.SignatureBlob)] = []);
            yield return With("no blob of the signature", signed => signed.Layout.Remove(signed.SignatureBlob));
            yield return With(
                "a signature of more than four mebibytes",
                signed => Store(signed, [.. signed.SignatureBytes, .. new byte[4 * 1024 * 1024]])
            );
            yield return With("an empty signature", signed => Store(signed, []));
            yield return With("a signature that is an image", signed => Store(signed, signed.Layout[LayoutContent.DigestIn(signed.Image)]));
            yield return With(
                "a signature of the other format",
                signed => signed.Layout.AddSignature(signed.Image, SignedImage.Sign(signed.Image, "json")),
                "--all"
            );
            yield return With("one more that does not hold", signed => signed.Layout.AddSignature(signed.Image, "a.b.c"u8.ToArray()), "--all");

            var many = new SignedImage();
            for (var number = 0; number < 1024; number++)
                many.Layout.AddSignature(many.Image, Encoding.ASCII.GetBytes($"a.b.{number}"));
            yield return ("more than 1024 signatures", many.Layout, []);
        }
    }

    private static (string, LayoutContent, string[]) With(string name, Action<SignedImage> spoil, params string[] arguments)
    {
        var signed = new SignedImage();
        spoil(signed);
        return (name, signed.Layout, arguments);
    }

    private static void Store(SignedImage signed, byte[] signature)
    {
        signed.Layout.Entries.RemoveAt(1);
        signed.Layout.AddSignature(signed.Image, signature);
    }
}
