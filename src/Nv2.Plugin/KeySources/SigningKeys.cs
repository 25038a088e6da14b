using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Keys;
using Nv2.Signing.Text;

namespace Nv2.Plugin.KeySources;

/// <summary>Opens the keys that references name. Only this class knows where a key can be.</summary>
internal static class SigningKeys
{
    /// <summary>Opens a key.</summary>
    /// <exception cref="InvalidInputException">It does not exist, cannot be used, or its passphrase is wrong.</exception>
    public static OpenedKey Open(KeyRequest request) =>
        KeyReference.Parse(request.Reference) switch
        {
            KeyReference.File { MayBeName: true } name when NamedKeys.Find(name.Path) is { } entry => OpenNamed(entry, request),
            KeyReference.File file => OpenFile(file, request),
            KeyReference.Token token => OpenToken(token.Uri, request),
            KeyReference.Plugin plugin => Opened(
                PluginKey.Open(plugin, request),
                request,
                $"the plug-in {plugin.Name}, key {Quoted.Text(plugin.Id)}"
            ),
            KeyReference.Command command => Opened(CommandKey.Open(command, request), request, "a command"),
            var other => throw new InvalidOperationException($"{other} is not a key reference"),
        };

    private static OpenedKey OpenFile(KeyReference.File file, KeyRequest request)
    {
        var key = InputFile.ReadKey(file.Path, () => request.Passphrase.Read($"the passphrase of {Quoted.Text(file.Path)}"), file.Choice);
        return Opened(key, request, $"the file {Quoted.Text(file.Path)}") with { File = file.Path, Warning = InputFile.WarningAboutKey(file.Path) };
    }

    private static OpenedKey OpenToken(Pkcs11Uri uri, KeyRequest request)
    {
        var source = uri.PinSource is { } pinSource ? PassphraseSource.Parse(pinSource) : request.Passphrase;
        var key = TokenKey.Open(uri, request with { Passphrase = source });
        return Opened(key, request, key.Place);
    }

    private static OpenedKey OpenNamed(NamedKey entry, KeyRequest request)
    {
        try
        {
            var inner = request with
            {
                Reference = entry.Reference,
                Certificates = request.Certificates ?? (entry.CertificatePath is { } path ? InputFile.ReadCertificates(path) : null),
                Passphrase = entry.PassphraseFrom is { } source ? PassphraseSource.Parse(source) : request.Passphrase,
            };
            var opened = KeyReference.Parse(entry.Reference) is KeyReference.File file ? OpenFile(file, inner) : Open(inner);
            return opened with { Place = $"{opened.Place}, as {Quoted.Text(entry.Name)} in {NamedKeys.FileName}" };
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"the key {Quoted.Text(entry.Name)} of {NamedKeys.FileName}: {exception.Message}", exception);
        }
    }

    private static OpenedKey Opened(SigningKey key, KeyRequest request, string place) =>
        new(key, request.Certificates ?? key.Certificates, place) { Passphrase = request.Passphrase };
}
