using System.Text;
using Nv2.Plugin.Operations;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Policy;

namespace Nv2.Fuzz.Targets;

/// <summary>
/// Short texts: references, digests, media types, scopes of a policy, identities, distinguished names, trust stores,
/// durations. Each input is read as each of them.
/// </summary>
internal static class ReferenceTarget
{
    private const int ThumbprintDigits = 64;

    public static FuzzTarget Target { get; } =
        new("references", "references, digests, media types, scopes, identities, distinguished names, durations", () => [], Check);

    private static bool Check(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        return Is<Reference>(Reference.Parse, reference => CheckReference(reference, text))
            | Is<Reference>(Reference.ParseComplete, name => name.Text == text && text.StartsWith(name.Domain, StringComparison.OrdinalIgnoreCase))
            | Is<Digest>(Digest.Parse, digest => digest.ToString() == text)
            | Is<MediaType>(MediaType.Parse, type => MediaType.Parse(type.ToString()).Equals(type))
            | Is<TimeSpan>(Duration.Parse, duration => duration > TimeSpan.Zero && Duration.Parse(Duration.Print(duration)) == duration)
            | Is<PolicyScope>(PolicyScope.Parse, scope => scope.IsSame(PolicyScope.Parse(scope.Text)))
            | Is<PolicyScope>(PolicyScope.ParsePrefixed, scope => scope.IsSame(PolicyScope.ParsePrefixed(scope.Text)))
            | Is<TrustedIdentity>(TrustedIdentity.Parse, identity => TrustedIdentity.Parse(identity.Text).Overlaps(identity))
            | Is(DistinguishedNameText.Parse, attributes => attributes.Count > 0 && attributes.All(attribute => attribute.Value.Length > 0))
            | Is<TrustStoreName>(TrustStoreName.Parse, store => store.ToString() == text)
            | Is<string>(KeySource.ParseThumbprint, thumbprint => thumbprint.Length == ThumbprintDigits);

        // What is read, written, and read again is the same.
        bool Is<T>(Func<string, T> parse, Func<T, bool> isSame)
        {
            if (!Attempt.At(() => parse(text), out var value))
                return false;
            Require.That(isSame(value), $"the {typeof(T).Name} {value} is not what the text is, or not the same when it is read again");
            return true;
        }
    }

    // With all defaults filled in it is a complete name, and means the same.
    private static bool CheckReference(Reference reference, string text)
    {
        var full = reference.Repository + (reference.EffectiveTag is { } tag ? $":{tag}" : "") + (reference.Digest is { } digest ? $"@{digest}" : "");
        var isPlain = !text.Any(character => char.IsControl(character) || char.IsWhiteSpace(character));
        return reference.Text == text
            && reference.Host.Length > 0
            && isPlain
            && Reference.Parse(full).Equals(reference)
            && Reference.ParseComplete(full).Repository == reference.Repository
            && PolicyScope.Parse(reference.Repository).Names(reference);
    }
}
