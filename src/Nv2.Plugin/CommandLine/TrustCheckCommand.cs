using System.CommandLine;
using System.Globalization;
using System.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Trust;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Trust.Policy;

namespace Nv2.Plugin.CommandLine;

/// <summary><c>nv2 trust check</c>: which statement of the policy decides about a name, and why.</summary>
internal static class TrustCheckCommand
{
    public static Command Create()
    {
        var reference = new Argument<string>("reference") { Description = "The name of an artifact, such as registry.example.com/app:v1" };
        var home = CommonOptions.TrustHome();
        var command = new ManualCommand(
            "check", "Explain which statement of the trust policy decides about an artifact of that name, and who is trusted then", "nv2 trust check registry.example.com/app:v1") { reference, home };
        command.SetAction(result => Run(
            TrustCommand.ReadHome(result, home), CommonOptions.Parse("the reference", result.GetRequiredValue(reference), Reference.Parse)));
        return command;
    }

    private static int Run(TrustHome home, Reference reference)
    {
        var decision = TrustDecision.ByPolicy(home, reference);
        var text = new StringBuilder();
        Line("repository", reference.Repository);
        Line("policy", Quoted.Text(home.PolicyFile)[1..^1]);
        if (decision.Statement is { } statement)
            Describe(statement);
        Line("required", decision.IsTrustRequired ? "yes: what nobody trusted has signed is refused" : "no: what nobody trusted has signed passes with a warning");
        foreach (var key in decision.Keys)
            Line("certificate", $"{key.Url.OriginalString}, sha256 {key.Sha256Thumbprint}");
        using var output = StandardStreams.OpenOutput();
        output.Write(Encoding.UTF8.GetBytes(text.ToString()));
        if (decision.Terms.Refusal is null)
            return ExitCodes.Success;
        StandardStreams.WriteErrorLine($"nv2: nobody is trusted for {reference.Repository}: {decision.Terms.Refusal}");
        return ExitCodes.Failure;

        void Describe(TrustPolicyStatement statement)
        {
            var own = statement.Scopes.FirstOrDefault(scope => scope.Names(reference));
            Line("statement", $"{Quoted.Text(statement.Name)}, {(own is null ? "which is for everything that no other statement names" : $"which names {own.Text}")}");
            Line("level", DescribeLevel(statement.Level));
            if (statement.Level.SkipsAll)
                return;
            foreach (var store in statement.TrustStores)
            {
                foreach (var (_, certificate) in home.Store.Read(store))
                    Line("trusts", $"{store}: {DistinguishedName.Format(certificate.SubjectName)}, sha256 {CertificateDescription.Of(certificate).Sha256Thumbprint}");
            }

            foreach (var identity in statement.Identities!.Texts) // There where something is verified.
                Line("identity", identity == "*" ? "everybody whom they vouch for" : identity);
            Line("names", decision.Terms.AllowsRelocation ? "artifacts may be signed for other names" : "artifacts must be signed for this name, in formats that carry names");
        }

        void Line(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name,-12} {value}\n");
    }

    private static string DescribeLevel(VerificationLevel level) => level.SkipsAll
        ? "skip: nothing is verified"
        : $"{level.Name}: integrity enforce, authenticity {Word(level.Authenticity)}, authenticTimestamp {Word(level.AuthenticTimestamp)}, expiry {Word(level.Expiry)}, revocation {Word(level.Revocation)}";

    private static string Word(ValidationAction action) => action switch
    {
        ValidationAction.Enforce => "enforce",
        ValidationAction.Log => "log",
        _ => "skip",
    };
}
