using System.Globalization;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Verification;

/// <summary>Whether the artifact is the signed one, with the requested properties. Failures are <see langword="null"/> if there is nothing to
/// report.</summary>
internal static class SubjectCheck
{
    /// <summary>Makes the check.</summary>
    public static string? Make(Signature signature, VerificationRequest request) =>
        CheckKind(signature, request) ?? CheckContent(signature.Claims, request) ?? CheckAnnotations(signature, request);

    private static string? CheckKind(Signature signature, VerificationRequest request)
    {
        if (!request.IsBlob)
        {
            return request.MediaType is not null && request.MediaType != request.Subject.MediaType
                ? $"media type mismatch: the artifact states {request.Subject.MediaType}, expected {request.MediaType}"
                : null;
        }

        if (!signature.Format.SignsBlobs)
            return $"the signature is of a manifest: the format {signature.Format.Name} does not support blobs";
        if (BlobContent.DigestFor(signature) is not { } algorithm)
            return "the signer's key does not support blobs";
        return signature.Claims.Digest.Algorithm == algorithm
            ? null
            : $"the signature has a {signature.Claims.Digest.Algorithm} digest of the blob: expected {algorithm}, as the signer's key requires";
    }

    private static string? CheckContent(Claims claims, VerificationRequest request)
    {
        var subject = request.Subject;
        if (claims.Digest != subject.Digest)
            return $"digest mismatch: the artifact has {subject.Digest}, the signature covers {claims.Digest}";
        if (claims.Size != subject.Size)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"size mismatch: the artifact has {subject.Size} bytes, the signature covers {claims.Size}"
            );
        var mediaType = request.IsBlob ? request.MediaType : subject.MediaType;
        return claims.MediaType is null || mediaType is null || claims.MediaType == mediaType
            ? null
            : $"media type mismatch: {(request.IsBlob ? "expected" : "the artifact is")} {mediaType}, the signature covers {claims.MediaType}";
    }

    private static string? CheckAnnotations(Signature signature, VerificationRequest request)
    {
        foreach (var (key, value) in request.RequiredAnnotations)
        {
            if (!signature.Format.CarriesAnnotations)
                return $"the signature has no user metadata, which the format {signature.Format.Name} does not support: "
                    + $"expected {Quoted.Text(key)} with the value {Quoted.Text(value)}";
            if (!signature.Claims.Annotations.TryGetValue(key, out var signed))
                return $"the signature has no user metadata {Quoted.Text(key)}: expected it with the value {Quoted.Text(value)}";
            if (signed != value)
                return $"the signature has the user metadata {Quoted.Text(key)} with the value {Quoted.Text(signed)}: expected {Quoted.Text(value)}";
        }

        return null;
    }
}
