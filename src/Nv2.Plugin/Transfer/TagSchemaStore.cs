using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Storage;

namespace Nv2.Plugin.Transfer;

/// <summary>A tool that can fetch a manifest by name, and knows nothing of referrers: they are found by the tag schema.</summary>
/// <remarks>
/// Where a registry has the API for referrers, other programs do not keep the tag: what they attached is not seen here. A tool that uses the API sees
/// all.
/// </remarks>
internal abstract class TagSchemaStore(ToolRunner runner, Reference reference, TransferSettings settings) : RegistryStore(runner, reference, settings)
{
    // What registries answer for a tag or a repository that is not there (distribution-spec, "Error Codes"), as the tools word it. Anything else is a
    // failure: to take one for an empty list would be to write a new list over the one that could not be read.
    private static readonly string[] Absent = ["manifest unknown", "name unknown", "MANIFEST_UNKNOWN", "NAME_UNKNOWN", "404 Not Found"];

    /// <inheritdoc/>
    public override IReadOnlyList<Descriptor> ListReferrers(Descriptor subject) => ReadReferrers(subject).Descriptors;

    /// <summary>The list of referrers as it is now.</summary>
    protected ReferrersList ReadReferrers(Descriptor subject)
    {
        var tag = ReferrersTag.Of(subject.Digest);
        var result = TryFetch(NameOf(tag));
        return ReferrersList.Read(result.ExitCode != 0 && IsAbsent(result.Errors, tag) ? null : Content(result), MaxReferrers);
    }

    /// <summary>Fetches a manifest by its name; that it fails is for the caller to judge.</summary>
    protected abstract ToolResult TryFetch(string name);

    /// <inheritdoc/>
    protected override Descriptor Find() => Manifest.DescribeByContent(Content(TryFetch(Target)), Reference.Digest);

    /// <inheritdoc/>
    protected override byte[] FetchManifest(Digest digest) => Content(TryFetch(NameOf(digest)));

    private static byte[] Content(ToolResult result) => result.RequireSuccess().Output is { Length: <= Manifest.MaxBytes } content
        ? content
        : throw new InvalidInputException($"{result.Command} gave a manifest of more than {Manifest.MaxBytes} bytes");

    // Some registries name what is missing, and have no code for it.
    private static bool IsAbsent(string errors, string tag) =>
        Absent.Any(text => errors.Contains(text, StringComparison.Ordinal)) || errors.Contains($"{tag} not found", StringComparison.Ordinal);
}
