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

/// <summary><c>nv2 trust allow</c>, <c>disallow</c>, <c>check</c> and <c>required</c>: write and explain the trust policy.</summary>
internal static class TrustPolicyCommands
{
    private const string On = "on";
    private const string Off = "off";

    public static Command CreateAllow()
    {
        var scope = new Argument<string>("scope")
        {
            Description =
                "A repository with its registry, such as registry.example.com/team/app; or registry.example.com/* or "
                + "registry.example.com/team/* for all repositories of a registry or a folder in it; or * for everything that has no statement of its own",
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
            Description =
                "Whose signatures count: x509.subject: and a distinguished name with C, ST and O at least; may be given several times "
                + "[default: everybody whom the stores vouch for, or as it is]",
            HelpName = "identity",
        };
        var signers = new Option<string[]>("--signer-identity")
        {
            Description =
                "Of those, which signers count: dns:, email: or uri: and a name in the certificate's subjectAltName, or x509.subject: and a "
                + "distinguished name, also without C, ST and O, and with several attributes joined by +; may be given several times; kept in nv2.json "
                + "[default: all of them, or as it is]",
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
            nv2 trust allow 'registry.wabbit-networks.io/*' --store wabbit-networks --signer-identity dns:build.wabbit-networks.io
            nv2 trust allow '*' --store acme-rockets --identity 'x509.subject: C=US, ST=WA, O=acme-rockets.io'
            """
        )
        {
            scope,
            stores,
            level,
            identities,
            signers,
            name,
            relocated,
            home,
        };
        command.SetAction(result =>
        {
            var (exact, pattern) = UsageException.Parse("the scope", result.GetRequiredValue(scope), ParseScope);
            return Allow(
                TrustCommand.ReadHome(result, home),
                new PolicyEditor.Permission(
                    exact,
                    pattern,
                    [.. result.GetRequiredValue(stores).Select(text => UsageException.Parse("--store", text, ParseStore))],
                    CommonOptions.Parse(result, level, ParseLevel),
                    [.. (result.GetValue(identities) ?? []).Select(text => UsageException.Parse("--identity", text, ParseIdentity).Text)],
                    [.. (result.GetValue(signers) ?? []).Select(text => UsageException.Parse("--signer-identity", text, SignerIdentity.Parse).Text)],
                    result.GetValue(name),
                    result.GetValue(relocated)
                )
            );
        });
        return command;
    }

    public static Command CreateDisallow()
    {
        var scope = new Argument<string>("scope")
        {
            Description = "A scope as nv2 trust allow takes it: a repository, registry.example.com/* or registry.example.com/team/*, or *",
        };
        var home = CommonOptions.TrustHome();
        var command = new CommandWithExamples(
            "disallow",
            "Take a scope away from its statement of the trust policy, and the statement where it was for nothing else; the trust stores stay as they are",
            "nv2 trust disallow 'registry.wabbit-networks.io/*'"
        )
        {
            scope,
            home,
        };
        command.SetAction(result =>
        {
            var (exact, pattern) = UsageException.Parse("the scope", result.GetRequiredValue(scope), ParseScope);
            var trustHome = TrustCommand.ReadHome(result, home);
            var statement = new PolicyEditor(trustHome).Disallow(exact, pattern);
            using var output = StandardStreams.OpenOutput();
            output.Write(
                Encoding.UTF8.GetBytes(
                    $"{Quoted.Printable(trustHome.PolicyFile)}: the statement {Quoted.Text(statement)} is no longer for {pattern?.Text ?? exact.Text}\n"
                )
            );
            if (WhatDecides(trustHome, exact, pattern) is { } next)
                StandardStreams.WriteErrorLine(
                    $"nv2: note: the statement {Quoted.Text(next.Statement.Name)} decides about it from now on, {DescribeRule(next)}"
                );
            return ExitCodes.Success;
        });
        return command;
    }

    // The next rule for a scope that is gone.
    private static ScopeRule? WhatDecides(TrustHome home, PolicyScope scope, ScopePattern? pattern)
    {
        if (scope.IsGlobal || home.ReadPolicy() is not { } policy)
            return null;
        var name = Reference.Parse(pattern is null ? scope.Text : $"{pattern.Text[..^1]}name");
        return ScopeRule.For(policy, home.ReadSettings(), name) is [var next, ..] ? next : null;
    }

    public static Command CreateCheck(TimeProvider clock)
    {
        var reference = new Argument<string>("reference") { Description = "The name of an artifact, such as registry.example.com/app:v1" };
        var json = CommonOptions.Json();
        var home = CommonOptions.TrustHome();
        var command = new CommandWithExamples(
            "check",
            "Explain which statement of the trust policy decides about an artifact of that name, and who is trusted then",
            "nv2 trust check registry.example.com/app:v1"
        )
        {
            reference,
            json,
            home,
        };
        command.SetAction(result =>
            Check(
                TrustCommand.ReadHome(result, home),
                UsageException.Parse("the reference", result.GetRequiredValue(reference), Reference.Parse),
                result.GetValue(json),
                clock
            )
        );
        return command;
    }

    public static Command CreateRequired()
    {
        var state = new Argument<string>("state")
        {
            Description =
                "on: an artifact that nobody trusted has signed is refused; off: it passes with a "
                + "warning, and only a broken signature is refused",
            HelpName = "on|off",
        };
        var home = CommonOptions.TrustHome();
        var command = new CommandWithExamples("required", "Say whether artifacts that nobody trusted has signed are refused", "nv2 trust required on")
        {
            state,
            home,
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

    private static int Allow(TrustHome home, PolicyEditor.Permission permission)
    {
        foreach (var store in permission.Stores)
            _ = StoredArtifacts.Explain("read the trust store in", Quoted.Text(home.Folder), () => home.Store.Read(store));

        var statement = new PolicyEditor(home).Allow(permission);
        using var output = StandardStreams.OpenOutput();
        output.Write(
            Encoding.UTF8.GetBytes(
                $"{Quoted.Printable(home.PolicyFile)}: the statement {Quoted.Text(statement)} is for {permission.Text}, "
                    + $"with {string.Join(", ", permission.Stores)}\n"
            )
        );
        if (permission.Pattern is not null)
        {
            StandardStreams.WriteErrorLine(
                $"nv2: note: the pattern is in {Quoted.Text(home.SettingsFile)}, which notation does not read: there the statement is for no repository"
            );
        }

        if (permission.SignerIdentities.Count > 0)
        {
            StandardStreams.WriteErrorLine(
                $"nv2: note: the signers' identities are in {Quoted.Text(home.SettingsFile)}, which notation does not read: there the statement trusts all of its stores' signers"
                    + " that have one of its trusted identities"
            );
        }

        return ExitCodes.Success;
    }

    // What stands before the first slash is a registry in a scope, whatever it looks like, but not in the name of an artifact: such a scope would
    // never decide.
    private static (PolicyScope Scope, ScopePattern? Pattern) ParseScope(string text)
    {
        if (text.Length > 1 && text.Contains('*', StringComparison.Ordinal))
        {
            var pattern = ScopePattern.Parse(text);
            var one = Reference.Parse($"{pattern.Text[..^1]}name");
            return pattern.Covers(one) ? (pattern.ReservedScope, pattern) : throw DecidesNothing(text, one, "the registry");
        }

        var scope = PolicyScope.Parse(text);
        return scope.IsGlobal || Reference.Parse(text) is var name && scope.Names(name)
            ? (scope, null)
            : throw DecidesNothing(text, name, "the repository");
    }

    private static InvalidInputException DecidesNothing(string text, Reference name, string expected) =>
        new(
            $"{Quoted.Text(text)} would decide about no artifact, since a name like that is read as one in "
                + $"{name.Repository}: expected {expected} {(expected == "the registry" ? "with its domain" : "with its registry")}"
        );

    private static TrustedIdentity ParseIdentity(string text) =>
        text.Split(':')[0] is "dns" or "email" or "uri"
            ? throw new InvalidInputException(
                $"the trust policy has no such identities: --signer-identity {Quoted.Text(text)[1..^1]} puts it into nv2.json"
            )
            : TrustedIdentity.Parse(text);

    private static TrustStoreName ParseStore(string text) =>
        text.Contains(':', StringComparison.Ordinal)
            ? TrustStoreName.Parse(text)
            : new TrustStoreName(TrustStoreType.CertificateAuthority, TrustStoreName.ParseName(text));

    private static VerificationLevel ParseLevel(string text) =>
        VerificationLevel.ByName(text) is { SkipsAll: false } level
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

    private static TrustCheckReport Report(TrustHome home, Reference reference, Trust decision) =>
        new(
            reference.Repository,
            home.PolicyFile,
            decision.IsRequired,
            decision.Refusal,
            decision.Statement is { } statement
                ? new(
                    statement.Name,
                    decision.Settings.ScopesOf(statement),
                    TrustLevelReport.Of(statement.Level),
                    statement.Level.SkipsAll
                        ? []
                        :
                        [
                            .. statement.TrustStores.Select(store => new TrustedStoreReport(
                                store.ToString(),
                                [.. home.Store.Read(store).Select(entry => CertificateReport.Of(entry.Certificate))]
                            )),
                        ],
                    statement.Identities?.Texts.ToList() ?? [],
                    decision.SignerIdentities?.Texts.ToList(),
                    decision.AllowsRelocation
                )
                : null,
            [
                .. decision.Rules.Select(rule => new ScopeRuleReport(
                    rule.Text,
                    rule.Kind == ScopeRuleKind.Pattern ? home.SettingsFile : home.PolicyFile,
                    rule.Statement.Name
                )),
            ],
            (int)decision.ClockTolerance.TotalSeconds,
            [.. decision.Keys.Select(key => new CertificateSourceReport(key.Url.OriginalString, key.Sha256Thumbprint, null))]
        );

    private static string Describe(TrustHome home, Reference reference, Trust decision)
    {
        var text = new StringBuilder();
        Line("repository", reference.Repository);
        Line("policy", Quoted.Printable(home.PolicyFile));
        if (decision.Statement is { } statement)
            DescribeStatement(statement);
        Line(
            "required",
            decision.IsRequired ? "yes: what nobody trusted has signed is refused" : "no: what nobody trusted has signed passes with a warning"
        );
        foreach (var key in decision.Keys)
            Line("certificate", $"{key.Url.OriginalString}, sha256 {key.Sha256Thumbprint}");
        return text.ToString();

        void DescribeStatement(TrustPolicyStatement statement)
        {
            Line("statement", $"{Quoted.Text(statement.Name)}, {DescribeRule(decision.Rules[0])}");
            foreach (var rule in decision.Rules.Skip(1))
                Line("", $"more specific than {Quoted.Text(rule.Statement.Name)}, {DescribeRule(rule)}");
            Line("level", DescribeLevel(statement.Level));
            if (statement.Level.SkipsAll)
                return;
            foreach (var store in statement.TrustStores)
            {
                foreach (var (_, certificate) in home.Store.Read(store))
                    Line(
                        "trusts",
                        $"{store}: {DistinguishedName.FormatOf(certificate)}, sha256 " + $"{CertificateDescription.Of(certificate).Sha256Thumbprint}"
                    );
            }

            foreach (var identity in statement.Identities!.Texts) // There where something is verified.
                Line("identity", identity == "*" ? "everybody whom they vouch for" : identity);
            if (decision.SignerIdentities is { } signers)
                Line("and", $"{Alternatives.Of(signers.Texts.Select(Quoted.Printable))} (nv2.json)");
            Line(
                "names",
                decision.AllowsRelocation
                    ? "artifacts may be signed for other names"
                    : "artifacts must be signed for this name, in formats that carry names"
            );
            if (decision.RequiresTimestamp)
                Line("timestamps", "required: a signature without one is not valid");
            if (decision.ClockTolerance > TimeSpan.Zero)
                Line("clock", $"signatures may be valid from up to {decision.ClockTolerance.TotalSeconds:0} seconds from now (nv2.json)");
        }

        void Line(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name, -12} {value}\n");
    }

    private static string DescribeRule(ScopeRule rule) =>
        rule.Kind switch
        {
            ScopeRuleKind.Repository => $"which names {rule.Text}",
            ScopeRuleKind.Pattern => $"which nv2.json names for {rule.Text}",
            _ => "which is for everything that no other statement names",
        };

    private static string DescribeLevel(VerificationLevel level)
    {
        var (name, integrity, authenticity, authenticTimestamp, expiry, revocation) = TrustLevelReport.Of(level);
        return level.SkipsAll
            ? $"{name}: nothing is verified"
            : $"{name}: integrity {integrity}, authenticity {authenticity}, authenticTimestamp {authenticTimestamp}, expiry {expiry}, "
                + $"revocation {revocation}";
    }
}
