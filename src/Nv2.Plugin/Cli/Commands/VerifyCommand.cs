using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Cli.Options;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Policy;
using Nv2.Signing.Storage;
using Nv2.Signing.Text;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Cli.Commands;

/// <summary><c>nv2 verify</c>: verifies the signatures of an artifact.</summary>
internal static class VerifyCommand
{
    public const string Name = "verify";

    private const string AllowRelocatedOption = "--allow-relocated";

    public static Command Create(TimeProvider clock)
    {
        var signature = new Option<string?>("--signature", "-s", "-f")
        {
            Description = "The signature file of a manifest or a blob in a file [default for a blob: its name with .jws.sig or .cose.sig]",
            HelpName = "file",
        };
        var certificates = CommonOptions.Certificates();
        var roots = CommonOptions.Roots();
        var timestampAuthorities = CommonOptions.TimestampAuthorities();
        var reference = new Option<string?>("--reference", "-r")
        {
            Description =
                "The name under which the artifact will be used; the signature must be valid for it. Signatures in jws and cose carry "
                + "no names, so they fail if certificates are given as options [default: the artifact's own reference; then jws and "
                + "cose do not fail]",
            HelpName = "reference",
        };
        var relocated = new Option<bool>(AllowRelocatedOption)
        {
            Description =
                "Accept an artifact that is signed for another name, such as a copy; with certificates given as options, in a "
                + "registry or a layout",
        };
        var all = new Option<bool>("--all") { Description = "Every signature must be valid [default: one is enough]; in a layout or a registry" };
        var require = new Option<string?>("--require")
        {
            Description = "The number of different signers with a valid signature, 1 to 1024 [default: 1]; in a layout or a registry",
            HelpName = "number",
        };
        var limit = BudgetOption.Create();
        var metadata = UserMetadata.Option(
            "Metadata that must be signed along with the artifact, compared exactly; may be given several times; jws and cose only"
        );
        var home = CommonOptions.TrustHome();
        var blobScope = new Option<string?>("--blob-scope")
        {
            Description = "For a blob: the scope blob:NAME of the trust policy to apply [default: blob:*]",
            HelpName = "name",
        };
        var tolerance = CommonOptions.ClockTolerance();
        var tree = new TreeOptions();
        var allImages = CommonOptions.AllImages(
            "Verify every image of a layout, each for its names in the layout. All must be verified, and all are reported"
        );
        var batch = new BatchOptions("Verify");
        var shallow = CommonOptions.Shallow();
        var mediaType = CommonOptions.MediaType("the media type that must be signed [default: any]");
        var descriptor = CommonOptions.Descriptor();
        var json = CommonOptions.Json();
        var verbose = CommonOptions.Verbose();
        var artifact = new ArtifactOptions(
            Name,
            takesFiles: true,
            blob: "Verify any file, or - for standard input, with its signature in another file"
        );

        var command = new CommandWithExamples(
            Name,
            "Verify an artifact's signatures: print the digest and exit with 0 if they are valid, otherwise print the reasons and exit with 1",
            """
            # An artifact in a registry: what is pulled is what was verified
            docker pull registry.example.com/app@$(nv2 verify -c app.crt registry.example.com/app:v1)

            # An image layout, its blobs included
            docker save app:v1 | nv2 verify --ca-cert root.crt --oci-layout -
            nv2 verify -c vendor.crt -c company.crt --require 2 --oci-layout ./app:v1

            # A manifest and a signature in files
            nv2 verify -f app.nv2 -c app.crt manifest.json

            # Any other file, by app.tar.gz.jws.sig or app.tar.gz.cose.sig beside it
            nv2 verify --blob app.tar.gz --ca-cert root.crt --user-metadata build=42

            # An index and each of its platforms; all images of an archive; a list of artifacts
            nv2 verify --ca-cert root.crt --recursive each registry.example.com/app:v1
            nv2 verify --ca-cert root.crt --all-images --oci-layout bundle.tar
            nv2 verify --ca-cert root.crt --batch list.txt --report report.jsonl
            """
        )
        {
            signature,
            certificates,
            roots,
            timestampAuthorities,
            home,
            blobScope,
            reference,
            relocated,
            all,
            require,
            limit,
            metadata,
            tolerance,
            shallow,
            mediaType,
            descriptor,
            json,
            verbose,
        };
        command.Add(allImages);
        tree.AddTo(command);
        batch.AddTo(command);
        artifact.AddTo(command);
        command.SetAction(result =>
        {
            var list = batch.Read(result);
            if (list is not null)
            {
                artifact.RequireNone(result, batch.Name);
                batch.Refuse(result, [allImages, signature, reference]);
            }

            var place = list is null ? ReadPlace() : null;
            var items = list is null ? [] : BatchList.Read(list.List, line => RequireFitting(artifact.ReadLine(result, line)));
            var name = CommonOptions.Parse(result, reference, Reference.Parse);
            var type = CommonOptions.Parse(result, mediaType, MediaType.Parse);
            var quorum = new SignatureQuorum(
                result.GetValue(require) is { } number ? UsageException.Parse("--require", number, ParseNumber) : 1,
                result.GetValue(all)
            );
            var said = UserMetadata.Read(result, metadata);
            var budget = BudgetOption.Read(result, limit);
            var below = tree.Read(result);
            if (place is ArtifactPlace.SingleFile && result.GetValue(signature) is null)
                throw new UsageException(
                    "--signature is missing: expected the signature file of the manifest, --oci-layout or a "
                        + "reference such as registry.example.com/app:v1"
                );

            using var loggers = VerboseLog.Create(result.GetValue(verbose));
            var log = loggers.CreateLogger(Name);
            var source = ReadTrust(result, new(certificates, roots, timestampAuthorities, home, blobScope), clock);
            var isJson = result.GetValue(json);
            if (list is not null)
            {
                var work = new Work(VerifyLine, () => Inputs(result, source), clock, log);
                return BatchRun.Run(list, items, work, isJson, clock);
            }

            if (result.GetValue(allImages))
            {
                var layout = RequireWhole(place);
                return OutcomesPrinter.PrintImages(
                    SeveralVerification.Images(layout, result.GetValue(shallow), used => Question(layout, used), below, clock, log),
                    isJson
                );
            }

            var named = name ?? place!.Name; // Set if there is no list.
            if (below is not null)
            {
                var outcomes = SeveralVerification.Tree(place!, result.GetValue(shallow), Question(place!, named), below, clock, log);
                return OutcomesPrinter.PrintTree(outcomes, isJson);
            }

            var trust = TrustFor(place!, named);
            var trusted = trust.Certificates;
            log.LogDebug(
                "trusted: {Pinned} signers, {Roots} authorities, {TimestampAuthorities} for timestamps",
                trusted.Pinned.Count,
                trusted.Roots.Count,
                trusted.TimestampAuthorities.Count
            );
            return place switch
            {
                ArtifactPlace.SingleFile or ArtifactPlace.Blob => VerificationPrinter.Print(
                    OfFile(place, result.GetValue(signature), trust, named),
                    isJson
                ),
                _ => VerificationPrinter.Print(Stored(place!, Question(place!, named)), isJson),
            };

            ArtifactPlace ReadPlace() => RequireFitting(artifact.Read(result));

            ArtifactPlace RequireFitting(ArtifactPlace artifact)
            {
                CommonOptions.Refuse(
                    result,
                    artifact switch
                    {
                        ArtifactPlace.SingleFile => [all, require, limit, shallow, blobScope, relocated, allImages, .. tree.OfStored],
                        ArtifactPlace.Blob => [all, require, limit, shallow, descriptor, reference, relocated, allImages, .. tree.OfStored],
                        ArtifactPlace.Layout => [signature, mediaType, descriptor, blobScope],
                        _ => [signature, mediaType, descriptor, shallow, blobScope, allImages],
                    },
                    artifact
                );
                return artifact;
            }

            // A name belongs to one image, and a tag selects one image.
            ArtifactPlace.Layout RequireWhole(ArtifactPlace? place) =>
                (place, name) switch
                {
                    (_, not null) => throw new UsageException(
                        $"{reference.Name} cannot be combined with {allImages.Name}, which verifies each image for its own names"
                    ),
                    (ArtifactPlace.Layout { Location.Name: null } layout, _) => layout,
                    _ => throw new UsageException($"{allImages.Name} verifies all images of a layout: expected its path without a tag or a digest"),
                };

            Trust TrustFor(ArtifactPlace artifact, Reference? used)
            {
                var trust = source.For(artifact, used);
                if (result.GetValue(relocated))
                    trust = AllowRelocation(trust, name);
                else if (name is null)
                    trust = trust.AllowingUnsignedName();

                if (CommonOptions.ReadClockTolerance(result, tolerance) is { } seconds)
                    trust = trust.Tolerating(seconds);

                // These options require trust: several signers, all signatures, each manifest, or signed metadata.
                return quorum is not { Signers: 1, All: false } || said.Count > 0 || below is { Demand: TreeDemand.Each } ? trust.Requiring() : trust;
            }

            ArtifactQuestion Question(ArtifactPlace artifact, Reference? used) =>
                new(TrustFor(artifact, used), quorum)
                {
                    Reference = used,
                    Annotations = said,
                    Budget = budget,
                };

            FileVerification.Answer OfFile(ArtifactPlace artifact, string? signatureFile, Trust trust, Reference? used)
            {
                var question = new FileVerification.Question(trust, used, type, said);
                return artifact switch
                {
                    ArtifactPlace.SingleFile file => FileVerification.Manifest(
                        signatureFile ?? file.File.FindSignature(file.File.Describe(type, result.GetValue(descriptor)).Descriptor),
                        file.File,
                        result.GetValue(descriptor),
                        question,
                        clock,
                        log
                    ),
                    ArtifactPlace.Blob blob => FileVerification.Blob(signatureFile ?? blob.File.FindSignature(), blob.File, question, clock, log),
                    _ => throw new InvalidOperationException($"{artifact} is not a file"),
                };
            }

            StoredVerification.Answer Stored(ArtifactPlace artifact, ArtifactQuestion question)
            {
                var verification = StoredVerification.Open(artifact, result.GetValue(shallow), log);
                if (verification.Note is { } note)
                    StandardStreams.WriteErrorLine($"nv2: note: {note}");
                return verification.Ask(question, clock);
            }

            ArtifactOutcome VerifyLine(BatchItem item)
            {
                var (artifact, shown) = (item.Place, Quoted.Printable(item.Text));
                if (artifact is ArtifactPlace.SingleFile or ArtifactPlace.Blob)
                    return ArtifactOutcome.Of(shown, OfFile(artifact, signatureFile: null, TrustFor(artifact, artifact.Name), artifact.Name));
                return below is null
                    ? SeveralVerification.Outcome(Stored(artifact, Question(artifact, artifact.Name)), shown)
                    : SeveralVerification.Tree(artifact, result.GetValue(shallow), Question(artifact, artifact.Name), below, clock, log).AsOne(shown);
            }
        });
        return command;
    }

    private static string Inputs(ParseResult result, TrustSource source)
    {
        using var inputs = new InputsDigest();
        BatchOptions.Describe(result, inputs);
        source.Describe(inputs);
        return inputs.ToString();
    }

    /// <summary>Verifies the artifacts of a list.</summary>
    private sealed class Work(Func<BatchItem, ArtifactOutcome> verify, Func<string> inputs, TimeProvider clock, ILogger log) : IBatchWork
    {
        /// <summary>A verification is a statement about its time: certificates and signatures expire.</summary>
        private static readonly TimeSpan MaxAge = TimeSpan.FromDays(1);

        public string Done => "verified";

        public string Inputs { get; } = inputs();

        public string InputsNow => inputs();

        public ArtifactOutcome Run(BatchItem item) => verify(item);

        public string? State(BatchItem item)
        {
            var files = item.Place switch
            {
                ArtifactPlace.Layout { Location.Path: { } path } => [path],
                ArtifactPlace.Blob { File: { FileName: { } file } blob } => [file, .. blob.SignatureFiles.Where(File.Exists)],
                _ => new List<string>(),
            };
            return files.Count == 0 ? null : InputsDigest.OfFiles(files, clock.GetUtcNow());
        }

        public bool IsStillSo(BatchItem item, BatchEntry entry)
        {
            var age = clock.GetUtcNow() - Rfc3339.Parse(entry.Time);
            if (age < TimeSpan.Zero || age > MaxAge)
                return false;
            return item.Place is ArtifactPlace.Registry registry
                ? registry.Open(log).Resolve().Digest.ToString() == entry.Subject?.Digest
                : entry.State is not null && State(item) == entry.State;
        }
    }

    private sealed record TrustOptions(
        RepeatedOption Certificates,
        RepeatedOption Roots,
        RepeatedOption TimestampAuthorities,
        Option<string?> Home,
        Option<string?> BlobScope
    );

    // Certificates that are given as options are the only ones trusted. Otherwise the policy decides, by the name under which the artifact is used.
    private static TrustSource ReadTrust(ParseResult result, TrustOptions options, TimeProvider clock)
    {
        var byHand = new Option[] { options.Certificates, options.Roots, options.TimestampAuthorities }.FirstOrDefault(option =>
            result.GetResult(option) is { Implicit: false }
        );
        if (byHand is null)
        {
            var scope = CommonOptions.Parse(result, options.BlobScope, PolicyScope.ParseBlobName);
            return TrustSource.ByPolicy(result.GetValue(options.Home), scope, clock);
        }

        if (new Option<string?>[] { options.Home, options.BlobScope }.FirstOrDefault(option => result.GetValue(option) is not null) is { } ofPolicy)
            throw new UsageException(
                $"{ofPolicy.Name} cannot be combined with {byHand.Name}: the trust policy is not used if certificates are given"
            );
        var pinned = RepeatedValues.Of(result, options.Certificates).Select(InputFile.ReadCertificates).ToList();
        return TrustSource.ByHand(
            new TrustedCertificates([.. pinned.SelectMany(file => file)], CommonOptions.ReadCertificates(result, options.Roots))
            {
                Nv2Roots = [.. pinned.SelectMany(TrustedCertificates.AuthoritiesOf)],
                TimestampAuthorities = CommonOptions.ReadCertificates(result, options.TimestampAuthorities),
            }
        );
    }

    // Contradicting options are refused, not weighed.
    private static Trust AllowRelocation(Trust trust, Reference? name)
    {
        if (trust.IsByPolicy)
            throw new UsageException(
                $"{AllowRelocatedOption} is for certificates given as options: for the trust policy, use nv2 trust allow {AllowRelocatedOption}"
            );
        if (name is not null)
            throw new UsageException(
                $"{AllowRelocatedOption} cannot be combined with --reference: one accepts any signed name, the other requires one"
            );
        return trust.AllowingRelocation();
    }

    private static int ParseNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= StoredSignature.MaxReferrers
            ? number
            : throw new InvalidInputException($"{Quoted.Text(text)} is not a number of signers: expected 1 to {StoredSignature.MaxReferrers}");
}
