using System.CommandLine;
using Nv2.Plugin.Operations;
using Nv2.Signing;
using Nv2.Signing.Text;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Cli.Options;

/// <summary>The options for verifying the manifests below an index.</summary>
internal sealed class TreeOptions
{
    private const string Each = "each";
    private const string Index = "index";

    private readonly Option<string?> recursive = new("--recursive")
    {
        Description =
            "Also verify the manifests below an image index. each: every manifest must have its own valid signatures, as from 'sign --recursive'. "
            + "index: the signatures of the index cover them by digest; in a layout or a registry",
        HelpName = "each|index",
    };

    private readonly Option<bool> allowMissing = new("--allow-missing")
    {
        Description = "With --recursive: manifests that the index lists may be missing from the layout, such as those of other platforms",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command to)
    {
        to.Add(recursive);
        to.Add(allowMissing);
    }

    /// <summary>The options that need signatures stored beside the artifact.</summary>
    public IEnumerable<Option> OfStored => [recursive, allowMissing];

    /// <summary>Reads what is asked; <see langword="null"/> where nothing is.</summary>
    /// <exception cref="UsageException">The value is not known, or <c>--allow-missing</c> is given alone.</exception>
    public TreeQuestion? Read(ParseResult result)
    {
        if (result.GetValue(recursive) is { } text)
            return new(UsageException.Parse(recursive.Name, text, Parse), result.GetValue(allowMissing));
        return result.GetValue(allowMissing) ? throw new UsageException($"{allowMissing.Name} requires {recursive.Name}") : null;
    }

    private static TreeDemand Parse(string text) =>
        text switch
        {
            Each => TreeDemand.Each,
            Index => TreeDemand.Index,
            _ => throw new InvalidInputException(
                $"{Quoted.Text(text)} is not a way to verify an index: expected {Each} or {Index}{NearestName.Suggest(text, [Each, Index])}"
            ),
        };
}

/// <summary>A list of artifacts to go over.</summary>
/// <param name="List">The file with the list, or <c>-</c>.</param>
/// <param name="Report">The file for the report, or <see langword="null"/>.</param>
/// <param name="Resume">Whether to continue an existing report.</param>
internal sealed record BatchRequest(string List, string? Report, bool Resume);

/// <summary>The options for a list of artifacts.</summary>
internal sealed class BatchOptions
{
    private readonly Option<string?> batch;

    private readonly Option<string?> report = new("--report")
    {
        Description = "With --batch: write a line of JSON for each artifact to this file, in the order of the list",
        HelpName = "file",
    };

    private readonly Option<bool> resume = new("--resume")
    {
        Description = "With --report: continue the report of an interrupted run. A result is kept if none of its inputs has changed",
    };

    /// <summary>The options.</summary>
    /// <param name="does">What the command does, capitalized.</param>
    public BatchOptions(string does) =>
        batch = new("--batch")
        {
            Description =
                $"{does} every artifact of a list, in a file or - for standard input: one per line, in the form of the command line (a "
                + "reference, a file, "
                + "--oci-layout PATH[:TAG], --blob FILE); # begins a comment",
            HelpName = "file|-",
        };

    /// <summary>The name of the option that names the list.</summary>
    public string Name => batch.Name;

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command to)
    {
        to.Add(batch);
        to.Add(report);
        to.Add(resume);
    }

    /// <summary>Reads the request, or <see langword="null"/>.</summary>
    /// <exception cref="UsageException">An option is given without the one that it requires.</exception>
    public BatchRequest? Read(ParseResult result)
    {
        var list = result.GetValue(batch);
        if (list is null && (result.GetValue(report) is not null || result.GetValue(resume)))
            throw new UsageException($"{(result.GetValue(resume) ? resume : (Option)report).Name} requires {batch.Name}");
        if (result.GetValue(resume) && result.GetValue(report) is null)
            throw new UsageException($"{resume.Name} requires {report.Name}");
        return list is null ? null : new(list, result.GetValue(report), result.GetValue(resume));
    }

    /// <summary>Refuses options that have no meaning for a list.</summary>
    /// <exception cref="UsageException">One of them was given.</exception>
    public void Refuse(ParseResult result, IEnumerable<Option> options)
    {
        if (options.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } given)
            throw new UsageException($"{given.Name} cannot be combined with {batch.Name}");
    }

    /// <summary>Adds the options of a command line to a digest, except those that do not change the result.</summary>
    public static void Describe(ParseResult result, InputsDigest inputs)
    {
        string[] without =
        [
            "--batch",
            "--report",
            "--resume",
            "--json",
            "--verbose",
            "--transfer",
            "--timeout",
            "--key-timeout",
            "--passphrase-from",
            "--trust-home",
        ];
        inputs.Add("command", result.CommandResult.Command.Name);
        foreach (var option in result.CommandResult.Command.Options.Where(option => !without.Contains(option.Name)))
        {
            if (result.GetResult(option) is { Implicit: false } given)
                inputs.Add(option.Name, string.Join('\0', given.Tokens.Select(token => token.Value)));
        }
    }
}
