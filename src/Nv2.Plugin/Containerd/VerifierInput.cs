using Nv2.Plugin.Files;
using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Files;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Containerd;

/// <summary>
/// What containerd writes to the standard input of a verifier (docs/image-verification.md, "Standard Input"): the descriptor of the image, or, with
/// <c>verify_on_run</c>, an object with the descriptor, the operation and the annotations of the container. The user who creates a pod writes the
/// annotations, so they have no influence.
/// </summary>
/// <param name="Operation">The operation of the arguments; <see langword="null"/> if the input is only the descriptor.</param>
internal sealed record VerifierInput(string? Operation)
{
    private const string DescriptorType = "application/vnd.oci.descriptor.v1+json";
    private const string ContextType = "application/vnd.containerd.image-verifier.input.v1+json";
    private const string Pull = "pull";
    private const string Run = "run";
    private const int MaxBytes = 1024 * 1024;

    /// <summary>The input that the arguments announce. containerd gives an operation only with the second media type.</summary>
    /// <exception cref="InvalidInputException">The media type or the operation is not known, or they cannot be combined.</exception>
    public static VerifierInput Of(string mediaType, string? operation) =>
        (mediaType, operation) switch
        {
            (DescriptorType, null) or (ContextType, Pull or Run) => new(operation),
            (DescriptorType, _) => throw new InvalidInputException($"-operation cannot be combined with -stdin-media-type {DescriptorType}"),
            (ContextType, null) => throw new InvalidInputException(
                $"-operation is missing: expected {Pull} or {Run} with -stdin-media-type {ContextType}"
            ),
            (ContextType, _) => throw new InvalidInputException($"-operation is {Quoted.Text(operation)}: expected {Pull} or {Run}"),
            _ => throw new InvalidInputException($"-stdin-media-type is {Quoted.Text(mediaType)}: expected {DescriptorType} or {ContextType}"),
        };

    /// <summary>Reads the descriptor of the image from standard input.</summary>
    /// <exception cref="InvalidInputException">The input is not what it must be, or names another operation.</exception>
    public Descriptor ReadDescriptor()
    {
        using var input = StandardStreams.OpenInput();
        var json = BoundedFile.ReadAll(input, MaxBytes);
        if (Operation is null)
            return Descriptor.Parse(json);
        var context = StrictJson.Parse(json, "the input");
        var operation = context.Required("operation");
        return operation.Text() == Operation
            ? Descriptor.Read(context.Required("descriptor"))
            : throw operation.Invalid($"is {Quoted.Text(operation.Text())}: expected that of -operation, {Operation}");
    }
}
