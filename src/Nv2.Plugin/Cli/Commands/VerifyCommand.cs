using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Nv2.Plugin.Cli.Options;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
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
            Description = "The signature file, of a manifest or a blob that is in a file [default for a blob: its name with .jws.sig or .cose.sig]",
            HelpName = "file",
        };
        var certificates = CommonOptions.Certificates();
        var roots = CommonOptions.Roots();
        var timestampAuthorities = CommonOptions.TimestampAuthorities();
        var reference = new Option<string?>("--reference", "-r")
        {
            Description = "The name under which the artifact is about to be used; it must be one that was signed. Signatures in jws and cose carry "
                + "no names, and so fail where certificates are given by hand [default: the artifact's own, if it is a reference; there, jws and "
                + "cose do not fail]",
            HelpName = "reference",
        };
        var relocated = new Option<bool>(AllowRelocatedOption)
        {
            Description = "The artifact may have been signed for another name than its own, as a copy has been; with certificates by hand, in a "
                + "registry or a layout",
        };
        var all = new Option<bool>("--all") { Description = "Every signature must hold [default: one is enough]; in a layout or a registry" };
        var require = new Option<string?>("--require")
        {
            Description = "How many different signers' signatures must hold, 1 to 1024 [default: 1]; in a layout or a registry",
            HelpName = "number",
        };
        var limit = BudgetOption.Create();
        var metadata = UserMetadata.Option(
            "What the signer must have said about the artifact besides, in exactly these words; may be given several times; jws and cose only");
        var home = CommonOptions.TrustHome();
        var blobScope = new Option<string?>("--blob-scope")
        {
            Description = "Of a blob: the scope blob:NAME of the trust policy whose statement decides [default: the statement for blob:*]",
            HelpName = "name",
        };
        var tolerance = CommonOptions.ClockTolerance();
        var shallow = CommonOptions.Shallow();
        var mediaType = CommonOptions.MediaType("what it must be signed as [default: anything]");
        var descriptor = CommonOptions.Descriptor();
        var json = CommonOptions.Json();
        var verbose = CommonOptions.Verbose();
        var artifact = new ArtifactOptions(
            Name, takesFiles: true, blob: "Verify a file as it is, whatever it holds, or - for standard input, by its signature in another file");

        var command = new CommandWithExamples(
            Name,
            "Verify an artifact's signatures: print the digest and exit with 0 if they hold, otherwise say why not and exit with 1",
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
            """)
        {
            signature, certificates, roots, timestampAuthorities, home, blobScope, reference, relocated, all, require, limit, metadata,
            tolerance, shallow, mediaType, descriptor, json, verbose,
        };
        artifact.AddTo(command);
        command.SetAction(result =>
        {
            var place = artifact.Read(result);
            CommonOptions.Refuse(
                result,
                place switch
                {
                    ArtifactPlace.SingleFile => [all, require, limit, shallow, blobScope, relocated],
                    ArtifactPlace.Blob => [all, require, limit, shallow, descriptor, reference, relocated],
                    ArtifactPlace.Layout => [signature, mediaType, descriptor, blobScope],
                    _ => [signature, mediaType, descriptor, shallow, blobScope],
                },
                place);
            var name = CommonOptions.Parse(result, reference, Reference.Parse);
            var type = CommonOptions.Parse(result, mediaType, MediaType.Parse);
            var quorum = new SignatureQuorum(
                result.GetValue(require) is { } number ? UsageException.Parse("--require", number, ParseNumber) : 1, result.GetValue(all));
            var said = UserMetadata.Read(result, metadata);
            var budget = BudgetOption.Read(result, limit);
            if (place is ArtifactPlace.SingleFile && result.GetValue(signature) is null)
                throw new UsageException(
                    "--signature is missing: expected the signature file of the manifest, or else --oci-layout or a "
                        + "reference such as registry.example.com/app:v1");

            using var loggers = VerboseLog.Create(result.GetValue(verbose));
            var log = loggers.CreateLogger(Name);
            var used = name ?? place.Name;
            var trust = ReadTrust(result, new(certificates, roots, timestampAuthorities, home, blobScope), place, used, clock);
            if (result.GetValue(relocated))
                trust = AllowRelocation(trust, name);
            else if (name is null)
                trust = trust.AllowingUnsignedName();

            if (CommonOptions.ReadClockTolerance(result, tolerance) is { } seconds)
                trust = trust.Tolerating(seconds);

            // To ask for several signers, for all, or for signed metadata is to require trust.
            if (quorum is not { Signers: 1, All: false } || said.Count > 0)
                trust = trust.Requiring();
            var trusted = trust.Certificates;
            log.LogDebug(
                "trusted: {Pinned} signers, {Roots} authorities, {TimestampAuthorities} for timestamps",
                trusted.Pinned.Count,
                trusted.Roots.Count,
                trusted.TimestampAuthorities.Count);
            var question = new FileVerification.Question(trust, used, type, said);
            var isJson = result.GetValue(json);
            return place switch
            {
                ArtifactPlace.SingleFile file => VerificationPrinter.Print(
                    // Never null, as made sure above.
                    FileVerification.Manifest(result.GetValue(signature)!, file.File, result.GetValue(descriptor), question, clock, log), isJson),
                ArtifactPlace.Blob blob => VerificationPrinter.Print(
                    FileVerification.Blob(result.GetValue(signature) ?? blob.File.FindSignature(), blob.File, question, clock, log), isJson),
                _ => VerificationPrinter.Print(Stored(new ArtifactQuestion(trust, quorum) { Reference = used, Annotations = said, Budget = budget }), isJson),
            };

            StoredVerification.Answer Stored(ArtifactQuestion stored)
            {
                var verification = StoredVerification.Open(place, result.GetValue(shallow), log);
                if (verification.Note is { } note)
                    StandardStreams.WriteErrorLine($"nv2: note: {note}");
                return verification.Ask(stored, clock);
            }
        });
        return command;
    }

    private sealed record TrustOptions(
        Option<string[]> Certificates,
        Option<string[]> Roots,
        Option<string[]> TimestampAuthorities,
        Option<string?> Home,
        Option<string?> BlobScope);

    // Certificates that are given by hand are all that counts. Otherwise the policy decides, about the name under which the artifact is used.
    private static Trust ReadTrust(ParseResult result, TrustOptions options, ArtifactPlace place, Reference? used, TimeProvider clock)
    {
        var byHand = new Option[] { options.Certificates, options.Roots, options.TimestampAuthorities }.FirstOrDefault(
            option => result.GetResult(option) is { Implicit: false });
        if (byHand is null)
        {
            var home = result.GetValue(options.Home);
            return place is ArtifactPlace.Blob
                ? TrustHomeLocation.ByPolicyForBlob(home, CommonOptions.Parse(result, options.BlobScope, PolicyScope.ParseBlobName), clock)
                : TrustHomeLocation.ByPolicy(home, used, clock);
        }

        if (new Option<string?>[] { options.Home, options.BlobScope }.FirstOrDefault(option => result.GetValue(option) is not null) is { } ofPolicy)
            throw new UsageException($"{ofPolicy.Name} is for the trust policy, which does not decide where certificates are given by {byHand.Name}");
        var pinned = (result.GetValue(options.Certificates) ?? []).Select(InputFile.ReadCertificates).ToList();
        return Trust.ByHand(new TrustedCertificates([.. pinned.SelectMany(file => file)], CommonOptions.ReadCertificates(result, options.Roots))
        {
            Nv2Roots = [.. pinned.SelectMany(TrustedCertificates.AuthoritiesOf)],
            TimestampAuthorities = CommonOptions.ReadCertificates(result, options.TimestampAuthorities),
        });
    }

    // Two wishes that contradict each other are not weighed.
    private static Trust AllowRelocation(Trust trust, Reference? name)
    {
        if (trust.IsByPolicy)
            throw new UsageException(
                $"{AllowRelocatedOption} is for certificates that are given by hand: under the trust policy, nv2 trust allow {AllowRelocatedOption} says so");
        if (name is not null)
            throw new UsageException(
                $"{AllowRelocatedOption} lets the artifact be signed for any name, and --reference says which: expected one of the two");
        return trust.AllowingRelocation();
    }

    private static int ParseNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= StoredSignature.MaxReferrers
            ? number
            : throw new InvalidInputException($"{Quoted.Text(text)} is not a number of signers: expected 1 to {StoredSignature.MaxReferrers}");
}
