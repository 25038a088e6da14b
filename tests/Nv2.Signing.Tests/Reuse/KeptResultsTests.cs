using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Keys;
using Nv2.Signing.Reuse;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Reuse;

/// <summary>What a thread keeps from one request to the next, and that it decides as a thread that keeps nothing.</summary>
public sealed class KeptResultsTests
{
    private const long Plenty = 64 * 1024 * 1024;
    private static readonly object Kind = new();
    private static readonly object OtherKind = new();

    [Fact]
    public void A_result_is_made_once_for_each_content_and_kind() =>
        Keeping(
            Plenty,
            () =>
            {
                var made = new List<string>();
                string Make(object kind, string content) =>
                    KeptResults.Of(
                        kind,
                        Encoding.UTF8.GetBytes(content),
                        bytes =>
                        {
                            made.Add(Encoding.UTF8.GetString(bytes));
                            return Encoding.UTF8.GetString(bytes);
                        }
                    );

                foreach (var content in new[] { "a", "b", "a", "b", "" })
                    Assert.Equal(content, Make(Kind, content));
                Assert.Equal("a", Make(OtherKind, "a"));
                Assert.Equal(["a", "b", "", "a"], made);
            }
        );

    [Fact]
    public void A_failure_is_not_kept() =>
        Keeping(
            Plenty,
            () =>
            {
                var tries = 0;
                string Make() => KeptResults.Of<string>(Kind, "content"u8, _ => ++tries == 1 ? throw new InvalidInputException("no") : "yes");

                Refusal.Of(() => Make(), "no");
                Assert.Equal(("yes", "yes", 2), (Make(), Make(), tries));
            }
        );

    [Fact]
    public void Another_thread_keeps_nothing() =>
        Keeping(
            Plenty,
            () =>
            {
                var der = Der("keys/p256.crt");
                Assert.Same(CertificateFile.ParseDer(der), CertificateFile.ParseDer(der));
                var other = new Thread(() => Assert.NotSame(CertificateFile.ParseDer(der), CertificateFile.ParseDer(der)));
                other.Start();
                other.Join();
            }
        );

    [Fact]
    public void No_more_is_kept_than_fits() =>
        Keeping(
            1024 * 1024,
            () =>
            {
                for (var number = 0; number < 3 * KeptResults.MaxEntries; number++)
                {
                    KeptResults.Of(Kind, BitConverter.GetBytes(number), bytes => bytes.Length);
                    Assert.InRange(KeptResults.OfThread!.Count, 1, 1024 * 1024 / 4096);
                }
            }
        );

    [Fact]
    public void The_number_of_results_is_limited_too() =>
        Keeping(
            long.MaxValue,
            () =>
            {
                for (var number = 0; number < 3 * KeptResults.MaxEntries; number++)
                    KeptResults.Of(Kind, BitConverter.GetBytes(number), bytes => bytes.Length);
                Assert.InRange(KeptResults.OfThread!.Count, KeptResults.MaxEntries / 2, KeptResults.MaxEntries);
            }
        );

    [Fact]
    public void What_is_asked_for_again_and_again_stays() =>
        Keeping(
            1024 * 1024,
            () =>
            {
                var made = 0;
                for (var number = 0; number < 2000; number++)
                {
                    KeptResults.Of(Kind, "often"u8, _ => ++made);
                    KeptResults.Of(Kind, BitConverter.GetBytes(number), bytes => bytes.Length);
                }

                Assert.Equal(1, made);
            }
        );

    [Fact]
    public void A_key_is_kept_and_its_passphrase_is_asked_for_every_time() =>
        Keeping(
            Plenty,
            () =>
            {
                using var plain = PemPrivateKey.Parse(Vectors.Read("keys/p256.key"));
                var content = Encrypt("right");
                var asked = 0;
                Secret Give(string passphrase)
                {
                    asked++;
                    return Secret.Take(Encoding.UTF8.GetBytes(passphrase));
                }

                var first = KeyFile.Parse(content, () => Give("right"));
                first.Dispose();
                var second = KeyFile.Parse(content, () => Give("right"));
                Assert.Same(first, second);
                Assert.Equal(64, second.Sign("content"u8, SigningAlgorithm.ES256).Length);
                Refusal.Of(() => KeyFile.Parse(content, () => Give("wrong")), "passphrase is wrong");
                Refusal.Of(() => KeyFile.Parse(content), "no passphrase was given");
                Refusal.Of(() => KeyFile.Parse(content, () => Give("right"), ""), "it is not PKCS#12");
                Assert.Same(first, KeyFile.Parse(content, () => Give("right")));
                Assert.Equal(4, asked);
            }
        );

    // The one difference that may be seen is time. All vectors, at moments before, in and after the lives of their certificates, twice on one thread.
    [Fact]
    public void A_thread_that_keeps_results_says_the_same_of_all_vectors_as_one_that_does_not()
    {
        DateTimeOffset[] moments = [new(1990, 1, 1, 0, 0, 0, TimeSpan.Zero), Signatures.Now, new(2300, 1, 1, 0, 0, 0, TimeSpan.Zero), Signatures.Now];
        var expected = moments.SelectMany(VerifyAll).ToList();
        Assert.True(expected.Distinct().Count() > 20);

        Keeping(
            Plenty,
            () =>
            {
                Assert.Equal(expected, [.. moments.SelectMany(VerifyAll)]);
                Assert.Equal(expected, [.. moments.SelectMany(VerifyAll)]);
            }
        );
        Keeping(64 * 1024, () => Assert.Equal(expected, [.. moments.SelectMany(VerifyAll)])); // Where hardly anything fits.
    }

    [Fact]
    public void A_certificate_that_is_given_many_times_counts_once_whether_it_is_one_object_or_many()
    {
        var authority = CertificateFile.Parse(Vectors.Read("keys/root.crt"))[0];
        var chain = SignatureFormats.Parse(Vectors.Read("nv2-jwt/chain.jwt")).Certificates;
        var many = Enumerable.Range(0, 60).SelectMany(_ => chain.Skip(1).Append(authority));
        X509Certificate2[] copies = [.. many.Select(one => X509CertificateLoader.LoadCertificate(one.RawData))];
        var trusted = new TrustedCertificates([], [authority]);

        var path = CertificatePath.Find(chain[0], copies, trusted, Signatures.Now, PathUse.Signing);
        X509Certificate2[] same = [.. Enumerable.Range(0, 60).SelectMany(_ => chain.Skip(1).Append(authority))];
        Assert.Equal(path.Failure, CertificatePath.Find(chain[0], same, trusted, Signatures.Now, PathUse.Signing).Failure);
        Assert.Null(path.Failure);
    }

    private static IEnumerable<string> VerifyAll(DateTimeOffset now)
    {
        foreach (var vector in Vectors.All)
        {
            using var manifest = new MemoryStream(Vectors.Read(vector.Manifest));
            yield return Describe(vector.Signature, vector.Trusted, Manifest.Describe(manifest, MediaType.Parse(vector.MediaType)).Descriptor, now);
        }

        foreach (var envelope in Vectors.Envelopes)
            yield return Describe(envelope.Signature, envelope.Trusted, Descriptor.Parse(Vectors.Read(envelope.Subject)), now);
    }

    private static string Describe(string signature, string trusted, Descriptor subject, DateTimeOffset now)
    {
        var certificates = TrustedCertificates.PinsAndAuthorities(CertificateFile.Parse(Vectors.Read(trusted)));
        var request = new VerificationRequest(Vectors.Read(signature), null, subject, Trust.ByHand(certificates), null, null);
        var result = new Verifier(new FakeTimeProvider(now)).Verify(request);
        return $"{signature} {trusted} {now:u}: {string.Join("; ", result.Checks.Select(check => check.ToString()))}";
    }

    private static byte[] Der(string certificate) => CertificateFile.Parse(Vectors.Read(certificate))[0].RawData;

    private static byte[] Encrypt(string passphrase) =>
        Tool.Run("openssl", ["pkcs8", "-topk8", "-in", Vectors.PathOf("keys/p256.key"), "-passout", $"pass:{passphrase}"])
            .RequireSuccess()
            .StdoutBytes;

    // On a thread of its own, so that other tests keep nothing.
    private static void Keeping(long maxBytes, Action test)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            KeptResults.BeginOnThisThread(maxBytes);
            failure = Record.Exception(test);
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }
}
