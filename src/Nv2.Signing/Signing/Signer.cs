using System.Collections.ObjectModel;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Formats.Notary;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;

namespace Nv2.Signing.Signing;

/// <summary>What to sign, and how.</summary>
/// <param name="Subject">The artifact.</param>
/// <param name="References">The names that it is signed for; may be empty.</param>
/// <param name="Format">The format of the signature.</param>
/// <param name="ExpiresIn">How long the signature is valid, more than zero; <see langword="null"/> for no expiry.</param>
/// <param name="Key">The key.</param>
/// <param name="Certificates">The key's certificate chain; empty to name the key by its id.</param>
public sealed record SigningRequest(
    Descriptor Subject,
    IReadOnlyList<Reference> References,
    ISignatureFormat Format,
    TimeSpan? ExpiresIn,
    SigningKey Key,
    IReadOnlyList<X509Certificate2> Certificates
)
{
    /// <summary>Metadata to sign along with the artifact, in formats that carry annotations; keys that begin with <c>io.cncf.notary</c> are
    /// reserved.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The name of the signing program, <c>nv2/1.0.0</c>; not signed.</summary>
    public string? SigningAgent { get; init; }

    /// <summary>The signing scheme, in formats that have one; <see langword="null"/> for the format's default.</summary>
    internal SigningScheme? Scheme { get; init; }

    /// <summary>
    /// The payload to sign byte for byte, <c>application/vnd.cncf.notary.payload.v1+json</c> of <see cref="Subject"/>, in formats with a payload;
    /// <see langword="null"/> to write it.
    /// </summary>
    internal ReadOnlyMemory<byte>? Payload { get; init; }

    /// <summary>User-defined signed attributes, in formats that carry annotations.</summary>
    internal IReadOnlyList<ExtendedClaim> ExtendedClaims { get; init; } = [];

    /// <summary>Whether <see cref="Subject"/> is a blob, content that is not a manifest, with the digest of <see
    /// cref="BlobContent.DigestFor(SigningAlgorithm)"/> for the key.</summary>
    internal bool IsBlob { get; init; }
}

/// <summary>Makes valid signatures: refuses to make a signature that a verifier must refuse.</summary>
/// <param name="clock">Tells the present moment.</param>
public sealed class Signer(TimeProvider clock)
{
    /// <summary>Signs.</summary>
    /// <exception cref="SigningRefusedException">
    /// The key does not belong to the certificate; the certificate is outside of its dates, not for digital signatures, or not valid for the registry
    /// of a reference; a reference has another digest than the artifact; the expiry is after the year 9999; or the format does not support the
    /// request.
    /// </exception>
    public byte[] Sign(SigningRequest request)
    {
        // Signatures have whole seconds. The fraction is dropped, so a signature is never from the future.
        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        if (request.References.FirstOrDefault(reference => (reference.Digest ?? request.Subject.Digest) != request.Subject.Digest) is { } other)
            throw new SigningRefusedException(
                SigningInput.References,
                $"{Quoted.Text(other.Text)} has another digest than the artifact, {request.Subject.Digest}"
            );
        RequireCarried(request);
        if (request.Certificates is [var certificate, ..] && !request.Key.BelongsTo(certificate))
        {
            throw new SigningRefusedException(
                SigningInput.Certificate,
                $"the key ({request.Key.Spec}) does not belong to the certificate {DistinguishedName.BriefOf(certificate)}: "
                    + "expected the signer's certificate first in a bundle"
            );
        }

        SigningRules.Require(request, now);
        if (request.ExpiresIn > DateTimeOffset.MaxValue - now)
            throw new SigningRefusedException(SigningInput.Expiry, "the expiry is too long: the signature would end after the year 9999");
        if (request.ExpiresIn < TimeSpan.FromSeconds(1))
            throw new SigningRefusedException(SigningInput.Expiry, "the expiry is too short: expected one second or more");

        var claims = new Claims(
            request.Subject.MediaType,
            request.Subject.Digest,
            request.Subject.Size,
            request.References,
            IssuedAt: now,
            NotBefore: request.ExpiresIn is null || !request.Format.CarriesNotBefore ? null : now,
            ExpiresAt: now + request.ExpiresIn
        )
        {
            Annotations = request.Annotations,
            Payload = request.Payload,
            Scheme = request.Scheme,
            ExtendedClaims = request.ExtendedClaims,
        };
        return request.Format.Sign(claims, request.Key, request.Certificates, request.SigningAgent);
    }

    // The caller must not believe that something is signed that the format cannot carry.
    private static void RequireCarried(SigningRequest request)
    {
        if (request.References.Count > 0 && !request.Format.CarriesReferences)
            throw new SigningRefusedException(
                SigningInput.References,
                $"the format {request.Format.Name} carries no references: sign without them, or in another format"
            );
        if (
            (request.Annotations.Count > 0 || request.ExtendedClaims.Count > 0 || request.Scheme is not null || request.Payload is not null)
            && !request.Format.CarriesAnnotations
        )
            throw new SigningRefusedException(
                SigningInput.Annotations,
                $"the format {request.Format.Name} carries no annotations: sign without them, or in another format"
            );
        if (request.IsBlob && !request.Format.SignsBlobs)
            throw new SigningRefusedException(SigningInput.Subject, $"the format {request.Format.Name} is only for manifests, not for blobs");
        if (
            request.IsBlob
            && BlobContent.DigestFor(request.Format.AlgorithmFor(request.Key.Spec)) is var algorithm
            && algorithm != request.Subject.Digest.Algorithm
        )
            throw new SigningRefusedException(
                SigningInput.Subject,
                $"the blob is described by {request.Subject.Digest.Algorithm}: expected {algorithm}, as the key ({request.Key.Spec}) requires"
            );
    }
}

/// <summary>The inputs of signing.</summary>
public enum SigningInput
{
    /// <summary>The key's certificate.</summary>
    Certificate,

    /// <summary>The references.</summary>
    References,

    /// <summary>The time of validity.</summary>
    Expiry,

    /// <summary>The annotations.</summary>
    Annotations,

    /// <summary>The artifact.</summary>
    Subject,
}

/// <summary>A refusal to make a signature that would not be valid.</summary>
/// <param name="input">The input that caused it.</param>
/// <param name="message">The reason, in one sentence.</param>
public sealed class SigningRefusedException(SigningInput input, string message) : InvalidInputException(message)
{
    /// <summary>The input that caused it.</summary>
    public SigningInput Input => input;
}

/// <summary>The requirements of a specification for signing: refuses what a verifier must refuse.</summary>
internal static class SigningRules
{
    /// <summary>Refuses to make a signature that would not be valid.</summary>
    /// <exception cref="SigningRefusedException">It would not be valid.</exception>
    public static void Require(SigningRequest request, DateTimeOffset now)
    {
        switch (request.Format.Specification)
        {
            case SignatureSpecification.Nv2:
                RequireNv2(request, now);
                break;
            case SignatureSpecification.Notary:
                RequireNotary(request, now);
                break;
            default:
                throw new InvalidOperationException(
                    $"the specification {request.Format.Specification} of the format {request.Format.Name} has no rules"
                );
        }
    }

    private static void RequireNv2(SigningRequest request, DateTimeOffset now)
    {
        if (request.Certificates is not [var certificate, ..])
            return;
        if (
            (
                request.Certificates.Select(CertificateExtensions.Check).FirstOrDefault(refusal => refusal is not null)
                ?? SignerCertificate.CheckKeyUsage(certificate)
                ?? SignerCertificate.CheckPurpose(certificate, isPinned: true).Failure
                ?? SignerCertificate.CheckDates(certificate, now)
            ) is
            { } failure
        )
            throw new SigningRefusedException(SigningInput.Certificate, failure);
        if (SignerCertificate.CheckReferences(certificate, request.Certificates.Skip(1), request.References) is { } foreign)
            throw new SigningRefusedException(SigningInput.References, foreign);
    }

    private static void RequireNotary(SigningRequest request, DateTimeOffset now)
    {
        if (request.Certificates.Count == 0)
            throw new SigningRefusedException(
                SigningInput.Certificate,
                $"the format {request.Format.Name} requires the certificate chain of the key, up to the root"
            );
        if (CertificateRequirements.CheckChain(request.Certificates, now) is { } failure)
            throw new SigningRefusedException(SigningInput.Certificate, failure);
        if (request.Annotations.Keys.Select(NotaryPayload.CheckAnnotation).FirstOrDefault(one => one is not null) is { } reserved)
            throw new SigningRefusedException(SigningInput.Annotations, reserved);
    }
}
