using System.CommandLine;
using Nv2.Signing;
using Nv2.Signing.Formats.Notary;

namespace Nv2.Plugin.CommandLine;

/// <summary><c>--user-metadata KEY=VALUE</c>: what a signer says about an artifact besides, and what a verifier asks for.</summary>
internal static class UserMetadata
{
    private const string Name = "--user-metadata";

    public static Option<string[]> Option(string description) => new(Name) { Description = description, HelpName = "key=value" };

    /// <summary>Reads the values.</summary>
    /// <exception cref="UsageException">One has no <c>=</c> or no key, or a key is there twice.</exception>
    public static IReadOnlyDictionary<string, string> Read(ParseResult result, Option<string[]> option)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in result.GetValue(option) ?? [])
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new UsageException($"{Name}: {Quoted.Text(text)} is not a key and its value: expected KEY=VALUE");
            if (!metadata.TryAdd(text[..equals], text[(equals + 1)..]))
                throw new UsageException($"{Name}: the key {Quoted.Text(text[..equals])} is there twice: expected it once");
        }

        return metadata;
    }

    /// <summary>Makes sure that a signer may say it.</summary>
    /// <exception cref="UsageException">A key is not for signers.</exception>
    public static IReadOnlyDictionary<string, string> RequireSignable(IReadOnlyDictionary<string, string> metadata) =>
        metadata.Keys.Select(NotaryPayload.CheckAnnotation).FirstOrDefault(complaint => complaint is not null) is { } complaint
            ? throw new UsageException($"{Name}: {complaint}")
            : metadata;
}
