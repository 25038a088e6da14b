using System.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Policy;
using Nv2.Signing.Text;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Containerd;

/// <summary>
/// The image verifier of containerd (docs/image-verification.md, "Image Verifier Binary API"): one line on standard output says whether an image may
/// be pulled or run, and why, and so does the exit code. Only exit code 0 accepts the image; every failure refuses it.
/// </summary>
internal static class ImageVerifier
{
    private const int MaxReasonLength = 1000;

    /// <summary>How long stopped transfer programs may take to exit.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    /// <summary>Decides about the image of a call.</summary>
    /// <param name="args">The arguments as containerd gives them.</param>
    /// <param name="clock">The time.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TimeProvider clock) =>
        ExitCodes.Guard(
            "nv2",
            () =>
            {
                using var output = StandardStreams.OpenOutput();
                var (isAccepted, reason) = Guard(() => Decide(args, clock));
                output.Write(Encoding.UTF8.GetBytes($"{Quoted.Lines(reason, MaxReasonLength)}\n"));
                return isAccepted ? ExitCodes.Success : ExitCodes.Failure;
            }
        );

    private static (bool IsAccepted, string Reason) Decide(string[] args, TimeProvider clock)
    {
        var arguments = VerifierArguments.Parse(args);
        var settings = VerifierSettings.Read();
        using var ending = new CancellationTokenSource();
        var decision = Task.Run(() => Guard(() => Decide(arguments, settings, clock, ending.Token)));
        if (decision.Wait(settings.Timeout))
            return decision.Result;

        ending.Cancel();
        decision.Wait(Grace);
        return (
            false,
            $"{arguments.Name.Repository}@{arguments.Digest} is not verified: no decision within {settings.Timeout.TotalSeconds:0} seconds"
        );
    }

    private static (bool IsAccepted, string Reason) Decide(
        VerifierArguments arguments,
        VerifierSettings settings,
        TimeProvider clock,
        CancellationToken ending
    )
    {
        var image = $"{arguments.Name.Repository}@{arguments.Digest}";
        var subject = ReadSubject(arguments);
        var trust = Trust.ByPolicy(new TrustHome(settings.TrustHome), arguments.Name, clock);
        var (verification, unseen) = SignatureSources.Verify(settings, arguments, subject, trust, clock, ending);
        if (verification.Decision is { IsAccepted: true } decision)
            return (
                true,
                decision.WarningText() is { } warning ? $"{image}: {warning}" : $"{image} is verified: {VerdictText.Signers(verification)}"
            );
        return (false, $"{image} is not verified: {VerdictText.Explain(verification)}{(unseen is null ? "" : $"; {unseen}")}");
    }

    private static Descriptor ReadSubject(VerifierArguments arguments)
    {
        var subject = arguments.Input.ReadDescriptor();
        return subject.Digest == arguments.Digest
            ? subject
            : throw new InvalidInputException(
                $"the descriptor on standard input has the digest {subject.Digest}: expected that of -digest, {arguments.Digest}"
            );
    }

    private static (bool IsAccepted, string Reason) Guard(Func<(bool, string)> decide)
    {
        try
        {
            return decide();
        }
#pragma warning disable CA1031 // Every failure refuses the image, and containerd shows its user the reason.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return (false, $"not verified: {exception.Message}{(InvalidInputException.FindHint(exception) is { } hint ? $"; hint: {hint}" : "")}");
        }
    }
}

/// <summary>Verdicts in one line, the only output that the user of containerd sees.</summary>
internal static class VerdictText
{
    private const int MaxSigners = 4;

    /// <summary>The signers whose signatures are valid.</summary>
    public static string Signers(ArtifactVerification verification) =>
        string.Join(
            ", ",
            verification
                .Signatures.Select(signature => signature.Result)
                .Where(result => result.Verified)
                .GroupBy(Name, result => result.Signature!.Format.Name) // Not null: it is verified.
                .Select(signer => $"signed by {signer.Key} ({string.Join(", ", signer.Distinct())})")
                .Take(MaxSigners)
        );

    /// <summary>Why an image is refused: the first reason of each signature, and where to get the missing certificates.</summary>
    public static string Explain(ArtifactVerification verification)
    {
        var reasons = verification
            .Signatures.Select(signature => signature.Result)
            .Select(result => (Result: result, Check: result.Checks.FirstOrDefault(check => check is { Passed: false, WasMade: true })))
            .Where(failed => failed.Check is not null)
            .GroupBy(
                failed => failed.Result.Signer is null ? "" : $" (signed by {Name(failed.Result)})",
                failed => $"{failed.Check!.Name.InJson()}: {failed.Check.Reason}"
            ) // Not null: filtered.
            .Select(signer => string.Join("; ", signer.Distinct()) + signer.Key)
            .Take(MaxSigners)
            .ToList();
        var known = CertificateSource
            .Of(verification.Question.Trust, verification.Signatures.Select(signature => signature.Result))
            .Take(MaxSigners)
            .ToList();
        var sources = known.Select(source =>
            source.Sha256Thumbprint is null
                ? $"its certificate names {source.Url} as the address of its issuer's certificate"
                : $"its certificate is at {source.Url}, sha256 {source.Sha256Thumbprint}"
        );
        string[] caution = known.Any(source => source.Sha256Thumbprint is null) ? ["check the certificate's fingerprint with its owner"] : [];
        return string.Join("; ", [verification.Failure ?? "", .. reasons, .. caution, .. sources]);
    }

    private static string Name(VerificationResult result) =>
        result.Signer is null
            ? "an unknown signer"
            : $"{DistinguishedName.BriefOf(result.Signer)}, sha256 {CertificateDescription.Of(result.Signer).Sha256Thumbprint}";
}
