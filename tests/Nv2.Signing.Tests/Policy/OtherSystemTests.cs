using Nv2.Signing.Files;
using Nv2.Signing.Policy;
using Nv2.Signing.Tests.Storage;
using Nv2.Signing.Verification;
using Nv2.Testing;

namespace Nv2.Signing.Tests.Policy;

/// <summary>On a system that does not say who can change a file, nothing is trusted because of a file, and no link is followed.</summary>
public sealed class OtherSystemTests : IDisposable
{
    private const string Uncheckable = "is not used: who can change it cannot be checked on this system, only on Linux";

    private readonly TemporaryFolder folder = new();

    public OtherSystemTests() => folder.Write("trustpolicy.json", Policies.Document.ToJsonString());

    private TrustHome Home => new(folder.Path);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_trust_policy_is_refused() => Refused(() => Home.ReadPolicy(), folder["trustpolicy.json"], Uncheckable);

    [Fact]
    public void Trust_by_a_policy_is_refused() => Refused(() => Trust.ByPolicy(Home, null, TimeProvider.System), Uncheckable);

    [Fact]
    public void Settings_are_refused()
    {
        folder.Write("nv2.json", """{"version":"1.0","trustRequired":false}""");
        Refused(() => Home.ReadSettings(), folder["nv2.json"], Uncheckable);
    }

    [Fact]
    public void A_trust_store_is_refused()
    {
        folder.Write("truststore/x509/ca/one/root.crt", Vectors.Read("keys/root.crt"));
        Refused(() => Home.Store.Read(TrustStoreName.Parse("ca:one")), "the trust store ca:one is not used", Uncheckable);
    }

    [Fact]
    public void Revocation_lists_are_refused()
    {
        Directory.CreateDirectory(Home.CrlFolder);
        Refused(() => Home.ReadRevocationLists(), Home.CrlFolder, Uncheckable);
    }

    [Fact]
    public void A_trust_home_is_not_written_to() => Refused(() => Home.RequireOwn(), "cannot write to the trust home", Uncheckable);

    [Fact]
    public void A_program_is_not_run() => Refused(() => TrustedPath.RequireProgram("/bin/sh"), "refused to run the program \"/bin/sh\"", Uncheckable);

    [Fact]
    public void A_layout_is_read_and_not_by_way_of_a_link()
    {
        var layout = new LayoutContent();
        layout.List(layout.AddImage("app"));
        OnOtherSystem(() => Assert.NotNull(Stored.Folder(layout, folder).Resolve(null)));

        Directory.CreateSymbolicLink(folder["link"], folder["layout"]);
        foreach (var path in new[] { "link", "link/", "link/oci-layout" })
            Refused(() => SharedFolders.RequireOwnLinks(folder[path]), folder["link"], "is a symbolic link, and this system does not say whose");
    }

    [Fact]
    public void A_file_that_others_can_change_is_not_replaced()
    {
        var file = folder.Write("output", "by somebody");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        OnOtherSystem(() => Assert.True(SharedFolders.RequireOwnTarget(file)));

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        Refused(() => SharedFolders.RequireOwnTarget(file), "others than the owner can change", "expected a name that is not taken");
    }

    private static void Refused(Action action, params string[] says) => Refusal.Of(() => OnOtherSystem(action), says);

    private static void OnOtherSystem(Action action)
    {
        FileStatus.IsHidden = true;
        try
        {
            action();
        }
        finally
        {
            FileStatus.IsHidden = false;
        }
    }
}
