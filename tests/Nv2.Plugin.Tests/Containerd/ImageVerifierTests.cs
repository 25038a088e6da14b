using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Nv2.Plugin.Tests.Containerd;

/// <summary>The image verifier, called as containerd calls it: whatever is not right blocks the image, with one line that says why.</summary>
public sealed class ImageVerifierTests
{
    [Theory]
    [InlineData("registry.wabbit-networks.io/net-monitor:v1")]
    [InlineData("registry.wabbit-networks.io/net-monitor@DIGEST")]
    [InlineData("registry.wabbit-networks.io/net-monitor:v1@DIGEST")]
    public void A_verified_image_is_let_through_under_every_form_of_its_name(string name)
    {
        using var machine = new VerifierMachine();

        var result = machine.Call([
            "-name",
            name.Replace("DIGEST", machine.Digest, StringComparison.Ordinal),
            "-digest",
            machine.Digest,
            "-stdin-media-type",
            VerifierMachine.DescriptorType,
        ]);

        Assert.Equal((0, ""), (result.ExitCode, result.Stderr));
        Assert.StartsWith(
            $"registry.wabbit-networks.io/net-monitor@{machine.Digest} is verified: signed by CN=registry.wabbit-networks.io, sha256 ",
            result.Stdout,
            StringComparison.Ordinal
        );
        Assert.Equal(1, result.Stdout.Count(character => character == '\n'));
    }

    [Theory]
    [InlineData("pull")]
    [InlineData("run")]
    public void An_operation_is_decided_like_a_pull_of_the_same_image(string operation)
    {
        using var machine = new VerifierMachine();

        var accepted = machine.Call(machine.ArgumentsFor(operation), machine.InputFor(operation));
        Assert.Equal((0, machine.Call().Stdout, ""), (accepted.ExitCode, accepted.Stdout, accepted.Stderr));

        machine.Folder.Run("trust", "remove", "wabbit-networks", "--trust-home", VerifierMachine.TrustHome).RequireSuccess();
        machine
            .Folder.Run("trust", "add", "wabbit-networks", WorkingFolder.P256Certificate, "--trust-home", VerifierMachine.TrustHome)
            .RequireSuccess();
        AssertBlocks(machine, machine.Call(machine.ArgumentsFor(operation), machine.InputFor(operation)));
    }

    [Fact]
    public void Signatures_in_files_do_as_well()
    {
        using var machine = new VerifierMachine();
        var hex = machine.Digest.Split(':')[1];
        Directory.CreateDirectory(machine.Folder["signatures"]);
        machine.Folder.Write("descriptor.json", LayoutContent.Bytes(machine.Descriptor));
        machine
            .Folder.Run(
                "sign",
                "-k",
                "registry.wabbit-networks.io.key",
                "-c",
                "registry.wabbit-networks.io.crt",
                "-r",
                VerifierMachine.Name,
                "--descriptor",
                "-o",
                $"signatures/{hex}.nv2",
                "descriptor.json"
            )
            .RequireSuccess();
        machine.Folder.Write($"signatures/{hex}.broken.nv2", "something else");
        machine.WriteSettings(new JsonObject { ["folder"] = machine.Folder["signatures"] });

        Assert.Equal(0, machine.Call().ExitCode);

        File.Delete(machine.Folder[$"signatures/{hex}.nv2"]);
        AssertBlocks(machine, machine.Call());
    }

    [Fact]
    public void Signatures_in_a_registry_are_fetched_by_a_transfer_tool_that_has_the_home_folder_of_the_settings()
    {
        using var registry = new DockerRegistry();
        using var machine = new VerifierMachine();
        var manifest = registry.PutImage("net-monitor", "v1");
        machine.Descriptor = new JsonObject
        {
            ["mediaType"] = LayoutContent.ImageType,
            ["digest"] = LayoutContent.DigestOf(manifest),
            ["size"] = manifest.Length,
        };
        machine
            .Folder.Run(
                "sign",
                "-k",
                "registry.wabbit-networks.io.key",
                "-c",
                "registry.wabbit-networks.io.crt",
                "-r",
                VerifierMachine.Name,
                "--transfer",
                "skopeo",
                "--plain-http",
                $"{registry.Address}/net-monitor:v1"
            )
            .RequireSuccess();
        Directory.CreateDirectory(machine.Folder["home/.config/containers"]);
        machine.Folder.Write(
            "home/.config/containers/registries.conf",
            $"[[registry]]\nprefix = \"registry.wabbit-networks.io\"\nlocation = \"{registry.Address}\"\ninsecure = true\n"
        );
        machine.WriteSettings(new JsonObject { ["transfer"] = "skopeo", ["home"] = machine.Folder["home"] });

        var result = machine.Call();
        Assert.True(result.ExitCode == 0, $"{result.Stdout}\n{registry.Log}");

        registry.Dispose();
        AssertBlocks(machine, machine.Call());
    }

    [Fact]
    public void A_transfer_tool_is_looked_for_in_the_folder_of_the_settings_and_nowhere_else()
    {
        using var machine = new VerifierMachine();
        foreach (var place in new[] { "programs", "path" })
        {
            machine.Folder.Write($"{place}/skopeo", $"#!/bin/sh\n: > '{machine.Folder[place]}/called'\nexit 1\n");
            Tool.Run("chmod", ["755", machine.Folder[$"{place}/skopeo"]]).RequireSuccess();
        }

        machine.WriteSettings(new JsonObject { ["transfer"] = "skopeo", ["programs"] = machine.Folder["programs"] });
        AssertBlocks(machine, machine.Call(path: machine.Folder["path"]));
        Assert.True(File.Exists(machine.Folder["programs/called"]));

        File.Delete(machine.Folder["programs/skopeo"]);
        AssertBlocks(machine, machine.Call(path: machine.Folder["path"]));
        Assert.False(File.Exists(machine.Folder["path/called"]));
    }

    [Fact]
    public void What_the_policy_lets_through_unverified_is_let_through_and_said_so()
    {
        using var machine = new VerifierMachine();
        machine.Folder.Run("trust", "remove", "wabbit-networks", "--trust-home", VerifierMachine.TrustHome).RequireSuccess();
        machine
            .Folder.Run("trust", "add", "wabbit-networks", WorkingFolder.P256Certificate, "--trust-home", VerifierMachine.TrustHome)
            .RequireSuccess();
        AssertBlocks(machine, machine.Call());

        machine.Folder.Run("trust", "required", "off", "--trust-home", VerifierMachine.TrustHome).RequireSuccess();
        var result = machine.Call();

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("trust is not required", result.Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(">/dev/full")]
    [InlineData(">&-")]
    public void An_image_whose_verdict_cannot_be_told_is_blocked(string redirection)
    {
        using var machine = new VerifierMachine();
        string[] call = ["env", "-i", $"NV2_VERIFIER_CONFIG={machine.Folder[VerifierMachine.Settings]}", Nv2Binary.Path, .. machine.Arguments];
        Tool.Run("sh", ["-c", "exec \"$@\"", "sh", .. call], LayoutContent.Bytes(machine.Descriptor)).RequireSuccess();

        var result = Tool.Run("sh", ["-c", $"exec \"$@\" {redirection}", "sh", .. call], LayoutContent.Bytes(machine.Descriptor));
        Assert.Equal(1, result.ExitCode);
        BadInput.AssertOneLine(redirection, result.Stderr);
    }

    [Fact]
    public void The_line_says_where_the_certificate_of_an_untrusted_signers_issuer_is_to_be_had()
    {
        using var machine = new VerifierMachine();
        var folder = machine.Folder;
        Tool.Run(
                "openssl",
                [
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                    "-noenc",
                    "-keyout",
                    folder["other.key"],
                    "-out",
                    folder["other.crt"],
                    "-subj",
                    "/CN=other",
                    "-days",
                    "9",
                    "-addext",
                    "subjectAltName=DNS:registry.wabbit-networks.io",
                    "-addext",
                    "authorityInfoAccess=caIssuers;URI:http://other.example.com/root.crt",
                ]
            )
            .RequireSuccess();
        folder.Run("sign", "-k", "other.key", "-c", "other.crt", "-r", VerifierMachine.Name, "--oci-layout", VerifierMachine.Layout).RequireSuccess();
        folder.Run("trust", "remove", "wabbit-networks", "--trust-home", VerifierMachine.TrustHome).RequireSuccess();
        folder.Run("trust", "add", "wabbit-networks", WorkingFolder.P256Certificate, "--trust-home", VerifierMachine.TrustHome).RequireSuccess();

        var result = machine.Call();
        AssertBlocks(machine, result);
        Assert.EndsWith(
            "; its certificate names http://other.example.com/root.crt as the address of its issuer's certificate\n",
            result.Stdout,
            StringComparison.Ordinal
        );

        folder.Write(
            $"{VerifierMachine.TrustHome}/nv2.json",
            $$"""{"version":"1.0","keys":[{"scope":"*","url":"https://keys.example.com/","sha256Thumbprint":"{{new string('a', 64)}}"}]}"""
        );
        Assert.EndsWith(
            $"; its certificate is at https://keys.example.com/, sha256 {new string('a', 64)}\n",
            machine.Call().Stdout,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Every_doubt_blocks_the_image_with_one_line_that_says_why()
    {
        var report = new StringBuilder();
        foreach (var (doubt, spoil) in Doubts)
        {
            using var machine = new VerifierMachine();
            var result = spoil(machine);
            AssertBlocks(machine, result);
            report.Append(doubt).Append("\n  ").Append(Mask(machine, result.Stdout));
        }

        Snapshot.Match("image-verifier-doubts", report.ToString());
    }

    [Fact]
    public void A_transfer_tool_that_hangs_is_ended_in_time_and_the_image_blocked()
    {
        using var machine = new VerifierMachine();
        Directory.CreateDirectory(machine.Folder["bin"]);
        machine.Folder.Write("bin/skopeo", "#!/bin/sh\necho $$ > \"$0.pid\"\nexec /bin/sleep 1000\n");
        Tool.Run("chmod", ["+x", machine.Folder["bin/skopeo"]]).RequireSuccess();
        machine.WriteSettings(new JsonObject { ["transfer"] = "skopeo" }, timeoutSeconds: 1);

        var result = machine.Call(path: machine.Folder["bin"]);

        AssertBlocks(machine, result);
        Assert.Contains("no decision within 1 seconds", result.Stdout, StringComparison.Ordinal);
        var child = File.ReadAllText(machine.Folder["bin/skopeo.pid"]).Trim();
        Assert.False(
            Directory.Exists($"/proc/{child}") && !File.ReadAllText($"/proc/{child}/stat").Contains(" Z ", StringComparison.Ordinal),
            $"process {child} goes on"
        );
    }

    private static IEnumerable<(string Doubt, Func<VerifierMachine, ProcessResult> Spoil)> Doubts =>
        [
            ("no policy", machine => After(machine, () => File.Delete(machine.Folder["trust/trustpolicy.json"]))),
            (
                "a policy that breaks a rule",
                machine => After(machine, () => machine.Folder.Write("trust/trustpolicy.json", """{"version":"1.0","trustPolicies":[]}"""))
            ),
            ("a policy for others", machine => Named(machine, "registry.acme-rockets.io/net-monitor:v1")),
            ("a trust store that is gone", machine => After(machine, () => Directory.Delete(machine.Folder["trust/truststore"], recursive: true))),
            ("settings that are not there", machine => After(machine, () => File.Delete(machine.Folder[VerifierMachine.Settings]))),
            ("settings that are no JSON", machine => After(machine, () => machine.Folder.Write(VerifierMachine.Settings, "layout: /signatures"))),
            (
                "a setting that is not known",
                machine =>
                    After(
                        machine,
                        () => machine.Folder.Write(VerifierMachine.Settings, """{"version":"1.0","trusthome":"/etc","signatures":{"layout":"/l"}}""")
                    )
            ),
            (
                "settings that others can change",
                machine => After(machine, () => Tool.Run("chmod", ["o+w", machine.Folder[VerifierMachine.Settings]]).RequireSuccess())
            ),
            (
                "a folder of programs that is no absolute path",
                machine => After(machine, () => machine.WriteSettings(new JsonObject { ["transfer"] = "skopeo", ["programs"] = "bin" }))
            ),
            (
                "two folders of programs",
                machine => After(machine, () => machine.WriteSettings(new JsonObject { ["transfer"] = "skopeo", ["programs"] = "/usr/bin:/bin" }))
            ),
            (
                "a folder of programs for signatures in a layout",
                machine => After(machine, () => machine.WriteSettings(new JsonObject { ["layout"] = "/signatures", ["programs"] = "/bin" }))
            ),
            (
                "signatures that are nowhere",
                machine => After(machine, () => Directory.Delete(machine.Folder[VerifierMachine.Layout], recursive: true))
            ),
            ("a tool that is not installed", machine => After(machine, () => machine.WriteSettings(new JsonObject { ["transfer"] = "crane" }))),
            ("no signature", machine => Described(machine, new string('0', 64), machine.Descriptor["size"]!.GetValue<int>(), alsoArgument: true)),
            (
                "another digest on standard input",
                machine => Described(machine, new string('0', 64), machine.Descriptor["size"]!.GetValue<int>(), alsoArgument: false)
            ),
            ("another size", machine => Described(machine, machine.Digest.Split(':')[1], 1, alsoArgument: false)),
            ("another media type", machine => After(machine, () => machine.Descriptor["mediaType"] = LayoutContent.IndexType)),
            ("another digest in the name", machine => Named(machine, $"registry.wabbit-networks.io/net-monitor@sha256:{new string('0', 64)}")),
            ("a tag that was not signed", machine => Named(machine, "registry.wabbit-networks.io/net-monitor:v2")),
            ("a name that is none", machine => Named(machine, "registry.wabbit-networks.io/Net-Monitor")),
            (
                "something else on standard input",
                machine => machine.Call(["-name", VerifierMachine.Name, "-digest", machine.Digest, "-stdin-media-type", "application/json"])
            ),
            ("nothing on standard input", machine => machine.Call(stdin: [])),
            (
                "two lines on standard input",
                machine => machine.Call(stdin: [.. LayoutContent.Bytes(machine.Descriptor), (byte)'\n', .. LayoutContent.Bytes(machine.Descriptor)])
            ),
            ("no digest", machine => machine.Call(["-name", VerifierMachine.Name, "-stdin-media-type", VerifierMachine.DescriptorType])),
            ("a flag without its value", machine => machine.Call(["-name", VerifierMachine.Name, "-digest"])),
            ("a flag twice", machine => machine.Call([.. machine.Arguments, "-name", "registry.acme-rockets.io/app"])),
            ("a flag that is not known", machine => machine.Call([.. machine.Arguments, "-platform", "linux/amd64"])),
            ("an operation with a descriptor", machine => machine.Call([.. machine.Arguments, "-operation", "run"])),
            ("an input without its operation", machine => machine.Call(machine.ArgumentsFor("run")[..^2], machine.InputFor("run"))),
            ("an operation that is not known", machine => machine.Call(machine.ArgumentsFor("push"), machine.InputFor("push"))),
            ("another operation on standard input", machine => machine.Call(machine.ArgumentsFor("run"), machine.InputFor("pull"))),
            (
                "no operation on standard input",
                machine =>
                    machine.Call(machine.ArgumentsFor("run"), LayoutContent.Bytes(new JsonObject { ["descriptor"] = machine.Descriptor.DeepClone() }))
            ),
            ("no descriptor on standard input", machine => machine.Call(machine.ArgumentsFor("run"), """{"operation":"run"}"""u8.ToArray())),
            ("a descriptor in the place of the input", machine => machine.Call(machine.ArgumentsFor("pull"))),
            ("another digest in the input", machine => OtherInput(machine)),
            ("a signature that is damaged", machine => After(machine, () => Damage(machine))),
        ];

    private static ProcessResult After(VerifierMachine machine, Action spoil)
    {
        spoil();
        return machine.Call();
    }

    private static ProcessResult Named(VerifierMachine machine, string name) =>
        machine.Call(["-name", name, "-digest", machine.Digest, "-stdin-media-type", VerifierMachine.DescriptorType]);

    private static ProcessResult Described(VerifierMachine machine, string hex, int size, bool alsoArgument)
    {
        var arguments = machine.Arguments;
        machine.Descriptor["digest"] = $"sha256:{hex}";
        machine.Descriptor["size"] = size;
        return machine.Call(alsoArgument ? null : arguments);
    }

    private static ProcessResult OtherInput(VerifierMachine machine)
    {
        var arguments = machine.ArgumentsFor("run");
        machine.Descriptor["digest"] = $"sha256:{new string('0', 64)}";
        return machine.Call(arguments, machine.InputFor("run"));
    }

    private static void Damage(VerifierMachine machine)
    {
        var index = JsonNode.Parse(machine.Folder.Read("layout/index.json"))!;
        var manifest = JsonNode.Parse(machine.Folder.Read($"layout/{LayoutContent.BlobName(LayoutContent.DigestIn(index["manifests"]![1]!))}"))!;
        machine.Folder.Write($"layout/{LayoutContent.BlobName(LayoutContent.DigestIn(manifest["config"]!))}", "e30.e30.AAAA");
    }

    private static void AssertBlocks(VerifierMachine machine, ProcessResult result)
    {
        Assert.True(result.ExitCode == 1, $"exit code {result.ExitCode}: {machine.Mask(result.Stdout)} {result.Stderr}");
        Assert.Equal("", result.Stderr);
        Assert.Equal(1, result.Stdout.Count(character => character == '\n'));
        Assert.Contains("not verified", result.Stdout, StringComparison.Ordinal);
    }

    // The test's own certificates and signatures are new each time.
    private static string Mask(VerifierMachine machine, string line) =>
        Regex.Replace(
            Regex.Replace(machine.Mask(line), "sha256 [0-9a-f]{64}", "sha256 THUMBPRINT"),
            "format: sha256:[0-9a-f]{64} has 12 bytes: expected [0-9]+,",
            "format: SIGNATURE has 12 bytes: expected SIZE,"
        );
}
