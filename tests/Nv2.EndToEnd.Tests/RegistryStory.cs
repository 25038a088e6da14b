using System.Text;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>
/// The published binary beside a registry, which starts at its first use: an image made by umoci, keys made by openssl, credentials in a file of the
/// transfer tool's own.
/// </summary>
internal sealed class RegistryStory : IDisposable
{
    private readonly Lazy<DockerRegistry> registry;

    public RegistryStory(string? user = null, string? password = null)
    {
        registry = new(() => new DockerRegistry(user, password));
        Layout = ImageLayout.Create(Folder);
        if (user is not null)
        {
            var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
            Folder.Write("auth.json", $"{{\"auths\":{{\"{Address}\":{{\"auth\":\"{credentials}\"}}}}}}");
        }
    }

    public TemporaryFolder Folder { get; } = new();

    public ImageLayout Layout { get; }

    public DockerRegistry Registry => registry.Value;

    private string RegistryLog => registry.IsValueCreated ? Registry.Log : "nothing: it did not run";

    public string Address => Registry.Address;

    /// <summary>Makes a key and a certificate for a registry's host, as <c>NAME.key</c> and <c>NAME.crt</c>.</summary>
    public void MakeSigner(string name, string host = "127.0.0.1", params string[] algorithm) =>
        Tool.Run(
                "openssl",
                [
                    "req",
                    "-x509",
                    .. algorithm is [] ? ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] : algorithm,
                    "-nodes",
                    "-days",
                    "2",
                    "-keyout",
                    Folder[$"{name}.key"],
                    "-out",
                    Folder[$"{name}.crt"],
                    "-subj",
                    $"/O={name}/CN={host}",
                    "-addext",
                    "keyUsage=critical,digitalSignature",
                    "-addext",
                    "basicConstraints=critical,CA:FALSE",
                ]
            )
            .RequireSuccess();

    /// <summary>Pushes the image with skopeo, and gives its digest.</summary>
    public string Push(string name, bool authorized = false)
    {
        Skopeo(authorized, "copy", "--quiet", "--dest-tls-verify=false", $"oci:{Folder["layout"]}:{ImageLayout.Tag}", $"docker://{name}");
        return $"sha256:{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Layout.Manifest))}";
    }

    public void Skopeo(bool authorized, params string[] arguments) =>
        Tool.Run("skopeo", ["--insecure-policy", .. arguments], environment: Environment(authorized)).RequireSuccess();

    /// <summary>Runs the binary with skopeo as its transfer tool, in the folder.</summary>
    public ProcessResult Nv2(bool authorized, params string[] arguments) =>
        Tool.Run(Nv2Binary.Path, arguments, workingDirectory: Folder.Path, environment: Environment(authorized));

    /// <summary>Fails with the registry's log when a run did not succeed.</summary>
    public ProcessResult Succeed(ProcessResult result)
    {
        Assert.True(
            result.ExitCode == 0,
            $"{result.Command}: exit code {result.ExitCode}\n{result.Stdout}\n{result.Stderr}\nthe registry said:\n{RegistryLog}"
        );
        return result;
    }

    public void Dispose()
    {
        if (registry.IsValueCreated)
            Registry.Dispose();
        Folder.Dispose();
    }

    private Dictionary<string, string?> Environment(bool authorized) =>
        new() { ["NV2_TRANSFER"] = "skopeo", ["REGISTRY_AUTH_FILE"] = authorized ? Folder["auth.json"] : Folder["no-auth.json"] };
}
