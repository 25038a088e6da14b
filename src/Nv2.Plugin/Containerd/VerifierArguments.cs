using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Containerd;

/// <summary>
/// The arguments by which containerd describes an image before it pulls it (containerd, docs/image-verification.md, "CLI Arguments").
/// </summary>
/// <param name="Name">The image as somebody named it: with a tag, with a digest, or both.</param>
/// <param name="Digest">The digest that the name stands for.</param>
/// <param name="InputType">What is on standard input.</param>
internal sealed record VerifierArguments(Reference Name, Digest Digest, string InputType)
{
    private const string NameFlag = "-name";
    private const string DigestFlag = "-digest";
    private const string InputTypeFlag = "-stdin-media-type";

    /// <summary>Whether containerd is calling: no option of the command line begins so.</summary>
    public static bool AreMeant(string[] args) => args is [NameFlag or DigestFlag or InputTypeFlag, ..];

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="InvalidInputException">One is missing, there twice, not known, or not what it must be; or the name has another
    /// digest.</exception>
    public static VerifierArguments Parse(string[] args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var index = 0; index < args.Length; index += 2)
        {
            var flag = args[index];
            if (flag is not (NameFlag or DigestFlag or InputTypeFlag))
                throw new InvalidInputException(
                    $"{Quoted.Text(flag)} is not known: expected {NameFlag}, {DigestFlag} and "
                        + $"{InputTypeFlag}, each with its value as the next argument");
            if (index + 1 == args.Length)
                throw new InvalidInputException($"{flag} has no value");
            if (!values.TryAdd(flag, args[index + 1]))
                throw new InvalidInputException($"{flag} is there twice");
        }

        var name = Reference.Parse(Required(NameFlag));
        var digest = Digest.Parse(Required(DigestFlag));
        return name.Digest is null || name.Digest == digest
            ? new VerifierArguments(name, digest, Required(InputTypeFlag))
            : throw new InvalidInputException($"the name {Quoted.Text(name.Text)} has another digest than {DigestFlag} {digest}");

        string Required(string flag) => values.TryGetValue(flag, out var value) ? value : throw new InvalidInputException($"{flag} is missing");
    }
}
