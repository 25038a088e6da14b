using System.CommandLine;
using System.Globalization;
using System.Text;
using Nv2.Plugin.Cli.Options;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Policy;
using Nv2.Signing.Text;
using Nv2.Signing.Verification;

namespace Nv2.Plugin.Cli.Commands;

/// <summary><c>nv2 trust allow</c>, <c>check</c> and <c>required</c>: write and explain the trust policy.</summary>
internal static class TrustPolicyCommands
{
    private const string On = "on";
    private const string Off = "off";

    public static Command CreateAllow()
    {
        var scope = new Argument<string>("scope")
        {
            Description = "A repository with its registry, such as registry.example.com/team/app; or * for "
                + "everything that has no statement of its own",
        };
        var stores = new Option<string[]>("--store")
        {
            Description = "A trust store whose certificates count for it: NAME for ca:NAME, or TYPE:NAME; may be given several times",
            HelpName = "store",
            Required = true,
        };
        var level = new Option<string?>("--level")
        {
            Description = "How strictly: strict, permissive or audit [default: strict, or as it is]",
            HelpName = "level",
        };
        var identities = new Option<string[]>("--identity")
        {
            Description = "Whose signatures count: x509.subject: and a distinguished name with C, ST and O at least; may be given several times "
                + "[default: everybody whom the stores vouch for, or as it is]",
            HelpName = "identity",
        };
        var name = new Option<string?>("--name") { Description = "The name of a new statement [default: the scope]", HelpName = "name" };
        var relocated = new Option<bool>("--allow-relocated")
        {
            Description = "Artifacts that are signed for other names may be used under these too (nv2's own formats)",
        };
        var home = CommonOptions.TrustHome();
        var command = new CommandWithExamples(
            "allow",
            "Trust the certificates of stores for a repository: write a statement of the trust policy, or add to the one that is there",
            """
            nv2 trust allow registry.wabbit-networks.io/net-monitor --store wabbit-networks
            nv2 trust allow '*' --store acme-rockets --identity 'x509.subject: C=US, ST=WA, O=acme-rockets.io'
            """)
        {
            scope, stores, level, identities, name, relocated, home,
        };
        command.SetAction(result => Allow(
            TrustCommand.ReadHome(result, home),
            new PolicyEditor.Permission(
                UsageException.Parse("the scope", result.GetRequiredValue(scope), ParseScope),
                [.. result.GetRequiredValue(stores).Select(text => UsageException.Parse("--store", text, ParseStore))],
                CommonOptions.Parse(result, level, ParseLevel),
                [.. (result.GetValue(identities) ?? []).Select(text => UsageException.Parse("--identity", text, TrustedIdentity.Parse).Text)],
                result.GetValue(name)),
            result.GetValue(relocated)));
        return command;
    }

    public static Command CreateCheck(TimeProvider clock)
    {
        var reference = new Argument<string>("reference") { Description = "The name of an artifact, such as registry.example.com/app:v1" };
        var json = CommonOptions.Json();
        var home = CommonOptions.TrustHome();
        var command = new CommandWithExamples(
            "check",
            "Explain which statement of the trust policy decides about an artifact of that name, and who is trusted then",
            "nv2 trust check registry.example.com/app:v1")
        {
            reference, json, home,
        };
        command.SetAction(result => Check(
            TrustCommand.ReadHome(result, home),
            UsageException.Parse("the reference", result.GetRequiredValue(reference), Reference.Parse),
            result.GetValue(json),
            clock));
        return command;
    }

    public static Command CreateRequired()
    {
        var state = new Argument<string>("state")
        {
            Description = "on: an artifact that nobody trusted has signed is refused; off: it passes with a "
                + "warning, and only a broken signature is refused",
            HelpName = "on|off",
        };
        var home = CommonOptions.TrustHome();
        var command = new CommandWithExamples("required", "Say whether artifacts that nobody trusted has signed are refused", "nv2 trust required on")
        {
            state, home,
        };
        command.SetAction(result =>
        {
            var required = result.GetRequiredValue(state) switch
            {
                On => true,
                Off => false,
                var other => throw new UsageException($"{Quoted.Text(other)} is neither on nor off{NearestName.Suggest(other, [On, Off])}"),
            };
            new PolicyEditor(TrustCommand.ReadHome(result, home)).RequireTrust(required);
            using var output = StandardStreams.OpenOutput();
            output.Write(required ? "trust is required\n"u8 : "trust is not required\n"u8);
            if (!required)
                StandardStreams.WriteErrorLine("nv2: warning: artifacts that are not signed, or not by anybody who is trusted, pass from now on");
            return ExitCodes.Success;
        });
        return command;
    }

    private static int Allow(TrustHome home, PolicyEditor.Permission permission, bool relocated)
    {
        foreach (var store in permission.Stores)
            _ = StoredArtifacts.Explain("read the trust store in", Quoted.Text(home.Folder), () => home.Store.Read(store));

        var editor = new PolicyEditor(home);
        var statement = editor.Allow(permission);
        if (relocated)
            editor.AllowRelocated(statement);
        using var output = StandardStreams.OpenOutput();
        output.Write(Encoding.UTF8.GetBytes(
            $"{Quoted.Printable(home.PolicyFile)}: the statement {Quoted.Text(statement)} is for {permission.Scope.Text}, "
                + $"with {string.Join(", ", permission.Stores)}\n"));
        return ExitCodes.Success;
    }

    // What stands before the first slash is a registry in a scope, whatever it looks like, but not in the name of an artifact: such a scope would
    // never decide.
    private static PolicyScope ParseScope(string text)
    {
        var scope = PolicyScope.Parse(text);
        return scope.IsGlobal || Reference.Parse(text) is var name && scope.Names(name)
            ? scope
            : throw new InvalidInputException(
                $"{Quoted.Text(text)} would decide about no artifact, since a name like that is read as one in "
                    + $"{name.Repository}: expected the repository with its registry");
    }

    private static TrustStoreName ParseStore(string text) =>
        text.Contains(':', StringComparison.Ordinal)
            ? TrustStoreName.Parse(text)
            : new TrustStoreName(TrustStoreType.CertificateAuthority, TrustStoreName.ParseName(text));

    private static VerificationLevel ParseLevel(string text) => VerificationLevel.ByName(text) is { SkipsAll: false } level
        ? level
        : throw new InvalidInputException("skip needs no trust store, and trusts everybody: expected strict, permissive or audit");

    private static int Check(TrustHome home, Reference reference, bool json, TimeProvider clock)
    {
        var decision = Trust.ByPolicy(home, reference, clock);
        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, ReportJson.Line(Report(home, reference, decision)));
        else
            output.Write(Encoding.UTF8.GetBytes(Describe(home, reference, decision)));
        if (decision.Refusal is null)
            return ExitCodes.Success;
        StandardStreams.WriteErrorLine($"nv2: nobody is trusted for {reference.Repository}: {decision.Refusal}");
        return ExitCodes.Failure;
    }

    private static TrustCheckReport Report(TrustHome home, Reference reference, Trust decision) => new(
        reference.Repository,
        home.PolicyFile,
        decision.IsRequired,
        decision.Refusal,
        decision.Statement is { } statement
            ? new(
                statement.Name,
                [.. statement.Scopes.Select(scope => scope.Text)],
                TrustLevelReport.Of(statement.Level),
                statement.Level.SkipsAll
                    ? []
                    : [.. statement.TrustStores.Select(store => new TrustedStoreReport(
                        store.ToString(), [.. home.Store.Read(store).Select(entry => CertificateReport.Of(entry.Certificate))]))],
                statement.Identities?.Texts.ToList() ?? [],
                decision.AllowsRelocation)
            : null,
        [.. decision.Keys.Select(key => new CertificateSourceReport(key.Url.OriginalString, key.Sha256Thumbprint, null))]);

    private static string Describe(TrustHome home, Reference reference, Trust decision)
    {
        var text = new StringBuilder();
        Line("repository", reference.Repository);
        Line("policy", Quoted.Printable(home.PolicyFile));
        if (decision.Statement is { } statement)
            DescribeStatement(statement);
        Line(
            "required",
            decision.IsRequired ? "yes: what nobody trusted has signed is refused" : "no: what nobody trusted has signed passes with a warning");
        foreach (var key in decision.Keys)
            Line("certificate", $"{key.Url.OriginalString}, sha256 {key.Sha256Thumbprint}");
        return text.ToString();

        void DescribeStatement(TrustPolicyStatement statement)
        {
            var own = statement.Scopes.FirstOrDefault(scope => scope.Names(reference));
            Line(
                "statement",
                $"{Quoted.Text(statement.Name)}, "
                    + $"{(own is null ? "which is for everything that no other statement names" : $"which names {own.Text}")}");
            Line("level", DescribeLevel(statement.Level));
            if (statement.Level.SkipsAll)
                return;
            foreach (var store in statement.TrustStores)
            {
                foreach (var (_, certificate) in home.Store.Read(store))
                    Line(
                        "trusts",
                        $"{store}: {DistinguishedName.FormatOf(certificate)}, sha256 "
                            + $"{CertificateDescription.Of(certificate).Sha256Thumbprint}");
            }

            foreach (var identity in statement.Identities!.Texts) // There where something is verified.
                Line("identity", identity == "*" ? "everybody whom they vouch for" : identity);
            Line(
                "names",
                decision.AllowsRelocation
                    ? "artifacts may be signed for other names"
                    : "artifacts must be signed for this name, in formats that carry names");
            if (decision.RequiresTimestamp)
                Line("timestamps", "required: a signature without one is not valid");
        }

        void Line(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name,-12} {value}\n");
    }

    private static string DescribeLevel(VerificationLevel level)
    {
        var (name, integrity, authenticity, authenticTimestamp, expiry, revocation) = TrustLevelReport.Of(level);
        return level.SkipsAll
            ? $"{name}: nothing is verified"
            : $"{name}: integrity {integrity}, authenticity {authenticity}, authenticTimestamp {authenticTimestamp}, expiry {expiry}, "
                + $"revocation {revocation}";
    }
}
