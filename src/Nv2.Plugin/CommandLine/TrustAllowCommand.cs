using System.CommandLine;
using System.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Trust;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Trust;
using Nv2.Signing.Trust.Policy;

namespace Nv2.Plugin.CommandLine;

/// <summary><c>nv2 trust allow</c>: writes a statement of the trust policy.</summary>
internal static class TrustAllowCommand
{
    public static Command Create()
    {
        var scope = new Argument<string>("scope") { Description = "A repository with its registry, such as registry.example.com/team/app; or * for everything that has no statement of its own" };
        var stores = new Option<string[]>("--store")
        {
            Description = "A trust store whose certificates count for it: NAME for ca:NAME, or TYPE:NAME; may be given several times",
            HelpName = "store",
            Required = true,
        };
        var level = new Option<string?>("--level") { Description = "How strictly: strict, permissive or audit [default: strict, or as it is]", HelpName = "level" };
        var identities = new Option<string[]>("--identity")
        {
            Description = "Whose signatures count: x509.subject: and a distinguished name with C, ST and O at least; may be given several times [default: everybody whom the stores vouch for, or as it is]",
            HelpName = "identity",
        };
        var name = new Option<string?>("--name") { Description = "The name of a new statement [default: the scope]", HelpName = "name" };
        var relocated = new Option<bool>("--allow-relocated") { Description = "Artifacts that are signed for other names may be used under these too (nv2's own formats)" };
        var home = CommonOptions.TrustHome();
        var command = new ManualCommand(
            "allow",
            "Trust the certificates of stores for a repository: write a statement of the trust policy, or add to the one that is there",
            """
            nv2 trust allow registry.wabbit-networks.io/net-monitor --store wabbit-networks
            nv2 trust allow '*' --store acme-rockets --identity 'x509.subject: C=US, ST=WA, O=acme-rockets.io'
            """)
        {
            scope, stores, level, identities, name, relocated, home,
        };
        command.SetAction(result => Run(
            TrustCommand.ReadHome(result, home),
            new PolicyEditor.Permission(
                CommonOptions.Parse("the scope", result.GetRequiredValue(scope), ParseScope),
                [.. result.GetRequiredValue(stores).Select(text => CommonOptions.Parse("--store", text, ParseStore))],
                result.GetValue(level) is { } levelName ? CommonOptions.Parse("--level", levelName, ParseLevel) : null,
                [.. (result.GetValue(identities) ?? []).Select(text => CommonOptions.Parse("--identity", text, TrustedIdentity.Parse).Text)],
                result.GetValue(name)),
            result.GetValue(relocated)));
        return command;
    }

    private static int Run(TrustHome home, PolicyEditor.Permission permission, bool relocated)
    {
        foreach (var store in permission.Stores)
            _ = StoredArtifacts.Explain("read the trust store in", Quoted.Text(home.Folder), () => home.Store.Read(store));

        var editor = new PolicyEditor(home);
        var statement = editor.Allow(permission);
        if (relocated)
            editor.AllowRelocated(statement);
        using var output = StandardStreams.OpenOutput();
        output.Write(Encoding.UTF8.GetBytes($"{Quoted.Text(home.PolicyFile)[1..^1]}: the statement {Quoted.Text(statement)} is for {permission.Scope.Text}, with {string.Join(", ", permission.Stores)}\n"));
        return ExitCodes.Success;
    }

    // What stands before the first slash is a registry in a scope, whatever it looks like, but not in the name of an artifact: such a scope would never decide.
    private static PolicyScope ParseScope(string text)
    {
        var scope = PolicyScope.Parse(text);
        return scope.IsGlobal || Reference.Parse(text) is var name && scope.Names(name)
            ? scope
            : throw new InvalidInputException($"{Quoted.Text(text)} would decide about no artifact, since a name like that is read as one in {name.Repository}: expected the repository with its registry");
    }

    private static TrustStoreName ParseStore(string text) =>
        text.Contains(':', StringComparison.Ordinal) ? TrustStoreName.Parse(text) : new TrustStoreName(TrustStoreType.CertificateAuthority, TrustStoreName.ParseName(text));

    private static VerificationLevel ParseLevel(string text) => VerificationLevel.ByName(text) is { SkipsAll: false } level
        ? level
        : throw new InvalidInputException("skip needs no trust store, and trusts everybody: expected strict, permissive or audit");
}
