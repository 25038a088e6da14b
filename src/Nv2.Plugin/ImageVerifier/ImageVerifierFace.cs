using System.Text;
using Nv2.Plugin.CommandLine;
using Nv2.Plugin.Files;
using Nv2.Plugin.Trust;
using Nv2.Signing;
using Nv2.Signing.Artifacts;

namespace Nv2.Plugin.ImageVerifier;

/// <summary>
/// The image verifier of containerd (docs/image-verification.md, "Image Verifier Binary API"): says on standard output, in one line, whether an image may be pulled and why, and
/// with the exit code. Only 0 lets it through, and every doubt is a no.
/// </summary>
internal static class ImageVerifierFace
{
    private const string DescriptorType = "application/vnd.oci.descriptor.v1+json";
    private const int MaxInputBytes = 1024 * 1024;
    private const int MaxReasonLength = 1000;

    /// <summary>How long transfer programs that were ended may take to be gone.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    /// <summary>Decides about the image of a call.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args) => CommandLineFace.Guard("nv2", () =>
    {
        using var output = StandardStreams.OpenOutput();
        var (isAccepted, reason) = Guard(() => Decide(args));
        output.Write(Encoding.UTF8.GetBytes($"{Quoted.Lines(reason, MaxReasonLength)}\n"));
        return isAccepted ? ExitCodes.Success : ExitCodes.Failure;
    });

    private static (bool IsAccepted, string Reason) Decide(string[] args)
    {
        var arguments = VerifierArguments.Parse(args);
        var settings = VerifierSettings.Read();
        using var ending = new CancellationTokenSource();
        var decision = Task.Run(() => Guard(() => Decide(arguments, settings, ending.Token)));
        if (decision.Wait(settings.Timeout))
            return decision.Result;

        ending.Cancel();
        decision.Wait(Grace);
        return (false, $"{arguments.Name.Repository}@{arguments.Digest} is not verified: no decision within {settings.Timeout.TotalSeconds:0} seconds");
    }

    private static (bool IsAccepted, string Reason) Decide(VerifierArguments arguments, VerifierSettings settings, CancellationToken ending)
    {
        var image = $"{arguments.Name.Repository}@{arguments.Digest}";
        var subject = ReadSubject(arguments);
        var trust = TrustDecision.ByPolicy(new TrustHome(settings.TrustHome), arguments.Name);
        if (trust.SkipsAll)
            return (true, $"{image}: {Acceptance.Skipped(trust).Warning}");

        var verification = SignatureSources.Verify(settings.Signatures, arguments, subject, trust, settings.Timeout, ending);
        var acceptance = Acceptance.Of(verification, trust);
        if (acceptance.IsAccepted)
            return (true, acceptance.Warning is null ? $"{image} is verified: {VerdictText.Signers(verification)}" : $"{image}: {acceptance.Warning}");
        return (false, $"{image} is not verified: {VerdictText.Explain(verification, trust)}");
    }

    private static Descriptor ReadSubject(VerifierArguments arguments)
    {
        if (arguments.InputType != DescriptorType)
            throw new InvalidInputException($"-stdin-media-type is {Quoted.Text(arguments.InputType)}: expected {DescriptorType}");
        using var input = StandardStreams.OpenInput();
        var subject = Descriptor.Parse(InputFile.ReadAll(input, MaxInputBytes));
        return subject.Digest == arguments.Digest
            ? subject
            : throw new InvalidInputException($"the descriptor on standard input has the digest {subject.Digest}: expected that of -digest, {arguments.Digest}");
    }

    private static (bool IsAccepted, string Reason) Guard(Func<(bool, string)> decide)
    {
        try
        {
            return decide();
        }
#pragma warning disable CA1031 // Whatever goes wrong, the image is not let through, and containerd shows its user why.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return (false, $"not verified: {exception.Message}");
        }
    }
}
