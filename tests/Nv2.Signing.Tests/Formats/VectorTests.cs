using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Signing.Signatures;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Formats;

public class VectorTests
{
    public static TheoryData<int, string> Rows { get; } = Table(Vectors.All.Index().Select(one => (one.Index, Describe(one.Item))));

    public static TheoryData<int, string> ValidRows { get; } =
        Table(Vectors.All.Index().Where(one => one.Item.FailingCheck is null).Select(one => (one.Index, one.Item.Signature)));

    public static TheoryData<string, string> KeyIds { get; } = Table(Vectors.KeyIds);

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_vector_has_the_outcome_that_its_table_says(int row, string _)
    {
        var vector = Vectors.All[row];
        using var manifest = new MemoryStream(Vectors.Read(vector.Manifest));
        var subject = Manifest.Describe(manifest, MediaType.Parse(vector.MediaType)).Descriptor;
        var trusted = TrustedCertificates.PinsAndAuthorities(CertificateFile.Parse(Vectors.Read(vector.Trusted)));

        var result = new Verifier(new FakeTimeProvider(Signatures.Now)).Verify(
            new VerificationRequest(Vectors.Read(vector.Signature), null, subject, Trust.ByHand(trusted), null, null)
        );

        // The original stops at the first thing that is wrong; here what follows from it may be wrong too.
        var first = result.Outcome().Split(' ')[0];
        Assert.Equal(vector.FailingCheck ?? "valid", first, ignoreCase: true);
        if (vector.FailingCheck is not (null or "integrity" or "format"))
            Assert.Equal(first, result.Outcome());
    }

    [Theory]
    [MemberData(nameof(ValidRows))]
    public void A_valid_vector_written_again_is_the_same_but_for_the_randomness_of_ECDSA(int row, string name)
    {
        var original = Vectors.Read(Vectors.All[row].Signature);
        var signature = SignatureFormats.Parse(original);
        using var key = KeyOf(name);

        var again = signature.Format.Sign(signature.Claims, key, signature.Certificates);

        Assert.Equal(signature.Format.Name, Path.GetExtension(name)[1..]);
        if (key.Spec.Kind == KeyKind.Rsa)
            Assert.Equal(Text(original), Text(again));
        Assert.Equal(WithoutValue(original, signature), WithoutValue(again, SignatureFormats.Parse(again)));
    }

    [Theory]
    [MemberData(nameof(KeyIds))]
    public void A_certificate_has_the_key_id_that_libtrust_gives(string certificate, string keyId)
    {
        var parsed = Assert.Single(CertificateFile.Parse(Vectors.Read(certificate)));
        using var key = PemPrivateKey.Parse(Vectors.Read(Path.ChangeExtension(certificate, ".key")));

        Assert.Equal(keyId, LibtrustKeyId.Compute(parsed.PublicKey.ExportSubjectPublicKeyInfo()));
        Assert.Equal(keyId, LibtrustKeyId.Compute(key.ExportSubjectPublicKeyInfo()));
        Assert.True(key.BelongsTo(parsed));
    }

    private static string Describe(Vector vector) => $"{vector.Signature} by {vector.Trusted} for {vector.Manifest} is {vector.Expected}";

    private static TheoryData<T1, T2> Table<T1, T2>(IEnumerable<(T1 First, T2 Second)> rows)
    {
        var table = new TheoryData<T1, T2>();
        foreach (var (first, second) in rows)
            table.Add(first, second);
        return table;
    }

    // The name of a vector says which key it was made with.
    private static SigningKey KeyOf(string vector)
    {
        var name = Path.GetFileNameWithoutExtension(vector);
        var key =
            name == "chain" ? "leaf"
            : name.StartsWith("manifest-", StringComparison.Ordinal) ? "p256"
            : name.Split('-')[0];
        return PemPrivateKey.Parse(Vectors.Read($"keys/{key}.key"));
    }

    private static string WithoutValue(byte[] file, Signature signature)
    {
        var value =
            signature.Format.Name == "json"
                ? Convert.ToBase64String(signature.Value.Span)
                : System.Buffers.Text.Base64Url.EncodeToString(signature.Value.Span);
        var text = Text(file);
        Assert.Contains(value, text, StringComparison.Ordinal);
        return text.Replace(value, $"({signature.Value.Length} bytes)", StringComparison.Ordinal);
    }

    private static string Text(byte[] file) => System.Text.Encoding.ASCII.GetString(file);
}
