using System.Text;
using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests.Kubernetes;

/// <summary>
/// A node for deploy/kubernetes/image/node.sh: a folder that is its root folder, with the C library, a shell, and a program that prints containerd's
/// settings; the ConfigMaps of the DaemonSet, mounted as kubelet mounts them; and the programs of the image.
/// </summary>
internal sealed class KubernetesNode : IDisposable
{
    public const string Image = "registry.wabbit-networks.io/net-monitor:v1";
    public const string VerifierFolder = "root/opt/containerd/image-verifier/bin";
    public const string Verifier = $"{VerifierFolder}/nv2";
    public const string Transfer = "root/opt/containerd/image-verifier/programs/oras";
    public const string Settings = "root/etc/nv2";
    public const string ContainerdSettings = "root/etc/containerd/dump";
    public const string DropIn = "root/etc/containerd/conf.d/nv2.toml";

    private const string Key = "p256";

    /// <summary>What containerd 2.x prints of the settings that matter here.</summary>
    public const string AsksForPods = """
        version = 3
        disabled_plugins = []

        [plugins]
          [plugins.'io.containerd.cri.v1.images']
            disable_snapshot_annotations = true
            discard_unpacked_layers = false
            max_concurrent_downloads = 3
            image_pull_with_sync_fs = false
            use_local_image_pull = false

            [plugins.'io.containerd.cri.v1.images'.registry]
              config_path = ''

          [plugins.'io.containerd.image-verifier.v1.bindir']
            bin_dir = '/opt/containerd/image-verifier/bin'
            max_verifiers = 10
            per_verifier_timeout = '10s'

          [plugins.'io.containerd.transfer.v1.local']
            max_concurrent_downloads = 7

        """;

    // Prints its settings with those of conf.d, or the one file that it is told to read.
    private const string Containerd = """
        #!/bin/sh
        case $* in
            'config dump') set -- /etc/containerd/dump /etc/containerd/conf.d/*.toml ;;
            '--config '*' config dump') set -- "$2" ;;
            *) exit 9 ;;
        esac
        for file; do
            [ -e "$file" ] || continue
            while IFS= read -r line; do
                case $line in *broken*) echo 'toml: broken' >&2; exit 1 ;; esac
                echo "$line"
            done <"$file"
        done

        """;

    public static readonly string Script = Path.Combine(Repository.Root, "deploy", "kubernetes", "image", "node.sh");

    // Who may not chroot can in a user namespace, where the kernel allows those.
    private static readonly string[] Enter = Environment.IsPrivilegedProcess ? [] : ["unshare", "-r"];

    private static readonly string SearchPath = $"PATH={Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin";

    private int mounts;

    public KubernetesNode()
    {
        foreach (var folder in new[] { "root/etc/containerd", "root/usr/bin", "root/bin", "root/tmp", "programs", "config" })
            Directory.CreateDirectory(Folder[folder]);
        Copy(Tool.Run("sh", ["-c", "command -v dash || command -v sh"]).RequireSuccess().Stdout.Trim(), "root/bin/sh");
        foreach (var library in new[] { Nv2Binary.Path, Folder["root/bin/sh"] }.SelectMany(Libraries).Distinct())
            Copy(library, $"root{library}");
        Folder.Write(ContainerdSettings, AsksForPods);
        Folder.Write("root/etc/containerd/config.toml", "version = 3\nimports = [\"/etc/containerd/conf.d/*.toml\"]\n");
        WriteProgram("root/usr/bin/containerd", Containerd);

        Copy(Nv2Binary.Path, "programs/nv2");
        WriteProgram("programs/oras", "#!/bin/sh\necho oras\n");

        var layout = new LayoutContent();
        Descriptor = layout.AddImage("net-monitor");
        layout.Entries.Add(Descriptor.DeepClone());
        Unsigned = layout.AddImage("other");
        layout.Entries.Add(Unsigned.DeepClone());
        layout.WriteTo(Folder["root/signatures"]);
        var key = KeyCase.Named(Key);
        var image = $"{Folder["root/signatures"]}@{LayoutContent.DigestIn(Descriptor)}";
        Nv2Binary.Run("sign", "-k", key.KeyPath, "-c", key.CertificatePath, "-r", Image, "--oci-layout", image).RequireSuccess();
        WriteSettings(new JsonObject { ["layout"] = "/signatures" });
        WriteTrust();
    }

    public TemporaryFolder Folder { get; } = new();

    /// <summary>The descriptor of <see cref="Image"/>, which is signed by whom the trust trusts.</summary>
    public JsonObject Descriptor { get; }

    /// <summary>The descriptor of an image without a signature.</summary>
    public JsonObject Unsigned { get; }

    public void WriteProgram(string path, string content)
    {
        Folder.Write(path, content);
        Tool.Run("chmod", ["755", Folder[path]]).RequireSuccess();
    }

    public void WriteSettings(JsonObject signatures) =>
        Mount(
            "settings",
            (
                "verifier.json",
                Bytes(
                    new JsonObject
                    {
                        ["version"] = "1.0",
                        ["trustHome"] = "/etc/nv2/current/trust",
                        ["signatures"] = signatures,
                    }
                )
            )
        );

    /// <summary>The trust: one statement for the image, and its store.</summary>
    public void WriteTrust(params (string Name, byte[] Content)[] more) =>
        Mount(
            "trust",
            [
                (
                    "trustpolicy.json",
                    Bytes(
                        new JsonObject
                        {
                            ["version"] = "1.0",
                            ["trustPolicies"] = new JsonArray(
                                new JsonObject
                                {
                                    ["name"] = "net-monitor",
                                    ["registryScopes"] = new JsonArray("registry.wabbit-networks.io/net-monitor"),
                                    ["signatureVerification"] = new JsonObject { ["level"] = "strict" },
                                    ["trustStores"] = new JsonArray("ca:wabbit"),
                                    ["trustedIdentities"] = new JsonArray("*"),
                                }
                            ),
                        }
                    )
                ),
                ("truststore/x509/ca/wabbit/signer.crt", File.ReadAllBytes(KeyCase.Named(Key).CertificatePath)),
                .. more,
            ]
        );

    /// <summary>
    /// Mounts a volume as kubelet does: files in a folder with a time in its name, <c>..data</c> leads to it, and a link for each name at the top.
    /// </summary>
    public void Mount(string volume, params (string Name, byte[] Content)[] files)
    {
        var data = $"..2026_01_01_{++mounts}";
        foreach (var (name, content) in files)
            Folder.Write($"config/{volume}/{data}/{name}", content);
        const string Swap = """
            ln -s "$1" ..data_tmp
            mv -T ..data_tmp ..data
            find . -maxdepth 1 -type l ! -name ..data -delete
            for file in "$1"/*; do ln -s "..data/${file##*/}" .; done
            """;
        Tool.Run("sh", ["-ec", Swap, "sh", data], workingDirectory: Folder[$"config/{volume}"]).RequireSuccess();
    }

    /// <summary>Runs the script in the container.</summary>
    public ProcessResult Run(params string[] arguments) => RunWith("restart-is-not-expected", arguments);

    public ProcessResult RunWith(string restart, params string[] arguments) => InContainer([Script, .. arguments], restart);

    /// <summary>Runs a program with the variables and the rights that the container has.</summary>
    public ProcessResult InContainer(string[] command, string restart = "restart-is-not-expected") =>
        Tool.Run(
            "env",
            [
                "-i",
                SearchPath,
                $"NODE_ROOT={Folder["root"]}",
                $"NODE_CONFIG={Folder["config"]}",
                $"NODE_PROGRAMS={Folder["programs"]}",
                $"NODE_RESTART={restart}",
                .. Enter,
                .. command,
            ]
        );

    /// <summary>Asks the verifier on the node as containerd does.</summary>
    public ProcessResult Ask(JsonObject descriptor) =>
        Tool.Run(
            "env",
            [
                "-i",
                SearchPath,
                .. Enter,
                "chroot",
                Folder["root"],
                $"/{Path.GetRelativePath("root", Verifier)}",
                "-name",
                Image,
                "-digest",
                LayoutContent.DigestIn(descriptor),
                "-stdin-media-type",
                "application/vnd.oci.descriptor.v1+json",
            ],
            Bytes(descriptor)
        );

    /// <summary>All that is in the node's root folder: names, kinds, modes, what links lead to, and what files hold.</summary>
    public string State() =>
        Tool.Run(
                "sh",
                ["-ec", "find . -printf '%p %y %m %l\\n' | LC_ALL=C sort; find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum"],
                workingDirectory: Folder["root"]
            )
            .RequireSuccess()
            .Stdout;

    public void Dispose() => Folder.Dispose();

    private static byte[] Bytes(JsonNode json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    // A line of ldd: "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)" or "/lib64/ld-linux-x86-64.so.2 (0x…)".
    private static IEnumerable<string> Libraries(string program) =>
        Tool.Run("ldd", [program]).RequireSuccess().Stdout.Split([' ', '\n', '\t']).Where(word => word.StartsWith('/'));

    private void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Folder[to])!); // Below the folder.
        Tool.Run("cp", ["-L", from, Folder[to]]).RequireSuccess();
    }
}
