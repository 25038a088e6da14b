using System.CommandLine;
using Nv2.Plugin.Files;
using Nv2.Plugin.Trust;

namespace Nv2.Plugin.CommandLine;

/// <summary><c>nv2 trust required</c>: whether artifacts that nobody trusted has signed are refused.</summary>
internal static class TrustRequiredCommand
{
    private const string On = "on";
    private const string Off = "off";

    public static Command Create()
    {
        var state = new Argument<string>("state")
        {
            Description = "on: an artifact that nobody trusted has signed is refused; off: it passes with a warning, and only a broken signature is refused",
            HelpName = "on|off",
        };
        var home = CommonOptions.TrustHome();
        var command = new ManualCommand("required", "Say whether artifacts that nobody trusted has signed are refused", "nv2 trust required on") { state, home };
        command.SetAction(result =>
        {
            var required = result.GetRequiredValue(state) switch
            {
                On => true,
                Off => false,
                var other => throw new UsageException($"{Signing.Quoted.Text(other)} is neither on nor off"),
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
}
