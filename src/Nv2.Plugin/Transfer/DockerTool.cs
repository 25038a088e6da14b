using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Json;
using Nv2.Signing.Signatures;

namespace Nv2.Plugin.Transfer;

/// <summary>
/// The docker client, which can only show the manifest of an image: it refuses manifests with another config, has no command for a blob, and pushes
/// only images of a daemon.
/// </summary>
/// <remarks>For an image index it shows the images in it, but neither the exact bytes nor the digest of the index.</remarks>
internal sealed class DockerTool(ToolRunner runner, Reference reference, TransferSettings settings) : RegistryStore(runner, reference, settings)
{
    /// <summary>It prints a manifest in base64, and again as JSON.</summary>
    private const int MaxOutputBytes = 4 * ToolRunner.MaxOutputBytes;

    /// <inheritdoc/>
    public override IReadOnlyList<Descriptor> ListReferrers(Descriptor subject) => throw Unable("list signatures");

    /// <inheritdoc/>
    public override void Add(SignatureArtifact signature) => throw Unable("push a signature");

    /// <inheritdoc/>
    protected override Descriptor Find() => Inspect(Target).Descriptor;

    /// <inheritdoc/>
    protected override byte[] FetchManifest(Digest digest) => Inspect(NameOf(digest)).Content;

    /// <inheritdoc/>
    protected override byte[] FetchBlob(Descriptor blob, Descriptor owner) => throw Unable("fetch a signature");

    private (Descriptor Descriptor, byte[] Content) Inspect(string name)
    {
        string[] insecure = Settings.PlainHttp ? ["--insecure"] : [];
        var result = Runner.Try(["manifest", "inspect", "--verbose", .. insecure, name], MaxOutputBytes);
        if (result.ExitCode != 0 && result.Errors.StartsWith("unsupported manifest format", StringComparison.Ordinal))
            throw Unable("show a manifest that is not of an image");

        if (result.ExitCode != 0 && !Settings.PlainHttp && result.Errors.StartsWith("no such manifest", StringComparison.Ordinal))
        {
            throw new InvalidInputException(
                $"{result.Command} failed with exit code {result.ExitCode}{ToolResult.Said(result.Errors)}; docker prints the same for a "
                    + "registry that "
                    + "uses HTTP without TLS: allow that with --plain-http, in a trusted network"
            );
        }

        var output = result.RequireSuccess().Output;
        if (output.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'[', ..])
            throw Unable("show the digest of an image index");

        var manifest = StrictJson.Parse(output, "the output of docker manifest inspect");
        var content = manifest.Required("Raw").Base64(Manifest.MaxBytes);
        var descriptor = Descriptor.Read(manifest.Required("Descriptor"));
        descriptor.RequireContent(content);
        return (descriptor, content);
    }

    private static InvalidInputException Unable(string task) => new($"docker cannot {task}: use {TransferTools.Advice}");
}
