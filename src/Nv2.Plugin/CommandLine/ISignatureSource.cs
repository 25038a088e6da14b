using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;

namespace Nv2.Plugin.CommandLine;

/// <summary>Where signatures come from that are stored beside artifacts.</summary>
internal interface ISignatureSource
{
    /// <summary>What is done, for messages: <c>sign in</c> a layout.</summary>
    string Action { get; }

    /// <summary>The signatures of artifacts, one of each.</summary>
    /// <param name="subjects">An artifact, and what is below it.</param>
    /// <param name="defaultReference">The name under which the first was found in a registry, or <see langword="null"/>.</param>
    IReadOnlyList<SignatureArtifact> For(IReadOnlyList<Descriptor> subjects, Reference? defaultReference);

    /// <summary>Makes sure that an output does not take the place of a file that the signatures come from.</summary>
    void Protect(string output);
}
