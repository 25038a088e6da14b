using Microsoft.Extensions.Logging.Abstractions;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Platform;
using Nv2.Plugin.Transfer;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Files;
using Nv2.Signing.Formats;
using Nv2.Signing.Storage;
using Nv2.Signing.Text;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Containerd;

/// <summary>Where the signatures of images are.</summary>
internal abstract record SignatureSource
{
    /// <summary>In an image layout, among the referrers of the image; the image itself may be missing from it.</summary>
    internal sealed record Layout(string Path) : SignatureSource;

    /// <summary>
    /// In files of a folder, named by the hexadecimal digest of the image and a suffix: <c>HEX.nv2</c>, <c>HEX.jws.sig</c>.
    /// </summary>
    internal sealed record Folder(string Path) : SignatureSource;

    /// <summary>In the image's registry, through a transfer program.</summary>
    /// <param name="Tool">The program.</param>
    /// <param name="PlainHttp">Whether the registries use HTTP without TLS.</param>
    /// <param name="Home">The home folder of the program, where it finds its credentials; <see langword="null"/> for containerd's.</param>
    /// <param name="Programs">The folder that the program is in; <see langword="null"/> for the first in containerd's PATH that has it.</param>
    internal sealed record Registry(string Tool, bool PlainHttp, string? Home, string? Programs) : SignatureSource;
}

/// <summary>Verifies an image by the signatures in the place that the settings name.</summary>
internal static class SignatureSources
{
    private const string PathVariable = "PATH";

    /// <summary>Where programs are looked for when containerd has no PATH.</summary>
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Verifies an image.</summary>
    /// <returns>The verification, and, if no signature is valid, where signatures were not looked for.</returns>
    public static (ArtifactVerification Verification, string? Unseen) Verify(
        VerifierSettings settings,
        VerifierArguments arguments,
        Descriptor subject,
        Trust trust,
        TimeProvider clock,
        CancellationToken ending
    )
    {
        var budget = VerificationBudget.Default;
        var question = new ArtifactQuestion(trust, SignatureQuorum.One)
        {
            Reference = arguments.Name,
            Budget = budget with { Time = settings.Timeout < budget.Time ? settings.Timeout : budget.Time },
        };
        var verifier = new Verifier(clock);
        if (trust.Level.SkipsAll)
            return (verifier.Verify([], subject, question), null);
        var use = question.Budget.Start(clock);
        IRegistryStore? store = null;
        var signatures = settings.Signatures switch
        {
            SignatureSource.Layout layout => StoredArtifacts.Explain(
                "read the signatures in",
                Quoted.Text(layout.Path),
                () => SignatureEntry.Find(StoredArtifacts.OpenFolder(layout.Path), subject, use)
            ),
            SignatureSource.Folder folder => ReadFolder(folder.Path, subject, use),
            SignatureSource.Registry registry => SignatureEntry.Find(
                store = OpenRegistry(
                    registry,
                    arguments,
                    subject,
                    new TransferSettings(registry.PlainHttp, settings.Timeout, NullLogger.Instance)
                    {
                        Home = registry.Home,
                        RequiresOwnProgram = true,
                        Ending = ending,
                    }
                ),
                subject,
                use
            ),
            var other => throw new InvalidOperationException($"{other} is not a place of signatures"),
        };
        var verification = verifier.Verify(signatures, subject, question, use);
        return (verification, store is null ? null : StoredArtifacts.Unseen(store, verification));
    }

    private static IRegistryStore OpenRegistry(
        SignatureSource.Registry registry,
        VerifierArguments arguments,
        Descriptor subject,
        TransferSettings settings
    )
    {
        // Transfer programs read names as docker does. The signatures of another image must not be taken for those of this one.
        var reference = Reference.Parse($"{arguments.Name.Repository}@{subject.Digest}");
        if (reference.Repository != arguments.Name.Repository)
        {
            throw new InvalidInputException(
                $"cannot fetch the signatures: {registry.Tool} would read {Quoted.Text(arguments.Name.Repository)} as {reference.Repository}"
            );
        }

        return TransferTools.Open(
            registry.Tool,
            reference,
            settings,
            name =>
                name == PathVariable && registry.Programs is { } programs ? programs
                : OpenSslEnvironment.Before.Find(name) is { Length: > 0 } value ? value
                : name == PathVariable ? DefaultPath
                : null
        );
    }

    private static List<SignatureEntry> ReadFolder(string folder, Descriptor subject, BudgetUse use)
    {
        try
        {
            var found = Directory.EnumerateFiles(folder, $"{subject.Digest.Hex}.*").Take(StoredSignature.MaxReferrers + 1);
            var files = found.Order(StringComparer.Ordinal).ToList();
            return files.Count <= StoredSignature.MaxReferrers
                ? files.ConvertAll(file => new SignatureEntry(new FileInfo(file).Length, null, null, () => Read(file, subject, use)))
                : throw new InvalidInputException($"it has more than {StoredSignature.MaxReferrers} signatures of {subject.Digest}");
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.Explain("read the signatures in", folder, exception);
        }
    }

    // A signature in a file has no manifest; its own digest identifies it.
    private static StoredSignature Read(string file, Descriptor subject, BudgetUse use)
    {
        var content = BoundedFile.ReadRegular(file, SignatureFormats.MaxBytes, "the signature");
        use.TakeBytes(content.Length);
        var itself = new Descriptor(MediaType.Parse("application/octet-stream"), Digest.Compute(DigestAlgorithm.Sha256, content), content.Length);
        return new StoredSignature(itself, subject, Format: null, content, Failure: null);
    }
}
