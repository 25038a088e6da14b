using System.Text.Json.Nodes;

namespace Nv2.Plugin.Tests.Notation;

/// <summary>SIGNATURE_VERIFIER.TRUSTED_IDENTITY (trust-store-trust-policy.md, "Trusted Identities Constraints"); certificates by openssl.</summary>
public sealed class IdentityTests : IDisposable
{
    private const string Capability = "SIGNATURE_VERIFIER.TRUSTED_IDENTITY";
    private const string Wabbit = "/C=US/ST=WA/L=Seattle/O=wabbit-networks inc/OU=Signing/CN=registry";

    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData(Wabbit, "*")]
    [InlineData("/CN=anybody", "*")]
    [InlineData(Wabbit, "x509.subject: C=US, ST=WA, O=wabbit-networks inc")]
    [InlineData(Wabbit, "x509.subject:CN=registry,OU=Signing,O=wabbit-networks inc,L=Seattle,ST=WA,C=US")]
    [InlineData(Wabbit, "x509.subject: O=wabbit-networks inc, C=US, ST=WA")]
    [InlineData(Wabbit, "x509.subject: c=US, st=WA, o=wabbit-networks inc")]
    [InlineData(Wabbit, "x509.subject: C=US, S=WA, O=wabbit-networks inc")]
    [InlineData("/C=US/ST=WA/O=Acme, Inc.", @"x509.subject: C=US, ST=WA, O=Acme\, Inc.")]
    [InlineData("/C=US/ST=WA/O=a;b", @"x509.subject: C=US, ST=WA, O=a\;b")]
    [InlineData(@"/C=US/ST=WA/O=a\\b", @"x509.subject: C=US, ST=WA, O=a\\b")]
    [InlineData("/C=US/ST=WA/O= a ", @"x509.subject: C=US, ST=WA, O=\ a\ ")]
    [InlineData(
        "/C=US/ST=WA/O=Acme/title=Release engineer/GN=Ann/dnQualifier=7",
        "x509.subject: C=US, ST=WA, O=Acme, title=Release engineer, GN=Ann, dnQualifier=7"
    )]
    [InlineData(Wabbit, "x509.subject: C=us, ST=WA, O=Wabbit-Networks   inc")] // RFC 5280 section 7.1
    public void A_signer_who_has_all_attributes_of_an_identity_is_trusted(string subject, string identity) => Assert.Null(Refusal(subject, identity));

    [Theory]
    [InlineData("x509.subject: C=US, ST=WA, O=wabbit-networks")]
    [InlineData("x509.subject: C=US, ST=WA, O=wabbit-networks inc, CN=other")]
    [InlineData("x509.subject: C=US, ST=WA, O=wabbit-networks inc, street=Main Street")]
    [InlineData("x509.subject: C=US, ST=WA, O=*")]
    [InlineData("another.type: C=US, ST=WA, O=wabbit-networks inc")]
    public void A_signer_who_lacks_one_is_not(string identity) =>
        Assert.Equal(
            "the subject of the signer's certificate, CN=registry,OU=Signing,O=wabbit-networks inc,L=Seattle,ST=WA,C=US, matches none of the "
                + $"trusted identities: \"{identity}\"",
            Refusal(Wabbit, identity)
        );

    [Theory]
    [InlineData("/C=US/ST=WA/O=acme+CN=x", "several attributes in one relative name")]
    [InlineData("/C=US/ST=WA/O=acme/O=wabbit-networks inc", "O more than once")]
    [InlineData("/CN=x", "none of the trusted identities")]
    public void A_subject_that_no_identity_can_name_is_not_trusted(string subject, string expected) =>
        Assert.Contains(expected, Refusal(subject, "x509.subject: C=US, ST=WA, O=acme"), StringComparison.Ordinal);

    [Fact]
    public void One_of_several_identities_is_enough_and_only_the_signer_counts()
    {
        const string Other = "x509.subject: C=US, ST=CA, O=acme";

        Assert.Null(Refusal(Wabbit, Other, "x509.subject: C=US, ST=WA, O=wabbit-networks inc"));
        Assert.NotNull(Refusal(Wabbit, Other));
        Assert.NotNull(Check([Certificate(Wabbit), Certificate("/C=US/ST=CA/O=acme")], Other));
    }

    public void Dispose() => folder.Dispose();

    private string? Refusal(string subject, params string[] identities) => Check([Certificate(subject)], identities);

    private string Certificate(string subject)
    {
        Tool.Run(
                "openssl",
                [
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                    "-nodes",
                    "-keyout",
                    folder["key"],
                    "-out",
                    folder["crt"],
                    "-outform",
                    "DER",
                    "-subj",
                    subject,
                ]
            )
            .RequireSuccess();
        return Convert.ToBase64String(File.ReadAllBytes(folder["crt"]));
    }

    // The reason of a refusal, or nothing.
    private static string? Check(string[] chain, params string[] identities)
    {
        var request = RecordedHost.Request("verify/02-verify-signature").Without("pluginConfig");
        request["signature"]!["certificateChain"] = Texts(chain);
        request["trustPolicy"] = new JsonObject { ["trustedIdentities"] = Texts(identities), ["signatureVerification"] = new JsonArray(Capability) };
        var result = Assert.Single(
            JsonNode.Parse(Nv2Binary.Request("verify-signature", request.ToJsonString()).RequireSuccess().Stdout)!["verificationResults"]!.AsObject()
        );
        Assert.Equal(Capability, result.Key);
        return (bool)result.Value!["success"]! ? null : (string)result.Value["reason"]!;
    }

    private static JsonArray Texts(string[] texts) => [.. texts.Select(text => JsonValue.Create(text))];
}
