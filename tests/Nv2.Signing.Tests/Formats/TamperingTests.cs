using CsCheck;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Formats;

/// <summary>No byte of a signature file can be another one.</summary>
public class TamperingTests
{
    // A bit, the neighbour, the other case of a letter, and characters that mean something to JSON and base64.
    private static readonly Func<byte, byte>[] Replacements =
    [
        old => (byte)(old ^ 1),
        old => (byte)(old ^ 0x20),
        old => (byte)(old ^ 0x80),
        old => (byte)(old + 1),
        _ => (byte)' ',
        _ => (byte)'A',
        _ => (byte)'"',
        _ => (byte)'\\',
        _ => (byte)'=',
        _ => (byte)'.',
        _ => (byte)'0',
        _ => 0,
    ];

    public static TheoryData<string> OnP256 { get; } =
        new("nv2-jwt/p256-x5c.jwt", "nv2-jwt/p256-kid.jwt", "nv2-json/p256-x5c.json", "nv2-json/p256-kid.json");

    public static TheoryData<string> Others { get; } =
        new(
            Vectors
                .All.Where(vector => vector.FailingCheck is null && !vector.Signature.Contains("/p256", StringComparison.Ordinal))
                .Select(vector => vector.Signature)
        );

    [Theory]
    [Trait("Kind", "Exhaustive")]
    [MemberData(nameof(OnP256))]
    [InlineData("nv2-jwt/chain.jwt")]
    [InlineData("nv2-json/chain.json")]
    public void A_change_of_any_byte_is_noticed(string name)
    {
        var verify = Verification(name, out var file);
        Assert.True(verify(file));

        // A chain is longer and slower to check; its bytes get two of the changes each, the others all of them.
        var step = name.Contains("chain", StringComparison.Ordinal) ? 5 : 1;
        var failures = new Dictionary<string, string>();
        for (var position = 0; position < file.Length; position++)
        {
            for (var i = position % step; i < Replacements.Length; i += step)
            {
                var original = file[position];
                file[position] = Replacements[i](original);
                if (file[position] != original && Complain(() => verify(file)) is { } failure)
                    failures.TryAdd(failure, $"byte {position}, {original:x2} to {file[position]:x2}: {failure}");
                file[position] = original;
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures.Values));
    }

    [Theory]
    [Trait("Kind", "Exhaustive")]
    [MemberData(nameof(Others))]
    public void A_change_of_any_byte_to_any_other_is_noticed(string name)
    {
        var verify = Verification(name, out var file);
        Assert.True(verify(file));

        Gen.Select(Gen.Int[0, file.Length - 1], Gen.Byte)
            .Sample(
                (position, value) =>
                {
                    var changed = (byte[])file.Clone();
                    changed[position] = value;
                    return value == file[position] || !verify(changed);
                },
                iter: 150,
                threads: 1
            );
    }

    [Theory]
    [MemberData(nameof(OnP256))]
    public void Bytes_in_front_or_behind_or_missing_are_noticed(string name)
    {
        var verify = Verification(name, out var file);
        var json = name.EndsWith(".json", StringComparison.Ordinal);

        foreach (var added in (byte[])[0, (byte)'A', (byte)'.', (byte)'=', (byte)'}', (byte)'{', (byte)',', 0xff])
        {
            Assert.False(verify([.. file, added]));
            Assert.False(verify([added, .. file]));
        }

        // White space around JSON is no part of what it says (RFC 8259 section 2); in the other format there are line breaks at the end, and nothing
        // else.
        foreach (var end in (string[])["\n", "\r\n", "\n\n\n", "\r", "\r\n\r\n"])
        {
            Assert.True(verify([.. file, .. System.Text.Encoding.ASCII.GetBytes(end)]));
            Assert.Equal(json, verify([.. System.Text.Encoding.ASCII.GetBytes(end), .. file]));
        }

        foreach (var space in (string[])[" ", "\t", "\n ", " \n", "\n\t\n"])
        {
            Assert.Equal(json, verify([.. file, .. System.Text.Encoding.ASCII.GetBytes(space)]));
            Assert.Equal(json, verify([.. System.Text.Encoding.ASCII.GetBytes(space), .. file]));
        }

        Assert.False(verify([.. file, (byte)'\v']));
        Assert.False(verify([.. file, 0xc2, 0x85]));
        for (var length = 0; length < file.Length; length++)
            Assert.False(verify(file[..length]));
    }

    // An invalid signature is a result: neither accepted nor an exception.
    private static string? Complain(Func<bool> verify)
    {
        try
        {
            return verify() ? "it verifies" : null;
        }
        catch (Exception exception)
        {
            return exception.ToString();
        }
    }

    private static Func<byte[], bool> Verification(string name, out byte[] file)
    {
        var vector = Vectors.All.First(candidate => candidate.Signature == name);
        file = Vectors.Read(name);
        using var manifest = new MemoryStream(Vectors.Read(vector.Manifest));
        var subject = Manifest.Describe(manifest, MediaType.Parse(vector.MediaType)).Descriptor;
        var trusted = TrustedCertificates.PinsAndAuthorities(CertificateFile.Parse(Vectors.Read(vector.Trusted)));
        return signature => Signatures.Verify(signature, trusted, subject: subject).Verified;
    }
}
