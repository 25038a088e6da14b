using Nv2.Signing;

namespace Nv2.Plugin.Docker;

/// <summary>
/// The options of a docker command: which take a value, and which do not. The image is the first argument that is neither an option nor the value of one; to take another one for
/// it would be to verify something else than what docker runs. So an option that is not known here is refused, unless its value is joined to it.
/// </summary>
internal sealed class DockerOptions(string[] flags, string[] valued, string shortFlags, string shortValued)
{
    /// <summary>Options of docker itself, before the name of a command.</summary>
    public static DockerOptions Global { get; } = new(
        ["--debug", "--tls", "--tlsverify"], ["--config", "--context", "--host", "--log-level", "--tlscacert", "--tlscert", "--tlskey"], "D", "cHl");

    /// <summary>Options of <c>docker pull</c>.</summary>
    public static DockerOptions Pull { get; } = new(["--disable-content-trust", "--quiet"], ["--platform"], "q", "");

    /// <summary>Options of <c>docker run</c>.</summary>
    public static DockerOptions Run { get; } = new(
        [
            "--detach", "--disable-content-trust", "--init", "--interactive", "--no-healthcheck", "--oom-kill-disable", "--privileged", "--publish-all", "--quiet", "--read-only", "--rm",
            "--sig-proxy", "--tty", "--use-api-socket",
        ],
        [
            "--add-host", "--annotation", "--attach", "--blkio-weight", "--blkio-weight-device", "--cap-add", "--cap-drop", "--cgroup-parent", "--cgroupns", "--cidfile", "--cpu-count",
            "--cpu-percent", "--cpu-period", "--cpu-quota", "--cpu-rt-period", "--cpu-rt-runtime", "--cpu-shares", "--cpus", "--cpuset-cpus", "--cpuset-mems", "--detach-keys",
            "--device", "--device-cgroup-rule", "--device-read-bps", "--device-read-iops", "--device-write-bps", "--device-write-iops", "--dns", "--dns-opt", "--dns-option", "--dns-search",
            "--domainname", "--entrypoint", "--env", "--env-file", "--expose", "--gpus", "--group-add", "--health-cmd", "--health-interval", "--health-retries",
            "--health-start-interval", "--health-start-period", "--health-timeout", "--hostname", "--io-maxbandwidth", "--io-maxiops", "--ip", "--ip6", "--ipc", "--isolation",
            "--kernel-memory", "--label", "--label-file", "--link", "--link-local-ip", "--log-driver", "--log-opt", "--mac-address", "--memory", "--memory-reservation",
            "--memory-swap", "--memory-swappiness", "--mount", "--name", "--net", "--net-alias", "--network", "--network-alias", "--oom-score-adj", "--pid", "--pids-limit", "--platform", "--publish",
            "--pull", "--restart", "--runtime", "--security-opt", "--shm-size", "--stop-signal", "--stop-timeout", "--storage-opt", "--sysctl", "--tmpfs", "--ulimit", "--user",
            "--userns", "--uts", "--volume", "--volume-driver", "--volumes-from", "--workdir",
        ],
        "ditPq",
        "acehlmpuvw");

    /// <summary>How many arguments the option takes that begins at <paramref name="index"/>, itself included; 0 where there is no option.</summary>
    /// <exception cref="InvalidInputException">It is not known whether it takes a value.</exception>
    public int Length(IReadOnlyList<string> arguments, int index)
    {
        var argument = arguments[index];
        if (argument.Length < 2 || argument[0] != '-')
            return 0;
        if (argument.StartsWith("--", StringComparison.Ordinal))
            return argument.Contains('=', StringComparison.Ordinal) || flags.Contains(argument) ? 1 : valued.Contains(argument) ? 2 : throw Unknown(argument);

        // Short options without values can be written as one, and the last of them can have its value joined to it: -itp8080:80.
        for (var position = 1; position < argument.Length; position++)
        {
            if (shortValued.Contains(argument[position], StringComparison.Ordinal))
                return position == argument.Length - 1 ? 2 : 1;
            if (!shortFlags.Contains(argument[position], StringComparison.Ordinal))
                throw Unknown(argument);
        }

        return 1;
    }

    private static InvalidInputException Unknown(string option) => new(
        $"the option {Quoted.Text(option)} is not known here, and so not what follows it, the image or a value: expected one that 'docker run --help' lists, or its value joined to it with =");
}
