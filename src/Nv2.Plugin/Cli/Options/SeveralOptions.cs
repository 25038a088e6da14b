using System.CommandLine;
using Nv2.Plugin.Operations;
using Nv2.Signing;
using Nv2.Signing.Text;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Cli.Options;

/// <summary>The options by which a verification asks for the manifests below an index.</summary>
internal sealed class TreeOptions
{
    private const string Each = "each";
    private const string Index = "index";

    private readonly Option<string?> recursive = new("--recursive")
    {
        Description =
            "Verify the manifests below an image index too. each: every one must have valid signatures of its own, as 'sign --recursive' makes them. index: the "
            + "signatures of the index cover them by their digests; in a layout or a registry",
        HelpName = "each|index",
    };

    private readonly Option<bool> allowMissing = new("--allow-missing")
    {
        Description = "With --recursive: the layout may lack some of the manifests that the index lists, such as those of other platforms",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command to)
    {
        to.Add(recursive);
        to.Add(allowMissing);
    }

    /// <summary>The options that are for artifacts with signatures beside them alone.</summary>
    public IEnumerable<Option> OfStored => [recursive, allowMissing];

    /// <summary>Reads what is asked; <see langword="null"/> where nothing is.</summary>
    /// <exception cref="UsageException">The value is not known, or <c>--allow-missing</c> is given alone.</exception>
    public TreeQuestion? Read(ParseResult result)
    {
        if (result.GetValue(recursive) is { } text)
            return new(UsageException.Parse(recursive.Name, text, Parse), result.GetValue(allowMissing));
        return result.GetValue(allowMissing)
            ? throw new UsageException($"{allowMissing.Name} is for the manifests below an index: expected {recursive.Name} with it")
            : null;
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
/// <param name="Resume">Whether to go on with the report that is there.</param>
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
        Description =
            "With --report: go on with the report of a run that was ended. What it has is taken over where nothing that decides about it has changed",
    };

    /// <summary>The options.</summary>
    /// <param name="does">What the command does, with a capital letter.</param>
    public BatchOptions(string does) =>
        batch = new("--batch")
        {
            Description =
                $"{does} every artifact of a list, in a file or - for standard input: one a line, as it is written after the command (a reference, a file, "
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

    /// <summary>Reads the request; <see langword="null"/> where there is none.</summary>
    /// <exception cref="UsageException">An option is given without the one that it is for.</exception>
    public BatchRequest? Read(ParseResult result)
    {
        var list = result.GetValue(batch);
        if (list is null && (result.GetValue(report) is not null || result.GetValue(resume)))
            throw new UsageException(
                $"{(result.GetValue(resume) ? resume : (Option)report).Name} is for a list of artifacts: expected {batch.Name} with it"
            );
        if (result.GetValue(resume) && result.GetValue(report) is null)
            throw new UsageException($"{resume.Name} goes on with a report: expected {report.Name} with its file");
        return list is null ? null : new(list, result.GetValue(report), result.GetValue(resume));
    }

    /// <summary>Refuses options that have no meaning for a list.</summary>
    /// <exception cref="UsageException">One of them was given.</exception>
    public void Refuse(ParseResult result, IEnumerable<Option> options)
    {
        if (options.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } given)
            throw new UsageException($"{given.Name} cannot be combined with {batch.Name}");
    }

    /// <summary>Adds the options of a command line to a digest, but for those that do not change what comes out.</summary>
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
