using System.Text;
using Nv2.Plugin.Containerd;
using Nv2.Plugin.Docker;
using Nv2.Plugin.Operations;
using Nv2.Signing;
using Nv2.Signing.Artifacts;

namespace Nv2.Fuzz.Targets;

/// <summary>The arguments that docker and containerd call with, one a line.</summary>
internal static class DockerTarget
{
    private static readonly Digest Verified = Digest.Parse($"sha256:{new string('a', 64)}");

    public static FuzzTarget Target { get; } =
        new("docker", "the arguments of docker nv2 pull and run, and of containerd's image verifier", () => [], Check);

    private static bool Check(byte[] input)
    {
        var arguments = Encoding.UTF8.GetString(input).Split('\n');
        _ = VerifierArguments.IsVerifier(arguments[0]);
        if (Attempt.At(() => VerifierArguments.Parse(arguments), out _))
        {
            Require.That(VerifierArguments.AreMeant(arguments), "a call of containerd's that would be taken for another");
            return true;
        }

        return arguments is [DockerInvocation.Pull or DockerInvocation.Run, .. var rest] && CheckDocker(arguments[0], rest);
    }

    // What docker gets names the verified image, and reads the same here: nothing of nv2's own is left, and the image is where it was.
    private static bool CheckDocker(string command, string[] rest)
    {
        if (!TryParse(command, rest, out var invocation))
            return false;

        IReadOnlyList<string> passed = invocation.ArgumentsFor(Verified);
        var image = $"{invocation.Image.Repository}@{Verified}";
        Require.That(passed[0] == command && passed[invocation.Options.Count + 1] == image, "the image is not behind the options");
        Require.That(TryParse(command, [.. passed.Skip(1)], out var again), "what docker gets would be refused here");
        var isSameImage = again.Image.Digest == Verified && again.Image.Repository == invocation.Image.Repository;
        Require.That(isSameImage, "docker would take another argument for the image");
        var isDividedSo = again.Options.SequenceEqual(invocation.Options) && again.Rest.SequenceEqual(invocation.Rest);
        Require.That(isDividedSo, "docker would divide the arguments otherwise");
        Require.That(again is { TrustHome: null, Transfer: null, Timeout: null, PlainHttp: false }, "docker gets an option of nv2's");
        _ = invocation.TagArgumentsFor(Verified);
        return true;
    }

    private static bool TryParse(string command, string[] rest, out DockerInvocation invocation)
    {
        try
        {
            invocation = DockerInvocation.Parse([], command, rest);
            return true;
        }
        catch (Exception exception) when (exception is InvalidInputException or UsageException)
        {
            invocation = null!; // Not used: the caller looks at the result first.
            return false;
        }
    }
}
