using System.CommandLine;
using System.Text;
using Nv2.Plugin.Cli.Options;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.KeySources;
using Nv2.Plugin.Operations;
using Nv2.Signing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Cli.Commands;

/// <summary><c>nv2 key</c>: names for keys, and what a key or a token is.</summary>
internal static class KeyCommand
{
    public const string Name = "key";

    public static Command Create() =>
        new(Name, "Name keys, and describe keys and tokens")
        {
            CreateAdd(),
            CreateList(),
            CreateRemove(),
            CreateDefault(),
            CreateDescribe(),
            CreateListTokens(),
        };

    private static CommandWithExamples CreateAdd()
    {
        var name = new Argument<string>("name") { Description = "The name" };
        var reference = new Argument<string>("key") { Description = $"Where the key is: {KeyReference.Forms}" };
        var certificate = Certificate();
        var passphrase = KeyOptions.PassphraseFrom();
        var isDefault = new Option<bool>("--default") { Description = "Use this key if no key is named" };
        var command = new CommandWithExamples(
            "add",
            $"Name a key in {NamedKeys.FileName}; the key itself is not copied",
            """
            nv2 key add release app.key -c chain.crt --default
            nv2 key add hsm 'pkcs11:token=release;object=app?module-path=/usr/lib/softhsm/libsofthsm2.so' --passphrase-from file:/run/secrets/pin
            """
        )
        {
            name,
            reference,
            certificate,
            passphrase,
            isDefault,
        };
        command.SetAction(result =>
        {
            KeyEditor.Add(
                result.GetRequiredValue(name),
                result.GetRequiredValue(reference),
                result.GetValue(certificate),
                result.GetValue(passphrase),
                result.GetValue(isDefault)
            );
            return ExitCodes.Success;
        });
        return command;
    }

    private static CommandWithExamples CreateList()
    {
        var command = new CommandWithExamples("list", "List the named keys; * marks the default key", "nv2 key list");
        command.SetAction(_ =>
        {
            var (keys, chosen) = NamedKeys.Read();
            Print(keys.Select(key => $"{(key.Name == chosen ? "*" : " ")} {Quoted.Printable(key.Name)}  {Quoted.Printable(key.Reference)}"));
            return ExitCodes.Success;
        });
        return command;
    }

    private static CommandWithExamples CreateRemove()
    {
        var name = new Argument<string>("name") { Description = "The name" };
        var command = new CommandWithExamples("remove", "Remove the name of a key; the key itself is not deleted", "nv2 key remove hsm") { name };
        command.SetAction(result =>
        {
            KeyEditor.Remove(result.GetRequiredValue(name));
            return ExitCodes.Success;
        });
        return command;
    }

    private static CommandWithExamples CreateDefault()
    {
        var name = new Argument<string?>("name") { Description = "The name of the key to use from now on", Arity = ArgumentArity.ZeroOrOne };
        var command = new CommandWithExamples("default", "Show or set the key to use if no key is named", "nv2 key default release") { name };
        command.SetAction(result =>
        {
            if (result.GetValue(name) is { } chosen)
                KeyEditor.SetDefault(chosen);
            else if (NamedKeys.Read().Default is { } current)
                Print([Quoted.Printable(current)]);
            return ExitCodes.Success;
        });
        return command;
    }

    private static CommandWithExamples CreateDescribe()
    {
        var reference = new Argument<string>("key") { Description = $"The key: {KeyReference.Forms}" };
        var certificate = Certificate();
        var passphrase = KeyOptions.PassphraseFrom();
        var timeout = KeyOptions.Timeout();
        var verbose = CommonOptions.Verbose();
        var command = new CommandWithExamples(
            "describe",
            "Describe a key: kind and size, algorithms, formats, certificates and location",
            "nv2 key describe app.p12 --passphrase-from file:app.passphrase"
        )
        {
            reference,
            certificate,
            passphrase,
            timeout,
            verbose,
        };
        command.SetAction(result =>
        {
            using var loggers = VerboseLog.Create(result.GetValue(verbose));
            using var key = SigningKeys.Open(
                new(result.GetRequiredValue(reference), KeyOptions.ReadPassphraseSource(result, passphrase))
                {
                    Certificates = result.GetValue(certificate) is { } file ? InputFile.ReadCertificates(file) : null,
                    Timeout = KeyOptions.ReadTimeout(result, timeout),
                    Log = loggers.CreateLogger(Name),
                }
            );
            Print(Describe(key));
            return ExitCodes.Success;
        });
        return command;
    }

    private static CommandWithExamples CreateListTokens()
    {
        var module = new Option<string?>("--module")
        {
            Description =
                $"The PKCS#11 module, a shared library [default: {Pkcs11Uri.DefaultModule}, which gives access to all modules of the machine]",
            HelpName = "path",
        };
        var timeout = KeyOptions.Timeout();
        var command = new CommandWithExamples(
            "list-tokens",
            "List the tokens of a PKCS#11 module, without a PIN",
            "nv2 key list-tokens --module /usr/lib/softhsm/libsofthsm2.so"
        )
        {
            module,
            timeout,
        };
        command.SetAction(result =>
        {
            var path = result.GetValue(module) is { } named ? Path.GetFullPath(named) : Pkcs11Uri.DefaultModule;
            Print(
                TokenKey
                    .List(path, new("", PassphraseSource.Person) { Timeout = KeyOptions.ReadTimeout(result, timeout) })
                    .Select(token => Describe(token, result.GetValue(module)))
            );
            return ExitCodes.Success;
        });
        return command;
    }

    private static Option<string?> Certificate() =>
        new("--cert", "-c")
        {
            Description = "The key's certificate and its issuer certificates [default: those stored with the key]",
            HelpName = "file",
        };

    private static IEnumerable<string> Describe(OpenedKey key)
    {
        yield return $"key:          {key.Key.Spec}";
        yield return $"found in:     {key.Place}";
        yield return $"algorithms:   {string.Join(", ", key.Key.Algorithms)}";
        var formats = SignatureFormats.All.Where(format => SigningAlgorithms.CanSign(format, key.Key)).Select(format => format.Name);
        yield return $"formats:      {string.Join(", ", formats)}";
        yield return $"libtrust id:  {LibtrustKeyId.Compute(key.Key.ExportSubjectPublicKeyInfo())}";
        if (key.Certificates is [])
            yield return "certificate:  none is stored with the key";
        else if (!key.Key.BelongsTo(key.Certificates[0]))
            throw new InvalidInputException(
                $"the key ({key.Key.Spec}) does not belong to the certificate {DistinguishedName.Brief(key.Certificates[0].SubjectName)}"
            );
        foreach (var certificate in key.Certificates)
        {
            var description = CertificateDescription.Of(certificate);
            yield return $"certificate:  {description.Subject}";
            yield return $"  issued by:  {description.Issuer}";
            yield return $"  sha256:     {description.Sha256Thumbprint}";
            yield return $"  valid:      {Rfc3339.Format(description.NotBefore)} to {Rfc3339.Format(description.NotAfter)}";
        }
    }

    private static string Describe(TokenDescription token, string? module)
    {
        var query = module is null ? "" : $"?module-path={Path.GetFullPath(module)}";
        var states = string.Join(
            ", ",
            new (TokenStates State, string Text)[]
            {
                (TokenStates.UserPinLocked, "the PIN is locked"),
                (TokenStates.UserPinFinalTry, "one PIN attempt is left"),
                (TokenStates.UserPinCountLow, "a wrong PIN was given"),
                (TokenStates.ProtectedAuthenticationPath, "the token asks for the PIN itself"),
            }
                .Where(one => token.States.HasFlag(one.State))
                .Select(one => one.Text)
        );
        var what = $"{token.Manufacturer} {token.Model}, serial number {token.Serial}, slot {token.Slot}{(states.Length > 0 ? $"; {states}" : "")}";
        return token.States.HasFlag(TokenStates.TokenInitialized)
            ? $"pkcs11:token={Uri.EscapeDataString(token.Label)}{query}  {Quoted.Printable(what)}"
            : $"(not initialized)  {Quoted.Printable(what)}";
    }

    private static void Print(IEnumerable<string> lines)
    {
        var text = string.Concat(lines.Select(line => $"{line}\n")); // Complete before anything is printed: an error prints nothing.
        using var output = StandardStreams.OpenOutput();
        output.Write(Encoding.UTF8.GetBytes(text));
    }
}
