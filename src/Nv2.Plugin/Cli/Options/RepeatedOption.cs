using System.CommandLine;

namespace Nv2.Plugin.Cli.Options;

/// <summary>
/// An option that may be given several times. Not <c>Option&lt;string[]&gt;</c>: the library makes arrays by reflection, also for an option that is
/// not given, and loading what that needs takes longer than the rest of the command line.
/// </summary>
internal sealed class RepeatedOption : Option<RepeatedValues?>
{
    public RepeatedOption(string name, params string[] aliases)
        : base(name, aliases)
    {
        Arity = ArgumentArity.OneOrMore;
        CustomParser = result => new([.. result.Tokens.Select(token => token.Value)]);
    }
}

/// <summary>The values of an option, in the order in which they were given.</summary>
internal sealed record RepeatedValues(IReadOnlyList<string> Texts)
{
    /// <summary>The values of an option; none if it was not given.</summary>
    public static IReadOnlyList<string> Of(ParseResult result, RepeatedOption option) => result.GetValue(option)?.Texts ?? [];
}
