using System.Text;

namespace Nv2.Signing.Json;

/// <summary>
/// The names of properties in documents that programs in Go read too. Those readers do not look at the case of a name: <c>Manifests</c> is <c>manifests</c> to them, and
/// of two such properties they take the last. A document with such a name would be two documents.
/// </summary>
/// <param name="names">The names.</param>
public sealed class Spelling(params IEnumerable<string> names)
{
    private readonly Dictionary<string, string> known = names.ToDictionary(name => name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes sure that every property of an object that other programs take for a known one is spelled as that is.</summary>
    /// <exception cref="InvalidInputException">It is not an object, or has a property of another spelling.</exception>
    public void Require(JsonNode json)
    {
        foreach (var (name, value) in json.Properties())
        {
            if (Find(name) is { } meant && meant != name)
                throw value.Invalid($"is not the property {meant}, but other programs take it for that: expected {meant} alone");
        }
    }

    /// <summary>Whether two names are one to readers that do not look at case. Two characters beyond ASCII are letters of ASCII to them (Unicode, simple case folding).</summary>
    public static bool AreSame(string one, string other) => string.Equals(Fold(one), Fold(other), StringComparison.OrdinalIgnoreCase);

    private static string Fold(string name) => Ascii.IsValid(name) ? name : name.Replace('\u017f', 's').Replace('\u212a', 'k');

    private string? Find(string name) => known.GetValueOrDefault(Fold(name));
}
