using System.Text;
using Nv2.Signing;
using Nv2.Signing.Text;

namespace Nv2.Plugin.KeySources;

/// <summary>The location of a key, as a user writes it: the same on the command line, in <c>keyId</c> and in <c>signingkeys.json</c>.</summary>
internal abstract record KeyReference
{
    /// <summary>The forms, for messages.</summary>
    public const string Forms = "a file, pkcs11:…, plugin:NAME?id=…, exec:COMMAND, exec-content:COMMAND, or a name in signingkeys.json";

    private KeyReference() { }

    /// <summary>Reads a reference. Without a scheme it is a file, or a name if no such file exists.</summary>
    /// <exception cref="InvalidInputException">It is not valid.</exception>
    public static KeyReference Parse(string text)
    {
        if (text.Length == 0)
            throw new InvalidInputException($"the key is empty: expected {Forms}");
        if (text.StartsWith(Pkcs11Uri.Scheme, StringComparison.OrdinalIgnoreCase))
            return new Token(Pkcs11Uri.Parse(text));
        if (text.StartsWith(Plugin.Scheme, StringComparison.Ordinal))
            return Plugin.Parse(text);
        if (text.StartsWith(Command.Scheme, StringComparison.Ordinal))
            return new Command(Command.Require(text[Command.Scheme.Length..]), TakesContent: false);
        if (text.StartsWith(Command.ContentScheme, StringComparison.Ordinal))
            return new Command(Command.Require(text[Command.ContentScheme.Length..]), TakesContent: true);

        // A file name may contain #. Only if no such file exists does # separate the name of a key in PKCS#12.
        var separator = Path.Exists(text) ? -1 : text.LastIndexOf('#');
        return separator > 0 ? new File(text[..separator], text[(separator + 1)..]) : new File(text, null);
    }

    /// <summary>A file, or a name if there is no such file.</summary>
    /// <param name="Path">Its name.</param>
    /// <param name="Choice">Which of several keys in PKCS#12, or <see langword="null"/>.</param>
    internal sealed record File(string Path, string? Choice) : KeyReference
    {
        /// <summary>Whether it can be a name in <c>signingkeys.json</c>.</summary>
        public bool MayBeName => Choice is null && !Path.Contains('/', StringComparison.Ordinal) && !System.IO.Path.Exists(Path);
    }

    /// <summary>A key on a PKCS#11 token.</summary>
    internal sealed record Token(Pkcs11Uri Uri) : KeyReference;

    /// <summary>A signing plug-in of notation.</summary>
    /// <param name="Name">The name of the plug-in.</param>
    /// <param name="Id">The name that the plug-in knows the key by.</param>
    /// <param name="Config">Settings for the plug-in.</param>
    internal sealed record Plugin(string Name, string Id, IReadOnlyDictionary<string, string> Config) : KeyReference
    {
        public const string Scheme = "plugin:";

        public static new Plugin Parse(string text)
        {
            var (name, query) = text[Scheme.Length..].Split('?', 2) is [var before, var after] ? (before, after) : (text[Scheme.Length..], "");
            RequireName(name);
            var config = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                if (part.Split('=', 2) is not [{ Length: > 0 } key, var value] || !config.TryAdd(Decode(key), Decode(value)))
                    throw new InvalidInputException(
                        $"{Quoted.Text(text)} has {Quoted.Text(part)}: expected id=… and settings of the plug-in as NAME=VALUE, each at most once"
                    );
            }

            if (!config.Remove("id", out var id) || id.Length == 0)
                throw new InvalidInputException($"{Quoted.Text(text)} does not name a key of the plug-in: expected {Scheme}{name}?id=…");
            return new(name, id, config);
        }

        /// <summary>Requires a plug-in name that is not a path.</summary>
        /// <exception cref="InvalidInputException">It is a path or empty.</exception>
        public static string RequireName(string name) =>
            name is not ("" or "." or "..") && !name.AsSpan().ContainsAny('/', '\\', '\0')
                ? name
                : throw new InvalidInputException($"{Quoted.Text(name)} is not the name of a plug-in: expected {Scheme}NAME?id=…");

        private static string Decode(string text) =>
            PercentEncoding.TryDecode(text, out var bytes)
                ? Encoding.UTF8.GetString(bytes)
                : throw new InvalidInputException($"{Quoted.Text(text)} is not percent-encoded: expected two hexadecimal digits after each %");
    }

    /// <summary>A user's command.</summary>
    /// <param name="Line">The command, for a shell.</param>
    /// <param name="TakesContent">Whether it gets the whole content; otherwise it gets the digest.</param>
    internal sealed record Command(string Line, bool TakesContent) : KeyReference
    {
        public const string Scheme = "exec:";
        public const string ContentScheme = "exec-content:";

        public static string Require(string line) =>
            string.IsNullOrWhiteSpace(line)
                ? throw new InvalidInputException(
                    $"{Scheme} has no command: expected a command that reads a digest on standard input and writes the signature to standard output"
                )
                : line;
    }
}

/// <summary>Percent-encoding (RFC 3986 section 2.1).</summary>
internal static class PercentEncoding
{
    /// <summary>Decodes; <see langword="false"/> where a <c>%</c> is not followed by two hexadecimal digits.</summary>
    public static bool TryDecode(string text, out byte[] bytes)
    {
        var source = Encoding.UTF8.GetBytes(text);
        var decoded = new List<byte>(source.Length);
        for (var index = 0; index < source.Length; index++)
        {
            if (source[index] != '%')
            {
                decoded.Add(source[index]);
                continue;
            }

            if (index + 2 >= source.Length || !char.IsAsciiHexDigit((char)source[index + 1]) || !char.IsAsciiHexDigit((char)source[index + 2]))
            {
                bytes = [];
                return false;
            }

            decoded.Add(Convert.ToByte(Encoding.ASCII.GetString(source, index + 1, 2), 16));
            index += 2;
        }

        bytes = [.. decoded];
        return true;
    }
}
