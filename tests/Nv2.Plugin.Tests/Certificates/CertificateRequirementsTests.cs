using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Certificates;

/// <summary>
/// The Notary Project's "Certificate Requirements", clause by clause: nv2 does not sign with a chain that breaks one, and a signature with it, made
/// by openssl, fails at the check that the clause belongs to, and at no other.
/// </summary>
public sealed class CertificateRequirementsTests(CertificateMaker openssl) : IClassFixture<CertificateMaker>, IDisposable
{
    private const string Key = "leaf.key";
    private const string Chain = "chain.crt";
    private const string Trusted = "trusted.crt";
    private const string Envelope = "app.sig";
    private const int Refused = 1;

    private static readonly string[] Formats = ["jws", "cose"];

    private readonly WorkingFolder folder = new();

    [Fact]
    public void What_authorities_must_be() => AssertRefused("certificates-authorities", BrokenChains.OfAuthorities);

    [Fact]
    public void What_signers_must_be() => AssertRefused("certificates-signers", BrokenChains.OfSigners);

    [Fact]
    public void Keys_and_algorithms() => AssertRefused("certificates-strength", BrokenChains.OfStrength);

    [Fact]
    public void The_order() => AssertRefused("certificates-order", BrokenChains.OfOrder);

    [Fact]
    public void The_dates() => AssertRefused("certificates-dates", BrokenChains.OfDates);

    [Fact]
    public void What_is_not_forbidden_is_allowed()
    {
        foreach (var one in GoodChains.All)
        {
            Prepare(one);
            if (one.OpenSslSays is { } complaint)
                Assert.Contains(complaint, openssl.Verify(one.Chain), StringComparison.Ordinal);
            AssertVerifies(one);
            foreach (var format in Formats)
            {
                var signed = Sign(format);
                Assert.True(signed.ExitCode == 0, $"{one.Clause}, {format}: {signed.Stderr}");
                AssertVerifies(one);
            }
        }
    }

    public void Dispose() => folder.Dispose();

    private void AssertRefused(string snapshot, IReadOnlyList<ChainCase> cases)
    {
        var said = new StringBuilder();
        foreach (var one in cases)
        {
            Prepare(one);
            var failed = Verify(one).Where(check => !(bool)check!["passed"]!).ToList();
            var names = failed.Select(check => (string)check!["check"]!).ToList();
            Assert.True(
                one.Checks.SequenceEqual(names),
                $"{one.Clause}: expected that {string.Join(", ", one.Checks)} fail, and nothing else: {string.Join(", ", names)}"
            );
            said.Append(null, $"{one.Clause}\n  {RefuseToSign(one)}\n");
            foreach (var check in failed)
                said.Append(null, $"  {check!["check"]}: {check["reason"]}\n");
        }

        Snapshot.Match(snapshot, said.ToString());
    }

    /// <summary>The only line with which both formats refuse to sign.</summary>
    private string RefuseToSign(ChainCase one)
    {
        var before = folder.Fingerprint();
        var lines = Formats
            .Select(format =>
            {
                var result = Sign(format);
                Assert.True(
                    result.ExitCode == Refused && result.StdoutBytes.Length == 0,
                    $"{one.Clause}, {format}: exit code {result.ExitCode}, {result.Stdout}{result.Stderr}"
                );
                return result.Stderr;
            })
            .Distinct()
            .ToList();
        Assert.Equal(before, folder.Fingerprint());
        var line = Assert.Single(lines);
        Assert.True(line.IndexOf('\n', StringComparison.Ordinal) == line.Length - 1, $"{one.Clause}: expected one line: {line}");
        return line.TrimEnd();
    }

    private ProcessResult Sign(string format) =>
        folder.Run("sign", "--format", format, "-k", Key, "-c", Chain, "-o", Envelope, WorkingFolder.Manifest);

    private void Prepare(ChainCase one)
    {
        folder.WriteKey(Key, openssl.Key(one.SignedBy ?? one.Chain[0]));
        folder.Write(Chain, string.Concat(one.Chain.Select(openssl.Pem)));
        folder.Write(Trusted, openssl.Pem(one.Trusted ?? one.Chain[^1]));
        folder.Write(Envelope, Assemble(one));
    }

    private void AssertVerifies(ChainCase one) =>
        Assert.True(Verify(one).All(check => (bool)check!["passed"]!), $"{one.Clause}: {Verify(one).ToJsonString()}");

    private JsonArray Verify(ChainCase one)
    {
        var result = folder.Run("verify", "--json", "-f", Envelope, one.TrustedBy, Trusted, WorkingFolder.Manifest);
        Assert.True(result.Stdout.StartsWith('{'), $"{one.Clause}: no verdict, but {result.Stderr}");
        var json = JsonNode.Parse(result.Stdout)!;
        Assert.Equal((bool)json["verified"]!, result.ExitCode == 0);
        return json["checks"]!.AsArray();
    }

    // A JWS as signature-envelope-jws.md has it, signed by openssl: nv2 does not make these.
    private byte[] Assemble(ChainCase one)
    {
        var manifest = folder.Read(WorkingFolder.Manifest);
        var protectedHeader = Encode(
            $$"""
            {"alg":"{{one.Algorithm}}","cty":"application/vnd.cncf.notary.payload.v1+json","crit":["io.cncf.notary.signingScheme"],
            "io.cncf.notary.signingScheme":"notary.x509","io.cncf.notary.signingTime":"2026-01-02T03:04:05Z"}
            """
        );
        var payload = Encode(
            $$$"""
            {"targetArtifact":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{{WorkingFolder.DigestOf(
                manifest
            )}}}","size":{{{manifest.Length}}}}}
            """
        );
        var signature = openssl.Sign(one.SignedBy ?? one.Chain[0], Encoding.ASCII.GetBytes($"{protectedHeader}.{payload}"));
        var chain = string.Join(',', one.Chain.Select(plan => $"\"{Convert.ToBase64String(openssl.Der(plan))}\""));
        return Encoding.UTF8.GetBytes(
            $$"""{"payload":"{{payload}}","protected":"{{protectedHeader}}","header":{"x5c":["""
                + $$"""{{chain}}]},"signature":"{{Base64Url.EncodeToString(signature)}}"}"""
        );
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
