using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Containerd;

/// <summary>
/// The arguments by which containerd describes an image before it pulls or runs it (containerd, docs/image-verification.md, "CLI Arguments").
/// </summary>
/// <param name="Name">The image name, read as containerd does: the part before the first slash is the registry.</param>
/// <param name="Digest">The digest that containerd resolved the name to.</param>
/// <param name="Input">What is on standard input.</param>
internal sealed record VerifierArguments(Reference Name, Digest Digest, VerifierInput Input)
{
    /// <summary>The folder of containerd's verifiers in its default path.</summary>
    private const string VerifierFolder = "image-verifier";

    /// <summary>The name of a program that is only a verifier: <c>nv2-verifier</c>.</summary>
    private const string VerifierWord = "verifier";

    private const string NameFlag = "-name";
    private const string DigestFlag = "-digest";
    private const string InputTypeFlag = "-stdin-media-type";
    private const string OperationFlag = "-operation";

    private static readonly string[] Names = ["name", "digest", "stdin-media-type", "operation"];

    /// <summary>
    /// Whether arguments are containerd's. If another face took such a call, it could succeed and let an image through. So this is true for all
    /// arguments that have one of containerd's flags anywhere and in any form, or that begin with a flag in Go's form, which no other face uses.
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

    /// <summary>Whether a program is called only as a verifier, whatever its arguments are: in containerd's folder of verifiers, or by the name of a
    /// verifier.</summary>
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

    // --name is also an option of the command line, after the name of a command.
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
    /// <exception cref="InvalidInputException">An argument is missing, repeated, unknown or not valid; or the name has another digest.</exception>
    public static VerifierArguments Parse(string[] args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var index = 0; index < args.Length; index += 2)
        {
            var flag = args[index];
            if (flag is not (NameFlag or DigestFlag or InputTypeFlag or OperationFlag))
            {
                throw new InvalidInputException(
                    $"unknown argument {Quoted.Text(flag)}: expected {NameFlag}, {DigestFlag}, {InputTypeFlag} and optionally {OperationFlag}, "
                        + "each with its value as the next argument"
                );
            }

            if (index + 1 == args.Length)
                throw new InvalidInputException($"{flag} has no value");
            if (!values.TryAdd(flag, args[index + 1]))
                throw new InvalidInputException($"{flag} is given twice");
        }

        var name = Reference.ParseComplete(Required(NameFlag));
        var digest = Digest.Parse(Required(DigestFlag));
        var input = VerifierInput.Of(Required(InputTypeFlag), values.GetValueOrDefault(OperationFlag));
        return name.Digest is null || name.Digest == digest
            ? new VerifierArguments(name, digest, input)
            : throw new InvalidInputException($"digest mismatch: the name is {Quoted.Text(name.Text)}, and {DigestFlag} is {digest}");

        string Required(string flag) => values.TryGetValue(flag, out var value) ? value : throw new InvalidInputException($"{flag} is missing");
    }
}
