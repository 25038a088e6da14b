using Nv2.Plugin.Hosts;
using Nv2.Signing;

namespace Nv2.Plugin.Notation;

/// <summary>
/// Which ways of signing a plug-in offers. notation takes the raw signature wherever that is offered, so that a user who wants this program to make the whole envelope has to
/// say so: by <c>mode</c> in <c>pluginConfig</c>, or, where notation does not pass that on, by an environment variable.
/// </summary>
internal static class SigningMode
{
    public const string Setting = "mode";
    public const string EnvironmentVariable = "NV2_NOTATION_MODE";

    private const string Raw = "raw";
    private const string Envelope = "envelope";

    /// <summary>The capabilities to offer: one of the two where one is chosen, otherwise both.</summary>
    /// <exception cref="InvalidInputException">The setting, or the variable, is neither of the two.</exception>
    public static IReadOnlyList<string> Offered(PluginConfig config)
    {
        if (config[Setting] is { } setting)
            return Parse(setting.Text()) ?? throw setting.Invalid($"is {Quoted.Text(setting.Text())}: expected {Raw} or {Envelope}");

        var variable = Environment.GetEnvironmentVariable(EnvironmentVariable);
        if (string.IsNullOrEmpty(variable))
            return [Capabilities.RawSignature, Capabilities.Envelope];
        return Parse(variable) ?? throw new InvalidInputException($"the environment variable {EnvironmentVariable} is {Quoted.Text(variable)}: expected {Raw} or {Envelope}");
    }

    private static IReadOnlyList<string>? Parse(string mode) => mode switch
    {
        Raw => [Capabilities.RawSignature],
        Envelope => [Capabilities.Envelope],
        _ => null,
    };
}
