using System.Text;
using System.Text.Json.Nodes;
using Nv2.Plugin.Containerd;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Policy;

namespace Nv2.Fuzz.Targets;

/// <summary>
/// The files by which trust is decided: trust policies, settings, and the settings of the image verifier. Each input is read as each of them.
/// </summary>
internal static class PolicyTarget
{
    private static readonly Reference[] References = [Reference.Parse("registry.wabbit-networks.io/net-monitor:v1"), Reference.Parse("hello-world")];

    public static FuzzTarget Target { get; } = new("policy", "trust policies, settings, and the settings of the image verifier", () => [], Check);

    private static bool Check(byte[] input)
    {
        var isAccepted = false;
        if (Attempt.At(() => TrustPolicy.Parse(input, "the policy"), out var policy))
        {
            isAccepted = true;
            foreach (var reference in References)
            {
                var isRight = policy.For(reference)?.Scopes.Any(scope => scope.IsGlobal || scope.Names(reference)) ?? true;
                Require.That(isRight, "a statement for another repository");
            }

            Require.That(policy.ForBlob("one")?.Scopes.Any(scope => scope.IsForBlobs) ?? true, "a statement that is not for blobs");
            var again = TrustPolicy.Parse(WriteAgain(input), "the policy");
            Require.That(Describe(again) == Describe(policy), "a policy that a command would change");
        }

        if (Attempt.At(() => TrustSettings.Parse(input, "the settings"), out var settings))
        {
            isAccepted = true;
            _ = References.Sum(reference => settings.KeysFor(reference).Count);
            var again = TrustSettings.Parse(WriteAgain(input), "the settings");
            var isSame = again.IsTrustRequired == settings.IsTrustRequired && again.Relocatable.SequenceEqual(settings.Relocatable);
            Require.That(isSame && again.Keys.SequenceEqual(settings.Keys), "settings that a command would change");
        }

        if (Attempt.At(() => VerifierSettings.Parse(input, "the settings"), out var verifier))
        {
            isAccepted = true;
            var isInRange = verifier.Timeout > TimeSpan.Zero && Path.IsPathFullyQualified(verifier.TrustHome);
            Require.That(isInRange, "settings of the verifier that are out of range");
        }

        return isAccepted;
    }

    // As the commands do that change such a file: what they do not know keeps its place and its value.
    private static byte[] WriteAgain(byte[] json) => Encoding.UTF8.GetBytes(JsonNode.Parse(json)!.AsObject().ToJsonString());

    private static string Describe(TrustPolicy policy) =>
        string.Join(
            '\n',
            policy.Statements.Select(statement =>
                $"{statement.Name} {Join(statement.Scopes.Select(scope => scope.Text))} {Join(statement.TrustStores)} {statement.Level} "
                + Join(statement.Identities?.Texts ?? [])
            )
        );

    private static string Join<T>(IEnumerable<T> values) => string.Join(' ', values);
}
