using Nv2.Plugin.Transfer;
using Nv2.Signing;

namespace Nv2.Plugin.Tests.Transfer;

/// <summary>For each kind of failure the user is told what to do, in whatever words a program tells of it.</summary>
public sealed class TransferAdviceTests : IDisposable
{
    private readonly ToolFolder folder = new();

    [Theory]
    [InlineData("skopeo", "Get \"https://r/v2/\": http: server gave HTTP response to HTTPS client", "--plain-http")]
    [InlineData("oras", "Head \"https://r/v2/app/manifests/v1\": tls: first record does not look like a TLS handshake", "--plain-http")]
    [InlineData("oras", "tls: failed to verify certificate: x509: certificate signed by unknown authority", "SSL_CERT_FILE")]
    [InlineData("crane", "tls: failed to verify certificate: x509: certificate is valid for a, not b", "SSL_CERT_FILE")]
    [InlineData("skopeo", "dial tcp: lookup r on 10.0.0.1:53: no such host", "check the name of the registry")]
    [InlineData("skopeo", "dial tcp 127.0.0.1:1: connect: connection refused", "check the address and port")]
    [InlineData("skopeo", "dial tcp 10.0.0.1:443: i/o timeout", "did not answer in time")]
    [InlineData("oras", "exec: \"docker-credential-desktop\": executable file not found in $PATH", "credential helper")]
    [InlineData("skopeo", "reading manifest v1 in r/app: unauthorized: authentication required", "'skopeo login REGISTRY'")]
    [InlineData("crane", "GET https://r/v2/app/manifests/v1: unexpected status code 401 Unauthorized", "'crane auth login REGISTRY'")]
    [InlineData("oras", "Error response from registry: denied: requested access to the resource is denied", "as a user with permission")]
    [InlineData("skopeo", "reading manifest v1 in r/app: StatusCode: 403, <html>404 Not Found", "as a user with permission")]
    [InlineData("oras", "GET \"https://r/v2/app/referrers/sha256:1\": response status code 429: Too Many Requests", "try again later")]
    [InlineData("skopeo", "reading manifest v1 in r/app: toomanyrequests: slow down", "try again later")]
    [InlineData("skopeo", "reading manifest v1 in r/app: received unexpected HTTP status: 503 Service Unavailable", "the registry failed")]
    [InlineData("docker", "no such manifest: r/app:v1", "check the name of the repository")]
    [InlineData("oras", "Error: failed to decode: invalid character '<'", "run the command above yourself")]
    [InlineData("oras", "", "run the command above yourself")]
    public void A_failure_has_its_advice(string program, string errors, string advice) =>
        Assert.Contains(advice, TransferAdvice.About(program, errors), StringComparison.Ordinal);

    [Fact]
    public void A_failure_carries_its_advice_to_the_face_that_shows_it()
    {
        folder.Write("oras", "echo 'unauthorized: authentication required' >&2; exit 1");

        var failure = Assert.Throws<InvalidInputException>(() => folder.Open("oras", "registry.example.com/app:v1").Resolve());

        Assert.DoesNotContain('\n', failure.Message);
        Assert.Contains("oras login", InvalidInputException.FindHint(new InvalidOperationException("outer", failure)), StringComparison.Ordinal);
        Assert.Null(InvalidInputException.FindHint(new InvalidOperationException()));
    }

    public void Dispose() => folder.Dispose();
}
