using Nv2.Signing.Artifacts;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>A scope of a trust policy statement: a repository, or everything (trust-store-trust-policy.md, "Scopes Constraints").</summary>
internal sealed record PolicyScope
{
    private const string Everything = "*";
    private const string ArtifactPrefix = "oci:";
    private const string BlobPrefix = "blob:";

    private PolicyScope(string text, string name, bool isForBlobs)
    {
        Text = text;
        Name = name;
        IsForBlobs = isForBlobs;
    }

    /// <summary>The scope as written in the policy.</summary>
    public string Text { get; }

    /// <summary>Whether it is for everything without a more specific scope.</summary>
    public bool IsGlobal => Name == Everything;

    /// <summary>Whether it is for blobs, and not for OCI artifacts.</summary>
    public bool IsForBlobs { get; }

    /// <summary>The repository, with its registry in lower case; or the name of a scope for blobs; or <c>*</c>.</summary>
    internal string Name { get; }

    /// <summary>Reads a scope of version 1.0: a repository with its registry, or <c>*</c>.</summary>
    /// <exception cref="InvalidInputException">It is neither.</exception>
    public static PolicyScope Parse(string text) => new(text, text == Everything ? text : ParseRepository(text), isForBlobs: false);

    /// <summary>Reads a scope of version 1.1: <c>oci:</c> and a repository, or <c>blob:</c> and a name; or one of them and <c>*</c>.</summary>
    /// <exception cref="InvalidInputException">It is neither.</exception>
    public static PolicyScope ParsePrefixed(string text)
    {
        if (text.StartsWith(ArtifactPrefix, StringComparison.Ordinal))
            return new(
                text,
                text[ArtifactPrefix.Length..] is Everything ? Everything : ParseRepository(text[ArtifactPrefix.Length..]),
                isForBlobs: false
            );
        if (!text.StartsWith(BlobPrefix, StringComparison.Ordinal))
            throw new InvalidInputException(
                $"{Quoted.Text(text)} is not a scope: expected {ArtifactPrefix} and a repository, or {BlobPrefix} and a name"
            );

        return new(text, ParseBlobName(text[BlobPrefix.Length..]), isForBlobs: true);
    }

    /// <summary>Reads the name of a scope for blobs, without its prefix; or <c>*</c>.</summary>
    /// <exception cref="InvalidInputException">It is not valid.</exception>
    public static string ParseBlobName(string name) =>
        name == Everything || (name.Length > 0 && !name.AsSpan().ContainsAnyExcept(CharacterSets.Word))
            ? name
            : throw new InvalidInputException(
                $"{Quoted.Text(name)} is not the name of a scope for blobs: expected letters, digits, '-' and '_', or *"
            );

    /// <summary>Whether another scope is for the same, however it is written.</summary>
    public bool IsSame(PolicyScope other) => IsForBlobs == other.IsForBlobs && Name == other.Name;

    /// <summary>Whether it names the repository of <paramref name="reference"/>.</summary>
    public bool Names(Reference reference) => !IsForBlobs && Name == reference.Repository;

    // The part before the first slash is always the registry here: there are no defaults (the specification: no reference expansion).
    private static string ParseRepository(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (text.Contains('*', StringComparison.Ordinal))
            throw new InvalidInputException($"{Quoted.Text(text)} is not a scope: * alone means everything, and is not allowed in a name");
        if (slash <= 0 || !Reference.TryParseRepository(text[..slash], text[(slash + 1)..], out var repository))
        {
            throw new InvalidInputException(
                $"{Quoted.Text(text)} is not a scope: expected a repository with its registry, "
                    + "without scheme, tag and digest, such as registry.example.com/team/app"
            );
        }

        return repository;
    }
}
