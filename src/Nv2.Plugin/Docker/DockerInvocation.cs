using Nv2.Plugin.Operations;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Docker;

/// <summary>A call of <c>docker pull</c> or <c>docker run</c>, and nv2's own options for verifying the image first.</summary>
/// <param name="Global">Options of docker itself.</param>
/// <param name="Command"><c>pull</c> or <c>run</c>.</param>
/// <param name="Options">The command's options.</param>
/// <param name="Image">The image as it was named.</param>
/// <param name="Rest">What follows the image: the command in the container.</param>
internal sealed record DockerInvocation(
    IReadOnlyList<string> Global,
    string Command,
    IReadOnlyList<string> Options,
    Reference Image,
    IReadOnlyList<string> Rest
)
{
    public const string Pull = "pull";
    public const string Run = "run";

    private const string TrustHomeOption = "--trust-home";

    private static readonly string[] OwnValued = [TrustHomeOption, TransferChoice.ToolOption, TransferChoice.TimeoutOption];

    /// <summary>The value of nv2's option <c>--trust-home</c>, or <see langword="null"/>.</summary>
    public string? TrustHome => Own.GetValueOrDefault(TrustHomeOption);

    /// <summary>The value of nv2's option <c>--transfer</c>, or <see langword="null"/>.</summary>
    public string? Transfer => Own.GetValueOrDefault(TransferChoice.ToolOption);

    /// <summary>The value of nv2's option <c>--timeout</c>, or <see langword="null"/>.</summary>
    public string? Timeout => Own.GetValueOrDefault(TransferChoice.TimeoutOption);

    /// <summary>Whether nv2's option <c>--plain-http</c> is given.</summary>
    public bool PlainHttp => Own.ContainsKey(TransferChoice.PlainHttpOption);

    // By name; empty values for options without one.
    private Dictionary<string, string> Own { get; init; } = [];

    /// <summary>The image by the digest that was verified, in the repository that it was named in.</summary>
    private string ImageAt(Digest digest) => $"{Image.Repository}@{digest}";

    /// <summary>The arguments to call docker with, the image by its digest.</summary>
    public IReadOnlyList<string> ArgumentsFor(Digest digest) => [.. Global, Command, .. Options, ImageAt(digest), .. Rest];

    /// <summary>
    /// The arguments that give a pulled image its tag, or <see langword="null"/> if there is no tag. An image that is pulled by digest has no tag;
    /// with the requested tag, later commands find the verified image.
    /// </summary>
    public IReadOnlyList<string>? TagArgumentsFor(Digest digest) =>
        Command == Pull && Image.EffectiveTag is { } tag ? [.. Global, "tag", ImageAt(digest), $"{Image.Repository}:{tag}"] : null;

    /// <summary>Parses the arguments of <c>docker nv2 pull</c> or <c>docker nv2 run</c>.</summary>
    /// <exception cref="InvalidInputException">An option is unknown or uses another image, no image is named, or the name cannot be an image in a
    /// registry.</exception>
    public static DockerInvocation Parse(IReadOnlyList<string> global, string command, IReadOnlyList<string> arguments)
    {
        var known = command == Pull ? DockerOptions.Pull : DockerOptions.Run;
        var options = new List<string>();
        var own = new Dictionary<string, string>(StringComparer.Ordinal);
        string? refusal = null;
        var index = 0;
        while (index < arguments.Count)
        {
            if (arguments[index] == "--")
            {
                index++;
                break;
            }

            if (TakeOwn(arguments, index, own) is > 0 and var taken)
            {
                index += taken;
                continue;
            }

            var length = known.Length(arguments, index);
            if (length == 0)
                break;
            var option = arguments.Skip(index).Take(length).ToList();
            refusal ??= known.FindBroughtAlong(option);
            options.AddRange(option);
            index += length;
        }

        if (index >= arguments.Count)
            throw new InvalidInputException($"no image is given: expected docker nv2 {command} [OPTIONS] IMAGE");
        var rest = arguments.Skip(index + 1).ToList();
        if (command == Pull && rest.Count > 0)
            throw new InvalidInputException(
                $"unexpected argument {Quoted.Text(rest[0])} after the image: expected options before the image, and one image"
            );
        var invocation = new DockerInvocation(global, command, options, Reference.Parse(arguments[index]), rest) { Own = own };
        _ = invocation.ReadTransfer();
        return refusal is null ? invocation : throw new InvalidInputException(refusal);
    }

    /// <summary>How nv2's options say that signatures are fetched.</summary>
    /// <exception cref="UsageException">A value is not valid.</exception>
    public TransferChoice ReadTransfer() => TransferChoice.Parse(Transfer, PlainHttp, Timeout);

    private static int TakeOwn(IReadOnlyList<string> arguments, int index, Dictionary<string, string> own)
    {
        var argument = arguments[index];
        if (argument == TransferChoice.PlainHttpOption)
        {
            own[argument] = "";
            return 1;
        }

        var name = argument.Split('=', 2);
        if (!OwnValued.Contains(name[0]))
            return 0;
        if (name.Length == 2)
            own[name[0]] = name[1];
        else if (index + 1 < arguments.Count)
            own[name[0]] = arguments[index + 1];
        else
            throw new InvalidInputException($"{argument} has no value");
        return 3 - name.Length;
    }
}

/// <summary>
/// The options of a docker command, with and without values. The image is the first argument that is neither an option nor the value of one. A wrong
/// guess would verify something else than what docker runs. So an unknown option is refused, unless its value is joined to it.
/// </summary>
/// <param name="command">The command in messages, <c>run</c>; empty for docker itself.</param>
/// <param name="flags">The options without a value.</param>
/// <param name="valued">The options with one.</param>
/// <param name="shortFlags">The short options without a value.</param>
/// <param name="shortValued">The short options with one.</param>
internal sealed class DockerOptions(string command, string[] flags, string[] valued, string shortFlags, string shortValued)
{
    private readonly string[] flags = flags;
    private readonly string[] valued = valued;

    // The short name of --all-tags, where the command has it.
    private char? allTags;

    // Where a namespace can be another container's; CSV forms (name=container:x) do not avoid the check.
    private const string OtherContainer = "container:";

    private const string ImageMount = "type=image";

    private const string AllTags = "--all-tags";

    private static readonly string[] Namespaces = ["--network", "--net", "--pid", "--ipc", "--uts", "--userns", "--cgroupns"];

    // A mount of another type, such as image, has unverified content.
    private static readonly string[] MountTypes = ["bind", "volume", "tmpfs", "npipe", "cluster"];

    /// <summary>Options of docker itself, before the name of a command.</summary>
    public static DockerOptions Global { get; } =
        new(
            "",
            ["--debug", "--tls", "--tlsverify"],
            ["--config", "--context", "--host", "--log-level", "--tlscacert", "--tlscert", "--tlskey"],
            "D",
            "cHl"
        );

    /// <summary>Options of <c>docker pull</c>.</summary>
    public static DockerOptions Pull { get; } =
        new("pull", [AllTags, "--disable-content-trust", "--quiet"], ["--platform"], "aq", "") { allTags = 'a' };

    /// <summary>Options of <c>docker run</c>.</summary>
    public static DockerOptions Run { get; } =
        new(
            "run",
            [
                "--detach",
                "--disable-content-trust",
                "--init",
                "--interactive",
                "--no-healthcheck",
                "--oom-kill-disable",
                "--privileged",
                "--publish-all",
                "--quiet",
                "--read-only",
                "--rm",
                "--sig-proxy",
                "--tty",
                "--use-api-socket",
            ],
            [
                "--add-host",
                "--annotation",
                "--attach",
                "--blkio-weight",
                "--blkio-weight-device",
                "--cap-add",
                "--cap-drop",
                "--cgroup-parent",
                "--cgroupns",
                "--cidfile",
                "--cpu-count",
                "--cpu-percent",
                "--cpu-period",
                "--cpu-quota",
                "--cpu-rt-period",
                "--cpu-rt-runtime",
                "--cpu-shares",
                "--cpus",
                "--cpuset-cpus",
                "--cpuset-mems",
                "--detach-keys",
                "--device",
                "--device-cgroup-rule",
                "--device-read-bps",
                "--device-read-iops",
                "--device-write-bps",
                "--device-write-iops",
                "--dns",
                "--dns-opt",
                "--dns-option",
                "--dns-search",
                "--domainname",
                "--entrypoint",
                "--env",
                "--env-file",
                "--expose",
                "--gpus",
                "--group-add",
                "--health-cmd",
                "--health-interval",
                "--health-retries",
                "--health-start-interval",
                "--health-start-period",
                "--health-timeout",
                "--hostname",
                "--io-maxbandwidth",
                "--io-maxiops",
                "--ip",
                "--ip6",
                "--ipc",
                "--isolation",
                "--kernel-memory",
                "--label",
                "--label-file",
                "--link",
                "--link-local-ip",
                "--log-driver",
                "--log-opt",
                "--mac-address",
                "--memory",
                "--memory-reservation",
                "--memory-swap",
                "--memory-swappiness",
                "--mount",
                "--name",
                "--net",
                "--net-alias",
                "--network",
                "--network-alias",
                "--oom-score-adj",
                "--pid",
                "--pids-limit",
                "--platform",
                "--publish",
                "--pull",
                "--restart",
                "--runtime",
                "--security-opt",
                "--shm-size",
                "--stop-signal",
                "--stop-timeout",
                "--storage-opt",
                "--sysctl",
                "--tmpfs",
                "--ulimit",
                "--user",
                "--userns",
                "--uts",
                "--volume",
                "--volume-driver",
                "--volumes-from",
                "--workdir",
            ],
            "ditPq",
            "acehlmpuvw"
        );

    /// <summary>The long options.</summary>
    public IEnumerable<string> Names => flags.Concat(valued);

    /// <summary>How many arguments the option takes that begins at <paramref name="index"/>, including itself; 0 if there is no option.</summary>
    /// <exception cref="InvalidInputException">It is not known whether it takes a value.</exception>
    public int Length(IReadOnlyList<string> arguments, int index)
    {
        var argument = arguments[index];
        if (argument.Length < 2 || argument[0] != '-')
            return 0;
        if (argument.StartsWith("--", StringComparison.Ordinal))
            return argument.Contains('=', StringComparison.Ordinal) || flags.Contains(argument) ? 1
                : valued.Contains(argument) ? 2
                : throw Unknown(argument, Names);

        // Short options without values can be written as one, and the last of them can have its value joined to it: -itp8080:80.
        for (var position = 1; position < argument.Length; position++)
        {
            if (shortValued.Contains(argument[position], StringComparison.Ordinal))
                return position == argument.Length - 1 ? 2 : 1;
            if (!shortFlags.Contains(argument[position], StringComparison.Ordinal))
                throw Unknown(argument, []);
        }

        return 1;
    }

    /// <summary>Why an option, with its value, is refused because it adds unverified content; or <see langword="null"/>.</summary>
    /// <param name="option">The arguments of one option, as many as <see cref="Length"/> says.</param>
    public string? FindBroughtAlong(IReadOnlyList<string> option)
    {
        // No other short option adds content.
        if (!option[0].StartsWith("--", StringComparison.Ordinal))
            return allTags is { } shortName && option[0].Contains(shortName, StringComparison.Ordinal)
                ? $"{Quoted.Text(option[0])} {Refuse(AllTags, "")}"
                : null;
        var parts = option[0].Split('=', 2);
        return
            Refuse(
                parts[0],
                parts.Length == 2 ? parts[1]
                    : option.Count > 1 ? option[1]
                    : ""
            )
                is { } reason
            ? $"{Quoted.Text(string.Join(' ', option))} {reason}"
            : null;
    }

    private static string? Refuse(string name, string value) =>
        name switch
        {
            AllTags when IsTrue(value) => "pulls all images of a repository, and only one name is verified: expected NAME:TAG or NAME@DIGEST",
            "--volumes-from" => "uses the volumes of another container, whose image is not verified: expected no volumes of containers",
            "--link" => "links another container, whose image is not verified: expected a network (--network)",
            "--use-api-socket" when IsTrue(value) => "lets the container start images that are not verified: expected no access to docker",
            "--mount" when !IsPlainMount(value) => "mounts an image or other unverified content: expected a mount of the type bind, volume or tmpfs",
            _ when (Namespaces.Contains(name) || !IsKnownWithRun(name)) && value.Contains(OtherContainer, StringComparison.OrdinalIgnoreCase) =>
                "joins another container, whose image is not verified: expected its own namespace, or the host's",
            _ when !IsKnownWithRun(name) && value.Contains(ImageMount, StringComparison.OrdinalIgnoreCase) =>
                "uses an image that is not verified: expected no such option",
            _ => null,
        };

    private static bool IsKnownWithRun(string name) => Run.flags.Contains(name) || Run.valued.Contains(name);

    // As Go reads a flag in the form --flag=VALUE; docker refuses other values.
    private static bool IsTrue(string value) => value is not ("false" or "FALSE" or "False" or "f" or "F" or "0");

    // key=value pairs, separated by commas; without a type it is a volume. Quoted values, which docker accepts too, are not needed.
    private static bool IsPlainMount(string value) =>
        !value.Contains('"', StringComparison.Ordinal)
        && value
            .Split(',')
            .Select(pair => pair.Split('=', 2))
            .Where(pair => pair[0].Trim().Equals("type", StringComparison.OrdinalIgnoreCase))
            .All(pair => pair.Length == 2 && MountTypes.Contains(pair[1].Trim().ToLowerInvariant()));

    private InvalidInputException Unknown(string option, IEnumerable<string> near) =>
        new(
            $"unknown docker option {Quoted.Text(option)}: whether the next argument is its value or the image is not known; "
                + $"expected an option that '{$"docker {command}".Trim()} --help' lists, or its value joined with "
                + $"={NearestName.Suggest(option, near)}"
        );
}
