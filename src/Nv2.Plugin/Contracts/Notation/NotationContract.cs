using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Contracts.Notation;

/// <summary>
/// The Notation plug-in contract, version 1.0 (Notary Project, plugin-extensibility.md). docs/notation-plugin.md is for users of notation.
/// </summary>
internal static class NotationContract
{
    public const string Version = "1.0";

    public static readonly HostContract Contract = new(
        "notation",
        "contractVersion",
        Version,
        [
            new(GetPluginMetadataCommand.Name, GetPluginMetadataCommand.Run, NeedsVersion: false),
            new(DescribeKeyCommand.Name, DescribeKeyCommand.Run),
            new(GenerateSignatureCommand.Name, GenerateSignatureCommand.Run),
            new(GenerateEnvelopeCommand.Name, GenerateEnvelopeCommand.Run),
            new(VerifySignatureCommand.Name, VerifySignatureCommand.Run),
        ]
    );
}

/// <summary>The names of the capabilities of a plug-in (plugin-extensibility.md, "Plugin metadata").</summary>
internal static class Capabilities
{
    public const string RawSignature = "SIGNATURE_GENERATOR.RAW";
    public const string Envelope = "SIGNATURE_GENERATOR.ENVELOPE";
    public const string TrustedIdentity = "SIGNATURE_VERIFIER.TRUSTED_IDENTITY";
    public const string RevocationCheck = "SIGNATURE_VERIFIER.REVOCATION_CHECK";
}

/// <summary>
/// Which ways of signing a plug-in offers. notation prefers the raw signature if the plug-in offers it. A user who wants nv2 to make the whole
/// envelope must select that: with <c>mode</c> in <c>pluginConfig</c>, or, if notation does not pass that on, with an environment variable.
/// </summary>
internal static class SigningMode
{
    public const string Setting = "mode";
    public const string EnvironmentVariable = "NV2_NOTATION_MODE";

    private const string Raw = "raw";
    private const string Envelope = "envelope";

    /// <summary>The capabilities to offer: the selected one, otherwise both.</summary>
    /// <exception cref="InvalidInputException">The setting, or the variable, is neither of the two.</exception>
    public static IReadOnlyList<string> Offered(PluginConfig config)
    {
        if (config[Setting] is { } setting)
            return Parse(setting.Text()) ?? throw setting.Invalid($"is {Quoted.Text(setting.Text())}: expected {Raw} or {Envelope}");

        var variable = Environment.GetEnvironmentVariable(EnvironmentVariable);
        if (string.IsNullOrEmpty(variable))
            return [Capabilities.RawSignature, Capabilities.Envelope];
        return Parse(variable)
            ?? throw new InvalidInputException(
                $"the environment variable {EnvironmentVariable} is {Quoted.Text(variable)}: expected {Raw} or {Envelope}"
            );
    }

    private static IReadOnlyList<string>? Parse(string mode) =>
        mode switch
        {
            Raw => [Capabilities.RawSignature],
            Envelope => [Capabilities.Envelope],
            _ => null,
        };
}

/// <summary>
/// Whether verification must use this plug-in: <c>requirePlugin</c> in <c>pluginConfig</c>. Such an envelope names the plug-in in critical signed
/// attributes (signature-specification.md, "Extended attributes"), so notation refuses it if the plug-in is not installed.
/// </summary>
internal static class PluginRequirement
{
    public const string Setting = "requirePlugin";

    /// <summary>The attributes to sign; none if the plug-in is not required.</summary>
    /// <exception cref="InvalidInputException">The setting is neither true nor false.</exception>
    public static IReadOnlyList<ExtendedClaim> Read(PluginConfig config) =>
        IsSet(config)
            ?
            [
                new(ExtendedClaim.VerificationPlugin, PluginInformation.Name, IsCritical: true),
                new(ExtendedClaim.VerificationPluginMinVersion, PluginInformation.Version, IsCritical: true),
            ]
            : [];

    /// <summary>Refuses the setting if notation makes the envelope: then nv2 cannot add the attributes.</summary>
    /// <exception cref="InvalidInputException">It is set.</exception>
    public static void RequireAbsent(PluginConfig config)
    {
        if (IsSet(config))
        {
            var setting = config[Setting]!.Value; // Not null: IsSet.
            throw setting.Invalid($"is true, which requires {SigningMode.Setting} to be envelope");
        }
    }

    private static bool IsSet(PluginConfig config) =>
        config[Setting] is { } setting
        && setting.Text() switch
        {
            "true" => true,
            "false" => false,
            var text => throw setting.Invalid($"is {Quoted.Text(text)}: expected true or false"),
        };
}

/// <summary><c>get-plugin-metadata</c>: the plug-in's metadata. It needs no version, because it tells a host the versions.</summary>
internal static class GetPluginMetadataCommand
{
    public const string Name = "get-plugin-metadata";

    public static HostAnswer Run(HostRequest request) =>
        new(
            JsonOutput.Line(
                new GetPluginMetadataResponse(
                    PluginInformation.Name, // Must be the name of the plug-in's folder.
                    PluginInformation.Description,
                    PluginInformation.Version,
                    PluginInformation.Url,
                    [NotationContract.Version],
                    [.. SigningMode.Offered(PluginConfig.Read(request.Json)), Capabilities.TrustedIdentity, Capabilities.RevocationCheck]
                )
            )
        );
}

/// <summary><c>describe-key</c>: the kind and size of a key.</summary>
internal static class DescribeKeyCommand
{
    public const string Name = "describe-key";

    public static HostAnswer Run(HostRequest request)
    {
        using var key = RequestedKey.Read(request.Json, PluginConfig.Read(request.Json));
        return new(JsonOutput.Line(new DescribeKeyResponse(key.Id, key.Key.Spec.ToString())));
    }
}
