using Nv2.Signing;
using Nv2.Signing.Artifacts;

namespace Nv2.Plugin.Docker;

/// <summary>What docker is to be called with: options, an image, and the rest; and what nv2 was told about verifying the image.</summary>
/// <param name="Global">Options of docker itself.</param>
/// <param name="Command"><c>pull</c> or <c>run</c>.</param>
/// <param name="Options">The command's options.</param>
/// <param name="Image">The image as it was named.</param>
/// <param name="Rest">What follows the image: the command in the container.</param>
internal sealed record DockerInvocation(IReadOnlyList<string> Global, string Command, IReadOnlyList<string> Options, Reference Image, IReadOnlyList<string> Rest)
{
    public const string Pull = "pull";
    public const string Run = "run";

    // As in --mount type=image,source=IMAGE: what is in there, the container can run.
    private const string ImageMount = "type=image";

    private static readonly string[] OwnValued = ["--trust-home", "--transfer", "--timeout"];

    /// <summary>nv2's own options, without their values where they take none: <c>--plain-http</c>.</summary>
    public required IReadOnlyDictionary<string, string> Own { get; init; }

    /// <summary>The image by the digest that was verified, in the repository that it was named in.</summary>
    public string ImageAt(Digest digest) => $"{Image.Repository}@{digest}";

    /// <summary>The arguments to call docker with, the image by its digest.</summary>
    public IReadOnlyList<string> ArgumentsFor(Digest digest) => [.. Global, Command, .. Options, ImageAt(digest), .. Rest];

    /// <summary>Reads what follows <c>docker nv2 pull</c> or <c>docker nv2 run</c>.</summary>
    /// <exception cref="InvalidInputException">An option is not known, or uses another image, or no image is named, or what is named can be no image in a registry.</exception>
    public static DockerInvocation Parse(IReadOnlyList<string> global, string command, IReadOnlyList<string> arguments)
    {
        var known = command == Pull ? DockerOptions.Pull : DockerOptions.Run;
        var options = new List<string>();
        var own = new Dictionary<string, string>(StringComparer.Ordinal);
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
            if (option.Exists(part => part.Contains(ImageMount, StringComparison.OrdinalIgnoreCase)))
                throw new InvalidInputException($"{Quoted.Text(string.Join(' ', option))} uses an image that would not be verified: expected no mounts of images");
            options.AddRange(option);
            index += length;
        }

        if (index >= arguments.Count)
            throw new InvalidInputException($"no image is named: expected docker nv2 {command} [OPTIONS] IMAGE");
        var rest = arguments.Skip(index + 1).ToList();
        if (command == Pull && rest.Count > 0)
            throw new InvalidInputException($"{Quoted.Text(rest[0])} follows the image: expected the options before it, and one image");
        return new DockerInvocation(global, command, options, Reference.Parse(arguments[index]), rest) { Own = own };
    }

    private static int TakeOwn(IReadOnlyList<string> arguments, int index, Dictionary<string, string> own)
    {
        var argument = arguments[index];
        if (argument == "--plain-http")
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
