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
                "A repository with its registry, such as registry.example.com/team/app; registry.example.com/* or "
                + "registry.example.com/team/* for all repositories of a registry or of a folder in it; or * for everything else",
        };
        var stores = new RepeatedOption("--store")
        {
            Description = "A trust store to trust for it: NAME for ca:NAME, or TYPE:NAME; may be given several times",
            HelpName = "store",
            Required = true,
        };
        var level = new Option<string?>("--level")
        {
            Description = "The verification level: strict, permissive or audit [default: strict, or unchanged]",
            HelpName = "level",
        };
        var identities = new RepeatedOption("--identity")
        {
            Description =
                "A trusted identity: x509.subject: and a distinguished name with at least C, ST and O; may be given several times "
                + "[default: any signer trusted by the stores, or unchanged]",
            HelpName = "identity",
        };
        var signers = new RepeatedOption("--signer-identity")
        {
            Description =
                "An identity that a trusted signer must also have: dns:, email: or uri: and a name in the certificate's subjectAltName, or "
                + "x509.subject: and a distinguished name (C, ST and O are optional); may be given several times; stored in nv2.json "
                + "[default: any, or unchanged]",
            HelpName = "identity",
        };
        var name = new Option<string?>("--name") { Description = "The name of a new statement [default: the scope]", HelpName = "name" };
        var relocated = new Option<bool>("--allow-relocated")
        {
            Description = "Accept artifacts that are signed for other names (nv2's own formats)",
        };
        var home = CommonOptions.TrustHome();
        var command = new CommandWithExamples(
            "allow",
            "Trust the certificates of stores for a repository: add a statement to the trust policy, or change the existing one",
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
                    [.. RepeatedValues.Of(result, stores).Select(text => UsageException.Parse("--store", text, ParseStore))],
                    CommonOptions.Parse(result, level, ParseLevel),
                    [.. RepeatedValues.Of(result, identities).Select(text => UsageException.Parse("--identity", text, ParseIdentity).Text)],
                    [
                        .. RepeatedValues
                            .Of(result, signers)
                            .Select(text => UsageException.Parse("--signer-identity", text, SignerIdentity.Parse).Text),
                    ],
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
            "Remove a scope from its statement of the trust policy, and the statement if no scope is left; the trust stores are not changed",
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
                    $"{Quoted.Printable(trustHome.PolicyFile)}: the statement {Quoted.Text(statement)} no longer applies to "
                        + $"{pattern?.Text ?? exact.Text}\n"
                )
            );
            if (WhatDecides(trustHome, exact, pattern) is { } next)
                StandardStreams.WriteErrorLine(
                    $"nv2: note: the statement {Quoted.Text(next.Statement.Name)} now applies to it, {DescribeRule(next)}"
                );
            return ExitCodes.Success;
        });
        return command;
    }

    // The next rule for a removed scope.
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
            "Explain which statement of the trust policy applies to an artifact name, and who is trusted by it",
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
            Description = "on: refuse an artifact without a trusted signature; off: accept it with a " + "warning, and refuse only broken signatures",
            HelpName = "on|off",
        };
        var home = CommonOptions.TrustHome();
        var command = new CommandWithExamples("required", "Set whether artifacts without a trusted signature are refused", "nv2 trust required on")
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
                StandardStreams.WriteErrorLine("nv2: warning: artifacts without a trusted signature are now accepted");
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
                $"{Quoted.Printable(home.PolicyFile)}: the statement {Quoted.Text(statement)} applies to {permission.Text}, "
                    + $"with {string.Join(", ", permission.Stores)}\n"
            )
        );
        if (permission.Pattern is not null)
        {
            StandardStreams.WriteErrorLine(
                $"nv2: note: the pattern is in {Quoted.Text(home.SettingsFile)}, which notation does not read: for notation the statement applies "
                    + "to no repository"
            );
        }

        if (permission.SignerIdentities.Count > 0)
        {
            StandardStreams.WriteErrorLine(
                $"nv2: note: the signers' identities are in {Quoted.Text(home.SettingsFile)}, which notation does not read: "
                    + "for notation the statement trusts all signers of its stores"
                    + " that match one of its trusted identities"
            );
        }

        return ExitCodes.Success;
    }

    // In a scope the part before the first slash is always the registry. In an artifact name that depends on how it looks, so such a scope would
    // never apply.
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
            $"{Quoted.Text(text)} would apply to no artifact, because such a name means "
                + $"{name.Repository}: expected {expected} {(expected == "the registry" ? "with its domain" : "with its registry")}"
        );

    private static TrustedIdentity ParseIdentity(string text) =>
        text.Split(':')[0] is "dns" or "email" or "uri"
            ? throw new InvalidInputException(
                $"the trust policy does not support this identity: add it to nv2.json with --signer-identity {Quoted.Text(text)[1..^1]}"
            )
            : TrustedIdentity.Parse(text);

    private static TrustStoreName ParseStore(string text) =>
        text.Contains(':', StringComparison.Ordinal)
            ? TrustStoreName.Parse(text)
            : new TrustStoreName(TrustStoreType.CertificateAuthority, TrustStoreName.ParseName(text));

    private static VerificationLevel ParseLevel(string text) =>
        VerificationLevel.ByName(text) is { SkipsAll: false } level
            ? level
            : throw new InvalidInputException("skip turns verification off and uses no trust store: expected strict, permissive or audit");

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
        StandardStreams.WriteErrorLine($"nv2: no signer is trusted for {reference.Repository}: {decision.Refusal}");
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
            decision.IsRequired
                ? "yes: an artifact without a trusted signature is refused"
                : "no: an artifact without a trusted signature is accepted with a warning"
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

            foreach (var identity in statement.Identities!.Texts) // Set unless the level is skip.
                Line("identity", identity == "*" ? "any signer trusted by these stores" : identity);
            if (decision.SignerIdentities is { } signers)
                Line("and", $"{Alternatives.Of(signers.Texts.Select(Quoted.Printable))} (nv2.json)");
            Line(
                "names",
                decision.AllowsRelocation
                    ? "artifacts may be signed for other names"
                    : "artifacts must be signed for this name, in formats that carry names"
            );
            if (decision.RequiresTimestamp)
                Line("timestamps", "required: a signature without a timestamp is not valid");
            if (decision.ClockTolerance > TimeSpan.Zero)
                Line("clock", $"signatures may be valid from up to {decision.ClockTolerance.TotalSeconds:0} seconds from now (nv2.json)");
        }

        void Line(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name, -12} {value}\n");
    }

    private static string DescribeRule(ScopeRule rule) =>
        rule.Kind switch
        {
            ScopeRuleKind.Repository => $"which names {rule.Text}",
            ScopeRuleKind.Pattern => $"which nv2.json assigns to {rule.Text}",
            _ => "which applies to everything else",
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
