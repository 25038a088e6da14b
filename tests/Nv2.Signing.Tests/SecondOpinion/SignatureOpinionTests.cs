using System.Text;
using System.Text.RegularExpressions;
using Nv2.Signing.Certificates;
using Nv2.Signing.Verification;
using Nv2.Testing;
using Xunit.Abstractions;

namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>Generated signatures in the format jwt, judged by nv2, by <c>openssl dgst</c> and by <c>jose jws ver</c>. docs/second-opinion.md explains
/// each disagreement.</summary>
public class SignatureOpinionTests(ITestOutputHelper output)
{
    private const string OpenSsl = "openssl";
    private const string Jose = "jose";

    // What nv2 refuses although the other finds the signature right: a part of nv2's reason, and what must be odd. There is no row for the other
    // direction.
    private static readonly (string Kind, string Other, string Reason, string[] Features)[] Rows =
    [
        ("algorithm that is not supported", OpenSsl, "alg", ["algorithm:PS256"]),
        ("algorithm that is not supported", Jose, "alg", ["algorithm:PS256"]),
        ("algorithm of another curve", OpenSsl, "is by (ES|RS)|does not fit the signer's key", ["misfits"]),
        ("algorithm of another curve", Jose, "does not fit the signer's key", ["misfits"]),
        ("key that is too small", OpenSsl, "not supported: expected RSA of 2048 bits or more", ["key:RSA-1024"]),
        (
            "header that is not a signature's",
            OpenSsl,
            "Format: ",
            [
                "header:crit",
                "header:b64",
                "header:repeated",
                "header:unknown",
                "header:jwk",
                "header:noType",
                "header:noAlgorithm",
                "header:trailing",
                "header:kid",
            ]
        ),
        (
            "header that is not a signature's",
            Jose,
            "Format: ",
            ["header:crit", "header:b64", "header:repeated", "header:unknown", "header:jwk", "header:noType", "header:kid"]
        ),
        ("another form of base64url", OpenSsl, "Format: ", ["change:padded", "change:trailingBits", "change:standardAlphabet", "change:space"]),
        ("another form of base64url", Jose, "Format: ", ["change:padded", "change:trailingBits", "change:standardAlphabet", "change:space"]),
        ("ECDSA numbers of another width", OpenSsl, "Integrity: ", ["change:long", "change:short"]),
    ];

    /// <summary>The kinds of disagreement.</summary>
    internal static IEnumerable<string> Kinds => Rows.Select(row => row.Kind).Distinct();

    [Fact]
    public void Every_disagreement_about_a_generated_signature_is_explained()
    {
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var unexplained = new List<string>();
        var accepted = 0;
        const int Count = 150;
        for (uint number = 0; number < Count; number++)
        {
            var token = MadeToken.Generate(1, number);
            var nv2 = Nv2(token);
            accepted += nv2.Accepts ? 1 : 0;
            foreach (var (other, theirs) in new[] { (OpenSsl, ByOpenSsl(token)), (Jose, ByJose(token)) })
            {
                if (theirs == nv2.Accepts)
                    continue;
                var row = nv2.Accepts
                    ? default
                    : Rows.FirstOrDefault(one =>
                        one.Other == other && Regex.IsMatch(nv2.Reason, one.Reason) && one.Features.Any(token.Features.Contains)
                    );
                if (row.Kind is null)
                    unexplained.Add($"{number} [{string.Join(' ', token.Features)}]: nv2 {nv2}; {other} {(theirs ? "accepts" : "refuses")}");
                else
                    kinds[$"{row.Kind} ({other})"] = kinds.GetValueOrDefault($"{row.Kind} ({other})") + 1;
            }
        }

        output.WriteLine($"{Count} signatures, {accepted} valid to nv2");
        output.WriteLine(string.Join('\n', kinds.Select(kind => $"{kind.Value, 6}  {kind.Key}")));
        Assert.True(unexplained.Count == 0, string.Join("\n", unexplained));
        Assert.True(accepted > Count / 4, "nv2 refuses nearly all that is generated: the cases say little");
    }

    // Whether it is a signature by that key; who that is, and over what, is no question of openssl's.
    private static Opinion Nv2(MadeToken token)
    {
        var trusted = new TrustedCertificates([CertificateFile.ParseDer(token.Certificate.Encoded)], []);
        var result = Signatures.Verify(Encoding.ASCII.GetBytes(token.Text), trusted, MadeWorld.Now);
        var failed = result
            .Checks.Where(check => check is { Name: CheckName.Format or CheckName.Integrity, Passed: false })
            .Select(check => $"{check.Name}: {check.Reason}")
            .ToList();
        return new(failed.Count == 0, string.Join("; ", failed));
    }

    private static bool ByOpenSsl(MadeToken token)
    {
        if (!Regex.IsMatch(token.Algorithm, "^(RS|PS|ES)[0-9]{3}$") || token.Key.IsRsa != token.Algorithm[0] is 'R' or 'P')
            return false;
        var value = token.Key.IsRsa ? token.Value : MadeToken.ToDer(token.Value);
        if (value is null)
            return false;
        using var folder = new TemporaryFolder();
        string[] padding = token.Algorithm.StartsWith('P') ? ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] : [];
        return Tool.Run(
                "openssl",
                [
                    "dgst",
                    $"-{MadeToken.HashOf(token.Algorithm).Name!.ToLowerInvariant()}",
                    .. padding,
                    "-verify",
                    folder.Write("key.pem", new string(System.Security.Cryptography.PemEncoding.Write("PUBLIC KEY", token.Key.PublicKey))),
                    "-signature",
                    folder.Write("signature", value),
                    folder.Write("content", token.SignedBytes),
                ]
            ).ExitCode == 0;
    }

    private static bool ByJose(MadeToken token)
    {
        using var folder = new TemporaryFolder();
        return Tool.Run("jose", ["jws", "ver", "-i", folder.Write("token", token.Text), "-k", folder.Write("key.jwk", token.Key.Jwk())]).ExitCode
            == 0;
    }
}
