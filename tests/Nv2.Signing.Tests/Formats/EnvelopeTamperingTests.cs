using System.Text;
using CsCheck;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Formats;

/// <summary>No byte of an envelope can be another one, except in what is not signed and is passed on as what somebody says: the name of the signing
/// program.</summary>
public class EnvelopeTamperingTests
{
    private const string Agent = "io.cncf.notary.signingAgent";
    private const string AgentText = "notation-go/1.3.2";

    // A bit, the other case of a letter, and characters that mean something to JSON and base64; the first byte of a text or of a map in CBOR.
    private static readonly Func<byte, byte>[] Replacements =
    [
        old => (byte)(old ^ 1),
        old => (byte)(old ^ 0x20),
        old => (byte)(old ^ 0x80),
        old => (byte)(old + 1),
        _ => (byte)' ',
        _ => (byte)'"',
        _ => (byte)'=',
        _ => 0x60,
        _ => 0xa0,
        _ => 0,
    ];

    public static TheoryData<string> Names { get; } =
        new("notation/p256.jws", "notation/p256.cose", "notation/leaf-full-chain.jws", "notation/leaf-full-chain.cose");

    [Theory]
    [Trait("Kind", "Exhaustive")]
    [InlineData("notation/p256.jws")]
    [InlineData("notation/p256.cose")]
    public void A_change_of_any_byte_is_noticed_but_in_the_name_of_the_signing_program(string name)
    {
        var verify = Verification(name);
        var file = Vectors.Read(name);
        Assert.True(verify(file));

        var accepted = new SortedSet<int>();
        for (var position = 0; position < file.Length; position++)
        {
            var original = file[position];
            foreach (var replace in Replacements)
            {
                file[position] = replace(original);
                if (file[position] != original && verify(file))
                    accepted.Add(position);
            }

            file[position] = original;
        }

        Assert.Equal(Unsigned(name, file), accepted);
    }

    [Theory]
    [Trait("Kind", "Exhaustive")]
    [MemberData(nameof(Names))]
    public void A_change_of_any_byte_to_any_other_is_noticed(string name)
    {
        var verify = Verification(name);
        var file = Vectors.Read(name);
        var unsigned = Unsigned(name, file);

        Gen.Select(Gen.Int[0, file.Length - 1], Gen.Byte)
            .Sample(
                (position, value) =>
                {
                    var changed = (byte[])file.Clone();
                    changed[position] = value;
                    return value == file[position] || unsigned.Contains(position) || !verify(changed);
                },
                iter: 1000,
                threads: 1
            );
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Bytes_in_front_or_behind_or_missing_are_noticed(string name)
    {
        var verify = Verification(name);
        var file = Vectors.Read(name);
        for (var length = 0; length < file.Length; length++)
            Assert.False(verify(file[..length]));
        foreach (var added in (byte[])[0, (byte)'A', (byte)'}', (byte)'{', (byte)',', 0x80, 0xf6, 0xff])
        {
            Assert.False(verify([.. file, added]));
            Assert.False(verify([added, .. file]));
        }
    }

    // The header signingAgent as a whole, its name included: another name is an unsigned header that is passed over. In COSE its type, too: what is
    // no text counts as absent.
    private static SortedSet<int> Unsigned(string name, byte[] file)
    {
        var isJson = name.EndsWith(".jws", StringComparison.Ordinal);
        var header = Encoding.UTF8.GetBytes(isJson ? $"\"{Agent}\":\"{AgentText}\"" : $"x{(char)Agent.Length}{Agent}q{AgentText}");
        var beginning = file.AsSpan().IndexOf(header);
        Assert.True(beginning > 0);
        var (nameAt, textAt) = (beginning + (isJson ? 1 : 2), beginning + header.Length - AgentText.Length - (isJson ? 1 : 0));
        return
        [
            .. Enumerable.Range(nameAt, Agent.Length),
            .. Enumerable.Range(textAt, AgentText.Length),
            .. isJson ? Array.Empty<int>() : [textAt - 1],
        ];
    }

    private static Func<byte[], bool> Verification(string name)
    {
        var envelope = Vectors.Envelopes.First(candidate => candidate.Signature == name);
        var subject = Descriptor.Parse(Vectors.Read(envelope.Subject));
        var trusted = new TrustedCertificates([], CertificateFile.Parse(Vectors.Read(envelope.Trusted)));
        return signature => Signatures.Verify(signature, trusted, subject: subject).Verified;
    }
}
