using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Storage;

namespace Nv2.Plugin.CommandLine;

/// <summary><c>nv2 list</c>: shows an artifact's signatures and those of the manifests below it, without trusting them.</summary>
internal static class ListCommand
{
    public const string Name = "list";

    public static Command Create()
    {
        var json = CommonOptions.Json();
        var verbose = CommonOptions.Verbose();
        var artifact = new ArtifactOptions(Name, takesFiles: false);
        var command = new ManualCommand(
            Name,
            "List the signatures of an artifact, and of the manifests below an index, without verifying them",
            """
            nv2 list registry.example.com/app:v1
            nv2 list --oci-layout ./app:v1
            docker save app:v1 | nv2 list --json --oci-layout -
            """)
        {
            json, verbose,
        };
        artifact.AddTo(command);
        command.SetAction(result => Run(artifact.Read(result), result.GetValue(json), result.GetValue(verbose)));
        return command;
    }

    private static int Run(ArtifactPlace place, bool json, bool verbose)
    {
        using var loggers = VerboseLog.Create(verbose);
        var (store, artifact, name) = StoredArtifacts.Find(place, loggers.CreateLogger(Name));
        var tree = StoredArtifacts.Explain("list the signatures in", name, () => Read(store, artifact, [], 0));
        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, ReportJson.Line(Report(tree)));
        else
            output.Write(Encoding.UTF8.GetBytes(Draw(tree)));
        return ExitCodes.Success;
    }

    private sealed record Node(Descriptor Manifest, IReadOnlyList<StoredSignature> Signatures, IReadOnlyList<Node> Below);

    // A manifest that is listed a second time is shown without what is below it: an index can list the same one any number of times, at every depth.
    private static Node Read(IArtifactStore store, Descriptor manifest, HashSet<Digest> seen, int depth)
    {
        if (!seen.Add(manifest.Digest))
            return new Node(manifest, [], []);
        if (depth > ManifestTree.MaxDepth)
            throw new InvalidInputException($"indexes are nested more than {ManifestTree.MaxDepth} deep");
        return new(
            manifest,
            StoredSignature.ReadAll(store, manifest),
            [.. ManifestTree.Below(store, manifest).DistinctBy(below => below.Digest).Select(below => Read(store, below, seen, depth + 1))]);
    }

    private static ListedManifest Report(Node node) => new(
        DescriptorReport.Of(node.Manifest),
        [.. node.Signatures.Select(IInspectedSignature.Of)],
        node.Below.Count == 0 ? null : [.. node.Below.Select(Report)]);

    private static string Draw(Node root)
    {
        var text = new StringBuilder("NOT VERIFIED: this is what the signatures claim; 'nv2 verify' tells whether they hold\n");
        Append(root, "", "");
        return text.ToString();

        void Append(Node node, string first, string rest)
        {
            text.Append(CultureInfo.InvariantCulture, $"{first}{node.Manifest.Digest} {node.Manifest.MediaType}{(node.Signatures.Count == 0 ? ", not signed" : "")}\n");
            var items = node.Signatures.Count + node.Below.Count;
            foreach (var signature in node.Signatures)
            {
                var isLast = --items == 0;
                text.Append(CultureInfo.InvariantCulture, $"{rest}{(isLast ? "└── " : "├── ")}signature {signature.Manifest.Digest}\n");
                foreach (var line in Describe(signature))
                    text.Append(CultureInfo.InvariantCulture, $"{rest}{(isLast ? "    " : "│   ")}  {line}\n");
            }

            foreach (var below in node.Below)
            {
                var isLast = --items == 0;
                Append(below, rest + (isLast ? "└── " : "├── "), rest + (isLast ? "    " : "│   "));
            }
        }
    }

    private static IEnumerable<string> Describe(StoredSignature stored)
    {
        if (!stored.TryParse(out var signature, out var complaint))
        {
            yield return $"damaged: {complaint}";
            yield break;
        }

        var claims = signature.Claims;
        yield return $"{signature.Format.Name}, {Quoted.Text(signature.Algorithm)[1..^1]}{Time(", signed ", claims.IssuedAt)}{Time(", expires ", claims.ExpiresAt)}";
        yield return signature.Certificates is [var signer, ..] ? DescribeSigner(signer) : $"signer: the key {Quoted.Text(signature.KeyId)[1..^1]}";
        foreach (var reference in claims.References)
            yield return $"reference: {reference.Text}";
    }

    private static string DescribeSigner(X509Certificate2 certificate)
    {
        var signer = CertificateDescription.Of(certificate);
        return $"signer: {signer.Subject}, sha256 {signer.Sha256Thumbprint}, valid {SignerCertificate.Format(signer.NotBefore)} to {SignerCertificate.Format(signer.NotAfter)}";
    }

    private static string Time(string before, DateTimeOffset? time) => time is null ? "" : before + SignerCertificate.Format(time.Value);
}
