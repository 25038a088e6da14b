using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>The description of the formats is enough to sign without nv2; such a signature is verified like any other.</summary>
[Trait("OpenSsl", "Any")]
public sealed class OpenSslSignsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [MemberData(nameof(KeyCase.Signatures), MemberType = typeof(KeyCase))]
    public void A_signature_made_with_openssl_verifies(string keyName, string format, bool withCertificate)
    {
        var key = KeyCase.Named(keyName);

        Verify(key, Sign(key, format, Header(key, withCertificate), Claims(format))).AssertHolds();
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void A_signature_of_other_claims_does_not_verify(string format)
    {
        var key = KeyCase.Named("p256");
        var other = Claims(format).Replace("net-monitor:v1", "net-monitor:v2", StringComparison.Ordinal);

        Verify(key, Token.Join(format, Header(key), Claims(format), _ => OpenSsl.Sign(key, System.Text.Encoding.UTF8.GetBytes(other))))
            .AssertFails("integrity");
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void Header_parameters_that_are_unknown_are_ignored(string format)
    {
        var key = KeyCase.Named("p384");
        var header = $$"""{"cty":"claims","x-grease":{"typ":"jwt","nested":[null,1e3,{"crit":["exp"]}]},"b64":true,{{Header(key)[1..]}}""";

        Verify(key, Sign(key, format, header, Claims(format))).AssertHolds();
    }

    [Theory]
    [InlineData("jwt", """["x-grease"]""")]
    [InlineData("jwt", """["exp"]""")]
    [InlineData("jwt", "[]")]
    [InlineData("json", """["x-grease"]""")]
    [InlineData("json", "[]")]
    public void A_header_with_critical_parameters_is_refused(string format, string critical)
    {
        var key = KeyCase.Named("p384");
        var header = $$"""{"x-grease":1,"crit":{{critical}},{{Header(key)[1..]}}""";

        Verify(key, Sign(key, format, header, Claims(format))).AssertFails("format");
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void White_space_in_claims_is_signed_as_it_stands(string format)
    {
        var key = KeyCase.Named("rsa2048");
        var claims = Claims(format).Replace(",", " ,\r\n\t", StringComparison.Ordinal).Replace("{", "{ \n", StringComparison.Ordinal);

        Verify(key, Sign(key, format, Header(key), claims)).AssertHolds();
    }

    [Theory]
    [InlineData("jwt")]
    [InlineData("json")]
    public void Claims_that_are_unknown_are_ignored(string format)
    {
        var key = KeyCase.Named("p521");
        var claims = $$"""{"x-grease":{"digest":"none"},{{Claims(format)[1..]}}""";

        Verify(key, Sign(key, format, Header(key), claims)).AssertHolds();
    }

    [Fact]
    public void White_space_that_was_not_signed_breaks_a_clear_signed_signature()
    {
        var key = KeyCase.Named("rsa2048");
        var claims = Claims("json");
        var signed = System.Text.Encoding.UTF8.GetBytes(claims);

        Verify(key, Token.Join("json", Header(key), $"{claims[..^1]} }}", _ => OpenSsl.Sign(key, signed))).AssertFails("integrity");
    }

    public void Dispose() => _folder.Dispose();

    private static string Header(KeyCase key, bool withCertificate = true) =>
        withCertificate
            ? $$"""{"typ":"x509","alg":"{{key.Algorithm}}","x5c":["{{Convert.ToBase64String(OpenSsl.Der(key.CertificatePath))}}"]}"""
            : $$"""{"typ":"x509","alg":"{{key.Algorithm}}","kid":"{{key.KeyId}}"}""";

    private static string Claims(string format)
    {
        var digest = OpenSsl.Run("dgst", "-sha256", "-r", KeyCase.ManifestPath).RequireSuccess().Stdout.Split(' ')[0];
        var mediaType = format == "jwt" ? $"\"mediaType\":\"{KeyCase.ManifestMediaType}\"," : "";
        return $$"""
            {{{mediaType}}"digest":"sha256:{{digest}}","size":{{new FileInfo(
                KeyCase.ManifestPath
            ).Length}},"references":["{{KeyCase.Registry}}/net-monitor:v1"],"iat":1700000000}
            """;
    }

    private static byte[] Sign(KeyCase key, string format, string header, string claims) =>
        Token.Join(format, header, claims, bytes => OpenSsl.Sign(key, bytes));

    private Verification Verify(KeyCase key, byte[] signature) =>
        Verification.Run([
            "-f",
            _folder.Write("signature", signature),
            "-c",
            key.CertificatePath,
            "-r",
            $"{KeyCase.Registry}/net-monitor:v1",
            KeyCase.ManifestPath,
        ]);
}
