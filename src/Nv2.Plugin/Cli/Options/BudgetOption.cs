using System.CommandLine;
using System.Globalization;
using Nv2.Plugin.Operations;
using Nv2.Signing;
using Nv2.Signing.Storage;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Cli.Options;

/// <summary>The option for other limits than those that a verification has by itself (docs/verification.md, "What a verification may take").</summary>
internal static class BudgetOption
{
    private const int Mebibyte = 1024 * 1024;
    private const int Max = 1024 * 1024;

    public static Option<string[]> Create() => new("--limit")
    {
        Description = "Another limit than signatures=1024, mebibytes=32 or seconds=30; may be given several times; in a layout or a registry",
        HelpName = "limit=number",
    };

    /// <summary>Reads the limits.</summary>
    /// <exception cref="UsageException">One is not known, or not a number from 1 to 1048576.</exception>
    public static VerificationBudget Read(ParseResult result, Option<string[]> option)
    {
        var budget = VerificationBudget.Default;
        foreach (var text in result.GetValue(option) ?? [])
            budget = UsageException.Parse("--limit", text, one => With(budget, one));
        return budget;
    }

    private static VerificationBudget With(VerificationBudget budget, string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0 || !int.TryParse(text.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > Max)
            throw Invalid(text);
        return text[..equals] switch
        {
            "signatures" => budget with { Signatures = number },
            "mebibytes" => budget with { Bytes = (long)number * Mebibyte },
            "seconds" => budget with { Time = TimeSpan.FromSeconds(number) },
            _ => throw Invalid(text),
        };
    }

    private static InvalidInputException Invalid(string text) =>
        new($"{Quoted.Text(text)} is not a limit: expected signatures=, mebibytes= or seconds= and a number from 1 to {Max}");
}
