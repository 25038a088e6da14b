using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Containerd;

/// <summary>
/// The arguments by which containerd describes an image before it pulls or runs it (containerd, docs/image-verification.md, "CLI Arguments").
/// </summary>
/// <param name="Name">The image as somebody named it, read as containerd does: what stands before the first slash is the registry.</param>
/// <param name="Digest">The digest that the name stands for.</param>
/// <param name="Input">What is on standard input.</param>
internal sealed record VerifierArguments(Reference Name, Digest Digest, VerifierInput Input)
{
    /// <summary>The folder of containerd's verifiers, in every path that it has by default.</summary>
    private const string VerifierFolder = "image-verifier";

    /// <summary>What the name of a program says that is a verifier and nothing else: <c>nv2-verifier</c>.</summary>
    private const string VerifierWord = "verifier";

    private const string NameFlag = "-name";
    private const string DigestFlag = "-digest";
    private const string InputTypeFlag = "-stdin-media-type";
    private const string OperationFlag = "-operation";

    private static readonly string[] Names = ["name", "digest", "stdin-media-type", "operation"];

    /// <summary>
    /// Whether arguments are containerd's. A call that is taken for another one could succeed, and let an image through; so all are that have one of
    /// containerd's flags anywhere and in any form, or that begin with a flag in Go's form, which no other face has.
    /// </summary>
    public static bool AreMeant(string[] args)
    {
        if (args is [['-', not ('-' or '?'), _, ..], ..])
            return true;
        var beginsWithFlag = args is [['-', ..], ..];
        foreach (var argument in args)
        {
            if (IsFlag(argument, beginsWithFlag))
                return true;
        }

        return false;
    }

    /// <summary>Whether a program is called as a verifier and nothing else, whatever its arguments are: in containerd's folder of verifiers, or by a
    /// name that says so.</summary>
    public static bool IsVerifier(string program)
    {
        if (Path.GetFileName(program).Contains(VerifierWord, StringComparison.OrdinalIgnoreCase))
            return true;
        foreach (var part in program.AsSpan().Split('/'))
        {
            if (program.AsSpan(part).SequenceEqual(VerifierFolder))
                return true;
        }

        return false;
    }

    // --name is an option of the command line too, behind the name of a command.
    private static bool IsFlag(string argument, bool beginsWithFlag)
    {
        var name = argument.AsSpan().TrimStart('-');
        var dashes = argument.Length - name.Length;
        if (dashes == 0)
            return false;
        if (name.IndexOf('=') is >= 0 and var equals)
            name = name[..equals];
        foreach (var known in Names)
        {
            if (name.Equals(known, StringComparison.OrdinalIgnoreCase))
                return dashes == 1 || beginsWithFlag || known != "name";
        }

        return false;
    }

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="InvalidInputException">One is missing, there twice, not known, or not what it must be; or the name has another
    /// digest.</exception>
    public static VerifierArguments Parse(string[] args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var index = 0; index < args.Length; index += 2)
        {
            var flag = args[index];
            if (flag is not (NameFlag or DigestFlag or InputTypeFlag or OperationFlag))
            {
                throw new InvalidInputException(
                    $"{Quoted.Text(flag)} is not known: expected {NameFlag}, {DigestFlag}, {InputTypeFlag} and perhaps {OperationFlag}, "
                        + "each with its value as the next argument"
                );
            }

            if (index + 1 == args.Length)
                throw new InvalidInputException($"{flag} has no value");
            if (!values.TryAdd(flag, args[index + 1]))
                throw new InvalidInputException($"{flag} is there twice");
        }

        var name = Reference.ParseComplete(Required(NameFlag));
        var digest = Digest.Parse(Required(DigestFlag));
        var input = VerifierInput.Of(Required(InputTypeFlag), values.GetValueOrDefault(OperationFlag));
        return name.Digest is null || name.Digest == digest
            ? new VerifierArguments(name, digest, input)
            : throw new InvalidInputException($"the name {Quoted.Text(name.Text)} has another digest than {DigestFlag} {digest}");

        string Required(string flag) => values.TryGetValue(flag, out var value) ? value : throw new InvalidInputException($"{flag} is missing");
    }
}
