using System.CommandLine;
using Nv2.Plugin.Operations;
using Nv2.Signing;
using Nv2.Signing.Policy;

namespace Nv2.Plugin.Cli.Commands;

/// <summary><c>nv2 trust</c>: whom the user trusts for what, in trust stores and the trust policy.</summary>
internal static class TrustCommand
{
    public const string Name = "trust";

    public static Command Create(TimeProvider clock) =>
        new(Name, "Say whom you trust: certificates in named stores, and a policy of which store counts for which repository")
        {
            TrustAddCommand.Create(clock),
            TrustStoreCommands.CreateList(),
            TrustStoreCommands.CreateShow(clock),
            TrustStoreCommands.CreateRemove(clock),
            TrustPolicyCommands.CreateAllow(),
            TrustPolicyCommands.CreateCheck(clock),
            TrustPolicyCommands.CreateRequired(),
        };

    /// <summary>The name of a store, as the commands about stores take it.</summary>
    public static Argument<string> StoreName() => new("name") { Description = "The name of the trust store: letters, digits, '_', '.' and '-'" };

    public static Option<string> StoreType() => new("--type")
    {
        Description = "What its certificates are trusted for: ca (to sign, or to issue certificates for signing), signingAuthority (to sign "
            + "for others and say when), tsa (to say when)",
        HelpName = "type",
        DefaultValueFactory = _ => "ca",
    };

    /// <summary>Reads the name and the type of a store.</summary>
    public static TrustStoreName ReadStore(ParseResult result, Argument<string> name, Option<string> type) => new(
        UsageException.Parse("--type", result.GetRequiredValue(type), TrustStoreName.ParseType),
        UsageException.Parse("the trust store", result.GetRequiredValue(name), TrustStoreName.ParseName));

    /// <summary>The trust home that a command line names.</summary>
    public static TrustHome ReadHome(ParseResult result, Option<string?> home) =>
        TrustHomeLocation.Find(result.GetValue(home)) ?? throw new InvalidInputException(TrustHomeLocation.Nowhere);
}
