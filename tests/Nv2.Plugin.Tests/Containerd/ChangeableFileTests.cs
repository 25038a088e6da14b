namespace Nv2.Plugin.Tests.Containerd;

/// <summary>What others can change decides nothing: neither for containerd nor on the command line.</summary>
public sealed class ChangeableFileTests
{
    private static readonly string[] Files =
    [
        "trust/trustpolicy.json",
        "trust/nv2.json",
        "trust/truststore/x509/ca/wabbit-networks/*.crt",
        "trust/crls/any.crl",
    ];
    private static readonly string[] Folders =
    [
        ".",
        "trust",
        "trust/truststore",
        "trust/truststore/x509",
        "trust/truststore/x509/ca",
        "trust/truststore/x509/ca/wabbit-networks",
        "trust/crls",
    ];
    private static readonly string[] Modes = ["o+w", "g+w", "a+w"];

    public static TheoryData<string> Changes()
    {
        var changes = new TheoryData<string>();
        foreach (var place in Files.Concat(Folders))
        {
            foreach (var mode in Modes)
                changes.Add($"chmod {mode} {place}");
            if (Environment.IsPrivilegedProcess)
                changes.Add($"chown 65534 {place}");
        }

        foreach (var folder in new[] { "trust", Folders[^2], Folders[^1] })
            changes.Add($"chmod 1777 {folder}");
        foreach (var place in new[] { "trust/nv2.json", "trust/trustpolicy.json", $"{Folders[^2]}/x.crt", "trust/crls/x.crl" })
        {
            changes.Add($"rm -f {place} && mkfifo {place}");
            changes.Add($"rm -f {place} && ln -s /dev/zero {place}");
        }

        return changes;
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void Trust_that_others_can_change_is_none(string change)
    {
        using var machine = Prepare();
        Assert.Equal(0, machine.Call().ExitCode);

        Tool.Run("sh", ["-ec", change], workingDirectory: machine.Folder.Path).RequireSuccess();

        var result = machine.Call();
        Assert.True(result.ExitCode == 1, $"{result.Stdout}{result.Stderr}");
        Assert.Contains("not verified", result.Stdout, StringComparison.Ordinal);
        Assert.DoesNotContain("no decision within", result.Stdout, StringComparison.Ordinal);
        var byHand = machine.Folder.Run(
            "verify",
            "--trust-home",
            VerifierMachine.TrustHome,
            "-r",
            VerifierMachine.Name,
            "--oci-layout",
            VerifierMachine.Layout
        );
        Assert.Equal((1, ""), (byHand.ExitCode, byHand.Stdout));
    }

    [Theory]
    [InlineData("chmod o+w verifier.json")]
    [InlineData("chmod g+w verifier.json")]
    [InlineData("mkdir -m 777 open && mv verifier.json open && ln -s open/verifier.json verifier.json")]
    [InlineData("rm verifier.json && mkfifo verifier.json")]
    public void Settings_that_others_can_change_are_none(string change)
    {
        using var machine = Prepare();

        Tool.Run("sh", ["-ec", change], workingDirectory: machine.Folder.Path).RequireSuccess();

        Assert.Equal(1, machine.Call().ExitCode);
    }

    [Fact]
    public void What_nobody_else_can_change_may_be_reached_by_links_and_below_a_sticky_folder()
    {
        using var machine = Prepare();
        Tool.Run(
                "sh",
                ["-ec", "mkdir sticky && mv trust sticky/ && chmod 1777 sticky && ln -s sticky/trust trust"],
                workingDirectory: machine.Folder.Path
            )
            .RequireSuccess();

        var result = machine.Call();
        Assert.True(result.ExitCode == 0, result.Stdout);
    }

    [Theory]
    [InlineData("000")]
    [InlineData("002")]
    [InlineData("077")]
    public void What_nv2_writes_is_changeable_by_nobody_else_whatever_the_umask_says(string umask)
    {
        using var folder = new WorkingFolder();
        string Nv2(string arguments) => $"umask {umask}; '{Nv2Binary.Path}' {arguments}";
        foreach (
            var arguments in new[]
            {
                "trust add p256 p256.crt --trust-home new/home",
                "trust allow registry.example.com/app --store p256 --trust-home new/home",
                "trust required off --trust-home new/home",
                "trust check registry.example.com/app --trust-home new/home",
            }
        )
        {
            Tool.Run("sh", ["-ec", Nv2(arguments)], workingDirectory: folder.Path).RequireSuccess();
        }
    }

    [Theory]
    [InlineData("verify -c shared/link.crt -f app.nv2 manifest.json")]
    [InlineData("verify --ca-cert shared/folder/p256.crt -f app.nv2 manifest.json")]
    [InlineData("sign -k shared/link.key -o own.nv2 manifest.json")]
    [InlineData("sign -k p256.key -o shared/folder/out.nv2 manifest.json")]
    [InlineData("sign -k p256.key -o shared/nowhere manifest.json")]
    [InlineData("sign -k p256.key -o shared/link.crt manifest.json")]
    [InlineData("sign -k p256.key -o shared/file manifest.json")]
    [InlineData("sign -k p256.key -o shared/pipe manifest.json")]
    [InlineData("certificate generate-test registry.example.com -o shared/folder")]
    public void What_somebody_else_put_into_a_shared_folder_chooses_no_file(string arguments)
    {
        if (!Environment.IsPrivilegedProcess)
            return; // Only root can change the owner of a file.
        using var folder = new WorkingFolder();
        const string Attack =
            "mkdir -m 1777 shared; cd shared; ln -s ../p256.crt link.crt; ln -s ../p256.key link.key; ln -s .. folder; ln -s ../victim nowhere; "
            + "touch file; chmod 666 file; mkfifo pipe; chown -h 65534 *";
        Tool.Run("sh", ["-ec", Attack], workingDirectory: folder.Path).RequireSuccess();
        var before = folder.Names;

        var result = folder.Run(arguments.Split(' '));

        Assert.True(result.ExitCode == 1, $"{result.ExitCode}: {result.Stderr}");
        Assert.Contains("belongs to the user 65534", result.Stderr, StringComparison.Ordinal);
        Assert.Equal(before, folder.Names);
        Assert.Equal(Vectors.Read("keys/p256.crt"), folder.Read(WorkingFolder.P256Certificate));
        Assert.Empty(folder.Read("shared/file"));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("chmod g+w bin/skopeo", false)]
    [InlineData("chmod o+w bin/skopeo", false)]
    [InlineData("chmod g+w bin", false)]
    [InlineData("chmod 1777 bin", false)]
    [InlineData("mkdir -m 777 open; mv bin/skopeo open; ln -s ../open/skopeo bin/skopeo", false)]
    [InlineData("mkdir open; mv bin/skopeo open; ln -s ../open/skopeo bin/skopeo", true)]
    [InlineData("chown 65534 bin/skopeo", false)]
    [InlineData("chown 65534 bin", false)]
    [InlineData("ln -s skopeo bin/link; mv bin/skopeo bin/real; ln -s real bin/skopeo; chown -h 65534 bin/skopeo", false)]
    [InlineData("chmod o+w home", false)]
    [InlineData("chmod 1777 home", false)]
    [InlineData("chown 65534 home", false)]
    public void A_program_that_others_can_change_is_not_run(string change, bool isRun)
    {
        if (change.Contains("chown", StringComparison.Ordinal) && !Environment.IsPrivilegedProcess)
            return; // Only root can change the owner of a file.
        using var machine = new VerifierMachine();
        Directory.CreateDirectory(machine.Folder["bin"]);
        Directory.CreateDirectory(machine.Folder["home"]);
        machine.Folder.Write("bin/skopeo", "#!/bin/sh\necho \"$HOME\" > \"$HOME/called\"; exit 1\n");
        machine.WriteSettings(new System.Text.Json.Nodes.JsonObject { ["transfer"] = "skopeo", ["home"] = machine.Folder["home"] });
        Tool.Run("sh", ["-ec", $"chmod 755 bin bin/skopeo home; {change}"], workingDirectory: machine.Folder.Path).RequireSuccess();

        var result = machine.Call(path: machine.Folder["bin"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(isRun, File.Exists(machine.Folder["home/called"]));
        if (!isRun)
            Assert.Matches("(refused to run the program|cannot use) .*(chmod go-w|chown)", result.Stdout);
    }

    [Theory]
    [InlineData("mv layout real; ln -s real layout; chown -h 65534 layout; chmod 1777 .")]
    [InlineData("mv layout/index.json layout/real.json; ln -s real.json layout/index.json; chown -h 65534 layout/index.json; chmod 1777 layout")]
    [InlineData("mv layout/blobs layout/real; ln -s real layout/blobs; chown -h 65534 layout/blobs; chmod 777 layout")]
    [InlineData(
        "mv layout/blobs/sha256 layout/blobs/real; ln -s real layout/blobs/sha256; chown -h 65534 layout/blobs/sha256; chmod 1777 layout/blobs"
    )]
    [InlineData("cd layout/blobs/sha256; for f in *; do mv $f ../$f; ln -s ../$f $f; chown -h 65534 $f; done; chmod 1777 .")]
    [InlineData("mv layout/oci-layout layout/real; ln -s real layout/oci-layout; chown -h 65534 layout/oci-layout; chmod 1777 layout")]
    public void A_link_that_somebody_else_put_into_a_layout_that_is_shared_is_not_followed(string attack)
    {
        if (!Environment.IsPrivilegedProcess)
            return; // Only root can change the owner of a file.
        using var machine = Prepare();
        string[] arguments = ["verify", "-c", "registry.wabbit-networks.io.crt", "-r", VerifierMachine.Name, "--oci-layout", VerifierMachine.Layout];
        machine.Folder.Run(arguments).RequireSuccess();
        Tool.Run("sh", ["-ec", attack], workingDirectory: machine.Folder.Path).RequireSuccess();

        foreach (
            var result in new[]
            {
                machine.Folder.Run(arguments),
                machine.Folder.Run("sign", "-k", "p256.key", "--oci-layout", VerifierMachine.Layout),
            }
        )
        {
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("belongs to the user 65534", result.Stderr, StringComparison.Ordinal);
        }

        // One's own links are followed.
        Tool.Run("sh", ["-ec", "chown -hR 0 ."], workingDirectory: machine.Folder.Path).RequireSuccess();
        machine.Folder.Run(arguments).RequireSuccess();
    }

    [Fact]
    public void A_pipe_among_signatures_in_files_is_not_waited_for()
    {
        using var machine = new VerifierMachine();
        Directory.CreateDirectory(machine.Folder["signatures"]);
        Tool.Run("mkfifo", [machine.Folder[$"signatures/{machine.Digest.Split(':')[1]}.nv2"]]).RequireSuccess();
        machine.WriteSettings(new System.Text.Json.Nodes.JsonObject { ["folder"] = machine.Folder["signatures"] });

        var result = machine.Call();

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("it is not a regular file", result.Stdout, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("600", "")]
    [InlineData("640", "nv2: warning: the private key \"p256.key\" can be read by users other than its owner: restrict it with chmod 600\n")]
    [InlineData("604", "nv2: warning: the private key \"p256.key\" can be read by users other than its owner: restrict it with chmod 600\n")]
    public void A_private_key_that_others_can_read_is_warned_of_in_the_protocol_too(string mode, string warning)
    {
        using var folder = new WorkingFolder();
        Tool.Run("chmod", [mode, folder[WorkingFolder.P256Key]]).RequireSuccess();
        var manifest = Convert.ToBase64String(folder.Read(WorkingFolder.Manifest));

        var result = folder.Request("generate-signature", $$"""{"protocolVersion":"1.0","manifest":"{{manifest}}","keyId":"p256.key"}""");

        Assert.Equal((0, warning), (result.ExitCode, result.Stderr));
    }

    // A policy that asks for revocation lists, so that they are read, and settings of nv2's own.
    private static VerifierMachine Prepare()
    {
        var machine = new VerifierMachine();
        machine.Folder.Run("trust", "required", "on", "--trust-home", VerifierMachine.TrustHome).RequireSuccess();
        Directory.CreateDirectory(machine.Folder["trust/crls"]);
        Tool.Run("sh", ["-ec", Authority], workingDirectory: machine.Folder.Path).RequireSuccess();
        return machine;
    }

    private const string Authority =
        "printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=db\\ndefault_md=sha256\\n' >ca.cnf; touch db; "
        + "openssl ca -config ca.cnf -gencrl -keyfile registry.wabbit-networks.io.key -cert registry.wabbit-networks.io.crt -crldays 30 -out "
        + "trust/crls/any.crl 2>/dev/null";
}
