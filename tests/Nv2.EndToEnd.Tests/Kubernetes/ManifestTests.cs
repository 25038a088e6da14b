using System.Text;
using System.Text.Json.Nodes;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests.Kubernetes;

/// <summary>deploy/kubernetes, rendered by kubectl and read by a YAML parser: what a cluster would be given.</summary>
public sealed class ManifestTests : IDisposable
{
    private const string Example = "overlays/example";
    private const string Settings = "/etc/nv2 at /host/etc/nv2";
    private const string Verifiers = "/opt/containerd/image-verifier at /host/opt/containerd/image-verifier";

    // Where the ConfigMaps and the Secret are mounted, as node.sh expects them by default.
    private const string Config = "/config/";

    private readonly TemporaryFolder folder = new();

    public ManifestTests()
    {
        Tool.Run("cp", ["-r", $"{Path.Combine(Repository.Root, "deploy", "kubernetes")}/.", folder.Path]).RequireSuccess();
        Tool.Run("cp", [KeyCase.Named("p256").CertificatePath, folder[$"{Example}/example.crt"]]).RequireSuccess();
    }

    [Fact]
    public void A_pod_on_each_linux_node_can_write_to_two_folders_of_it_and_do_little_else()
    {
        var pod = Pod(Render());
        var container = Container(pod);

        Assert.Equal("""{"kubernetes.io/os":"linux"}""", pod["nodeSelector"]!.ToJsonString());
        Assert.Equal("""[{"operator":"Exists"}]""", pod["tolerations"]!.ToJsonString());
        Assert.Equal("system-node-critical", Text(pod["priorityClassName"]));
        Assert.False(pod["automountServiceAccountToken"]!.GetValue<bool>());
        foreach (var namespaceOfNode in new[] { "hostPID", "hostNetwork", "hostIPC" })
            Assert.Null(pod[namespaceOfNode]);
        Assert.Equal("IfNotPresent", Text(container["imagePullPolicy"]));
        var security = container["securityContext"]!;
        Assert.Null(security["privileged"]);
        Assert.Equal("""{"add":["SYS_CHROOT"],"drop":["ALL"]}""", security["capabilities"]!.ToJsonString());
        Assert.False(security["allowPrivilegeEscalation"]!.GetValue<bool>());
        Assert.True(security["readOnlyRootFilesystem"]!.GetValue<bool>());

        Assert.Equal(["/ at /host, read only", Settings, Verifiers], HostFolders(pod));
        var node = container["volumeMounts"]!.AsArray().Single(mount => Text(mount!["mountPath"]) == "/host")!;
        Assert.Equal("HostToContainer", Text(node["mountPropagation"]));
    }

    [Fact]
    public void One_node_is_changed_at_a_time_and_is_ready_when_the_script_says_so()
    {
        var set = Find(Render(), "DaemonSet");
        var container = Container(Pod(Render()));

        var update = set["spec"]!["updateStrategy"]!;
        Assert.Equal("""{"rollingUpdate":{"maxSurge":0,"maxUnavailable":1},"type":"RollingUpdate"}""", update.ToJsonString());
        Assert.Equal("""["keep","install"]""", container["args"]!.ToJsonString());
        Assert.Equal("""["/usr/local/bin/node.sh","check","install"]""", container["readinessProbe"]!["exec"]!["command"]!.ToJsonString());
        var labels = set["spec"]!["template"]!["metadata"]!["labels"]!;
        Assert.Equal(set["spec"]!["selector"]!["matchLabels"]!.ToJsonString(), labels.ToJsonString());
    }

    [Fact]
    public void Everything_is_in_one_namespace_that_allows_it()
    {
        var all = Render();

        Assert.Equal("privileged", Text(Find(all, "Namespace")["metadata"]!["labels"]!["pod-security.kubernetes.io/enforce"]));
        var others = all.Where(document => Text(document["kind"]) != "Namespace");
        Assert.All(others, document => Assert.Equal("nv2", Text(document["metadata"]!["namespace"])));
        Assert.Equal("registry.example.com/nv2:1.0.0", Text(Container(Pod(all))["image"]));
        Assert.Equal("nv2", Text(Find(all, "ServiceAccount")["metadata"]!["name"]));
        Assert.Equal("nv2", Text(Pod(all)["serviceAccountName"]));
    }

    [Fact]
    public void Another_trust_makes_another_pod()
    {
        var before = Pod(Render()).ToJsonString();
        Assert.Equal(before, Pod(Render()).ToJsonString());

        File.AppendAllText(folder[$"{Example}/trustpolicy.json"], "\n");

        Assert.NotEqual(before, Pod(Render()).ToJsonString());
    }

    /// <summary>The paths in the manifests, in the settings and in the script are the same, and the example's trust can be used.</summary>
    [Fact]
    public void What_is_mounted_is_what_the_script_installs()
    {
        var all = Render();
        var pod = Pod(all);
        using var node = new KubernetesNode();
        foreach (var (mount, volume) in Mounts(pod).Where(pair => Text(pair.Mount["mountPath"]).StartsWith(Config, StringComparison.Ordinal)))
        {
            var files = volume["secret"] is { } secret
                ? Files(secret, new JsonObject { [".dockerconfigjson"] = """{"auths":{}}""" })
                : Files(volume["configMap"]!, ConfigMap(all, Text(volume["configMap"]!["name"]))["data"]!);
            node.Mount(Text(mount["mountPath"])[Config.Length..], [.. files]);
        }

        node.Run("install").RequireSuccess();

        node.Run("check", "install").RequireSuccess();
        Assert.True(File.Exists(node.Folder[KubernetesNode.Transfer]));
        Assert.True(File.Exists(node.Folder[$"{KubernetesNode.Settings}/current/home/.docker/config.json"]));
        var trust = node.Folder[$"{KubernetesNode.Settings}/current/trust"];
        Nv2Binary.Run("trust", "check", "registry.example.com/app:v1", "--trust-home", trust).RequireSuccess();
    }

    [Fact]
    public void The_component_remove_asks_for_the_removal()
    {
        var container = Container(Pod(Render("remove")));

        Assert.Equal("""["keep","remove"]""", container["args"]!.ToJsonString());
        Assert.Equal("""["/usr/local/bin/node.sh","check","remove"]""", container["readinessProbe"]!["exec"]!["command"]!.ToJsonString());
        Assert.Equal(HostFolders(Pod(Render())), HostFolders(Pod(Render("remove"))));
    }

    [Fact]
    public void The_component_drop_in_can_restart_containerd_and_write_its_settings()
    {
        var all = Render("drop-in");
        var pod = Pod(all);
        var security = Container(pod)["securityContext"]!;

        Assert.True(pod["hostPID"]!.GetValue<bool>());
        Assert.Equal((true, true), (security["privileged"]!.GetValue<bool>(), security["allowPrivilegeEscalation"]!.GetValue<bool>()));
        Assert.Equal(["/ at /host, read only", "/etc/containerd at /host/etc/containerd", Settings, Verifiers], HostFolders(pod));
        var volume = Mounts(pod).Single(pair => Text(pair.Volume["name"]) == "drop-in").Volume;
        Assert.NotNull(ConfigMap(all, Text(volume["configMap"]!["name"]))["data"]!["nv2.toml"]);
    }

    public void Dispose() => folder.Dispose();

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    private static JsonNode Find(IReadOnlyList<JsonNode> all, string kind) => all.Single(document => Text(document["kind"]) == kind);

    private static JsonNode Pod(IReadOnlyList<JsonNode> all) => Find(all, "DaemonSet")["spec"]!["template"]!["spec"]!;

    private static JsonNode Container(JsonNode pod) => pod["containers"]!.AsArray().Single()!;

    private static JsonNode ConfigMap(IReadOnlyList<JsonNode> all, string name) =>
        all.Single(document => Text(document["kind"]) == "ConfigMap" && Text(document["metadata"]!["name"]) == name);

    private static IEnumerable<(JsonNode Mount, JsonNode Volume)> Mounts(JsonNode pod) =>
        Container(pod)["volumeMounts"]!
            .AsArray()
            .Select(mount => (mount!, pod["volumes"]!.AsArray().Single(volume => Text(volume!["name"]) == Text(mount!["name"]))!));

    private static IEnumerable<string> HostFolders(JsonNode pod) =>
        Mounts(pod)
            .Where(pair => pair.Volume["hostPath"] is not null)
            .Select(pair =>
                $"{Text(pair.Volume["hostPath"]!["path"])} at {Text(pair.Mount["mountPath"])}" + (pair.Mount["readOnly"] is null ? "" : ", read only")
            )
            .Order(StringComparer.Ordinal);

    // The files of a ConfigMap or Secret at the paths that the volume gives them.
    private static IEnumerable<(string Name, byte[] Content)> Files(JsonNode source, JsonNode data) =>
        source["items"] is { } items
            ? items.AsArray().Select(item => (Text(item!["path"]), Encoding.UTF8.GetBytes(Text(data[Text(item["key"])]))))
            : data.AsObject().Select(file => (file.Key, Encoding.UTF8.GetBytes(Text(file.Value))));

    private List<JsonNode> Render(string? component = null)
    {
        var overlay = Example;
        if (component is not null)
        {
            overlay = $"overlays/{component}";
            Tool.Run("cp", ["-r", folder[Example], folder[overlay]]).RequireSuccess();
            File.AppendAllText(folder[$"{overlay}/kustomization.yaml"], $"components:\n  - ../../components/{component}\n");
        }

        var rendered = Tool.Run("kubectl", ["kustomize", folder[overlay]]).RequireSuccess();
        Assert.Equal("", rendered.Stderr);
        const string ToJson = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin)), sort_keys=True))";
        var json = Tool.Run("python3", ["-c", ToJson], rendered.StdoutBytes).RequireSuccess();
        return [.. JsonNode.Parse(json.StdoutBytes)!.AsArray().Select(document => document!)];
    }
}
