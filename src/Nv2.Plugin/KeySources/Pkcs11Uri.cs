using System.Globalization;
using System.Text;
using Nv2.Signing;
using Nv2.Signing.Text;

namespace Nv2.Plugin.KeySources;

/// <summary>A PKCS#11 URI (RFC 7512), read strictly:
/// <c>pkcs11:token=T;object=O;id=%01?module-path=/usr/lib/….so&amp;pin-source=file:/…</c>.</summary>
internal sealed record Pkcs11Uri
{
    public const string Scheme = "pkcs11:";

    /// <summary>The default module: p11-kit's, which gives access to the tokens of all modules of the machine.</summary>
    public const string DefaultModule = "p11-kit-proxy.so";

    private const string Expected =
        "token, manufacturer, serial, model, slot-id, slot-description, slot-manufacturer, "
        + "object, type, id; and after ? module-path, module-name, pin-source";

    private readonly Dictionary<string, string> texts = new(StringComparer.Ordinal);

    private Pkcs11Uri(string text) => Text = text;

    /// <summary>The URI as it was given. It contains no PIN.</summary>
    public string Text { get; }

    /// <summary>The module to load: a path, or a name that the loader finds.</summary>
    public string Module { get; private set; } = DefaultModule;

    /// <summary>Where the PIN is, as a source of passphrases, or <see langword="null"/>.</summary>
    public string? PinSource { get; private set; }

    /// <summary><c>CKA_ID</c> of the key, or <see langword="null"/>.</summary>
    public byte[]? Id { get; private set; }

    /// <summary>The number of the slot, or <see langword="null"/>.</summary>
    public ulong? SlotId { get; private set; }

    /// <summary>The value of a path attribute, or <see langword="null"/>: <c>token</c>, <c>object</c>.</summary>
    public string? this[string name] => texts.GetValueOrDefault(name);

    /// <summary>Reads a URI.</summary>
    /// <exception cref="InvalidInputException">It is not valid, has an unknown or repeated attribute, or has a PIN.</exception>
    public static Pkcs11Uri Parse(string text)
    {
        var uri = new Pkcs11Uri(text);
        var rest = text[Scheme.Length..];
        var (path, query) = rest.Split('?', 2) is [var before, var after] ? (before, after) : (rest, "");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in Split(path, ';').Concat(Split(query, '&')))
        {
            if (!seen.Add(name))
                throw Invalid($"has {Quoted.Text(name)} twice: expected it once");
        }

        foreach (var (name, value) in Split(path, ';'))
            uri.SetPath(name, value);
        foreach (var (name, value) in Split(query, '&'))
            uri.SetQuery(name, value);
        if (seen.Contains("module-path") && seen.Contains("module-name"))
            throw Invalid("has module-path and module-name, which cannot be combined");
        return uri;
    }

    private void SetPath(string name, string value)
    {
        switch (name)
        {
            case "token" or "manufacturer" or "serial" or "model" or "slot-description" or "slot-manufacturer" or "object":
                texts[name] = DecodeText(name, value);
                break;
            case "type" when DecodeText(name, value) is not "private" and var type:
                throw Invalid($"has type={type}: expected type=private, or no type; the certificate is found automatically");
            case "type":
                break;
            case "id":
                Id = Decode(name, value);
                break;
            case "slot-id":
                SlotId = ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var slot)
                    ? slot
                    : throw Invalid($"has slot-id={value}: expected a number");
                break;
            case "module-path" or "module-name" or "pin-source":
                throw Invalid($"has {name} before the ?: expected it after the ?, as in pkcs11:token=T;object=O?{name}={value}");
            case "library-manufacturer" or "library-description" or "library-version":
                throw Invalid($"has {name}, which is not supported: expected module-path");
            case "pin-value":
                throw PinValue();
            default:
                throw Invalid($"has the unknown attribute {Quoted.Text(name)}: expected {Expected}");
        }
    }

    private void SetQuery(string name, string value)
    {
        switch (name)
        {
            case "module-path":
                Module =
                    DecodeText(name, value) is { Length: > 0 } path && Path.IsPathRooted(path)
                        ? path
                        : throw Invalid(
                            $"has module-path={value}: expected the absolute path of a module, or module-name=NAME for a module that the system finds"
                        );
                break;
            case "module-name":
                var module = DecodeText(name, value);
                if (module.Length == 0 || module.Contains('/', StringComparison.Ordinal))
                    throw Invalid($"has module-name={value}: expected a name such as softhsm2; a path belongs in module-path");
                Module = $"lib{module}.so";
                break;
            case "pin-source":
                PinSource = ReadPinSource(DecodeText(name, value));
                break;
            case "pin-value":
                throw PinValue();
            default:
                throw Invalid($"has the unknown attribute {Quoted.Text(name)}: expected {Expected}");
        }
    }

    // RFC 7512 section 2.4: a file as file:PATH, file:///PATH or its path; a command after |. The other two sources of this program are also allowed.
    private static string ReadPinSource(string source) =>
        source switch
        {
            ['|', ..] => throw Invalid("has a command in pin-source, which is not supported: expected file:PATH, env:NAME or fd:NUMBER"),
            ['/', ..] => $"file:{source}",
            _ when source.StartsWith("file://", StringComparison.Ordinal) => $"file:{source["file://".Length..]}",
            _ => source,
        };

    private static IEnumerable<(string Name, string Value)> Split(string text, char separator)
    {
        foreach (var attribute in text.Split(separator, StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = attribute.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw Invalid($"has {Quoted.Text(attribute)}: expected NAME=VALUE");
            yield return (attribute[..equals], attribute[(equals + 1)..]);
        }
    }

    private static byte[] Decode(string name, string value) =>
        PercentEncoding.TryDecode(value, out var bytes)
            ? bytes
            : throw Invalid($"has a value of {name} that is not percent-encoded: expected two hexadecimal digits after each %");

    private static string DecodeText(string name, string value)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Decode(name, value));
        }
        catch (DecoderFallbackException exception)
        {
            throw Invalid($"has a value of {name} that is not UTF-8", exception);
        }
    }

    private static InvalidInputException PinValue() =>
        Invalid("has pin-value, which would show the PIN in the list of processes: expected pin-source=file:PATH, env:NAME or fd:NUMBER");

    // The message omits the URI, which may contain a PIN.
    private static InvalidInputException Invalid(string failure, Exception? inner = null) => new($"the PKCS#11 URI {failure}", inner);
}
