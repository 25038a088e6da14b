using Nv2.Signing.Artifacts;
using Nv2.Signing.Formats;
using Nv2.Signing.Signing;
using Nv2.Signing.Tests;

namespace Nv2.Plugin.Tests.Timestamps;

/// <summary>A working folder with a timestamp authority, and with a signature whose certificate has ended long ago.</summary>
public sealed class StampedFolder : IDisposable
{
    public const string TimestampRoot = "tsa-root.crt";
    public const string OtherRoot = "other-root.crt";

    /// <summary>The root of the signature whose certificate has ended.</summary>
    public const string ExpiredRoot = "expired-root.crt";

    private readonly OpenSsl openSsl = new();
    private readonly Issued issuer;
    private readonly Issued authority;
    private readonly Issued expired;

    public StampedFolder()
    {
        var root = openSsl.Issue(new CertificatePlan("/CN=timestamp root"));
        issuer = openSsl.Issue(new CertificatePlan("/CN=timestamp issuer", root));
        authority = openSsl.Issue(
            new CertificatePlan("/CN=timestamps", issuer)
            {
                Extensions = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=critical,timeStamping"],
            }
        );
        expired = openSsl.Issue(CertificatePlan.Leaf() with { NotAfter = "20210101000000Z" });
        Folder.Write(TimestampRoot, File.ReadAllBytes(root.CertificatePath));
        Folder.Write(OtherRoot, File.ReadAllBytes(openSsl.Issue(new CertificatePlan("/CN=other root")).CertificatePath));
        Folder.Write(ExpiredRoot, File.ReadAllBytes(expired.CertificatePath));
    }

    internal WorkingFolder Folder { get; } = new();

    private TimestampAuthority Authority => new(authority.KeyPath, authority.CertificatePath, issuer.CertificatePath);

    /// <summary>Answers a request that is in a file, as a reply in another.</summary>
    internal void Reply(string request, string reply, params string[] settings) =>
        Folder.Write(reply, Authority.Reply(Folder.Read(request), settings));

    internal byte[] Reply(byte[] request) => Authority.Reply(request);

    /// <summary>Writes a signature of the manifest that was made in 2020, by a certificate that ended with the year, and a timestamp token of that
    /// year or another.</summary>
    internal void WriteExpired(string signature, string token, string format, int year = 2020)
    {
        var time = new DateTimeOffset(2020, 6, 1, 12, 0, 0, TimeSpan.Zero);
        using var key = expired.ReadKey();
        var subject = Manifest.Describe(new MemoryStream(Folder.Read(WorkingFolder.Manifest)), null).Descriptor;
        var content = new Signer(new StoppedClock(time)).Sign(
            new SigningRequest(subject, [], SignatureFormats.ByName(format), null, key, [expired.Certificate])
        );
        Folder.Write(signature, content);
        Folder.Write(
            token,
            Authority.Stamp(SignatureFormats.Parse(content).Value.Span, new StampPlan(time.AddYears(year - time.Year)) { AccuracyInSeconds = 1 })
        );
    }

    public void Dispose()
    {
        Folder.Dispose();
        openSsl.Dispose();
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
