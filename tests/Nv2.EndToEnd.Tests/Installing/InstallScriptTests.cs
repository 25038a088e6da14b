using System.Net;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests.Installing;

/// <summary>scripts/install.sh: all that was asked for is installed or nothing, and all that was installed is removed or nothing.</summary>
public sealed class InstallScriptTests : IDisposable
{
    private const string Changed = "changed by the user\n";

    private readonly InstallingUser user = new();

    [Fact]
    public void Shellcheck_finds_nothing() => Tool.Run("shellcheck", ["--shell=sh", "--severity=style", user.Script]).RequireSuccess();

    [Theory]
    [InlineData("sh")]
    [InlineData("bash")]
    public void Every_face_is_installed_and_removed_again(string shell)
    {
        var release = user.Release();
        string[] arguments = ["--from", release.Folder, "--root", SmallRelease.RootHash, "--prefix", user.Prefix];

        var installed = user.Run([.. user.AllFaces, .. arguments], shell).RequireSuccess();

        string[] expected =
        [
            .. SmallRelease.Shared.Select(name => $"{user.Prefix}/share/{name}"),
            $"{user.Prefix}/bin/nv2",
            $"{user.Prefix}/share/doc/nv2/LICENSE",
            user["home/plug-ins/docker-nv2"],
            $"{user.Home}/.config/notation/plugins/nv2/notation-nv2",
            $"{user.Containerd}/nv2",
        ];
        Assert.Equal(expected.Order(), installed.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.Equal(expected.Append($"{user.Prefix}/share/nv2/installed").Order(), Files());
        Assert.Equal("1.0.0\n", Tool.Run($"{user.Prefix}/bin/nv2", []).RequireSuccess().Stdout);
        Assert.Equal(OwnerWrites | Execute, File.GetUnixFileMode($"{user.Containerd}/nv2"));
        Assert.Equal(OwnerWrites, File.GetUnixFileMode($"{user.Prefix}/share/man/man1/nv2.1"));

        var removed = user.Run(["--uninstall", "--prefix", user.Prefix], shell).RequireSuccess();
        Assert.Contains("containerd pulls every image", removed.Stderr, StringComparison.Ordinal);
        Assert.Empty(user.State);
    }

    [Fact]
    public void What_was_there_before_stays_there()
    {
        Directory.CreateDirectory($"{user.Prefix}/bin");
        File.WriteAllText($"{user.Prefix}/bin/other", "another program");
        var before = user.State;

        user.Install(user.Release(), "cli").RequireSuccess();
        user.Uninstall().RequireSuccess();

        Assert.Equal(before, user.State);
    }

    [Fact]
    public void An_update_takes_all_faces_along_and_leaves_nothing_of_the_old_one()
    {
        user.Install(user.Release(), user.AllFaces).RequireSuccess();
        var before = Files();

        user.Install(user.Release("1.1.0")).RequireSuccess();

        Assert.Equal(before, Files());
        Assert.All(Programs(), program => Assert.Equal("1.1.0\n", Tool.Run(program, []).RequireSuccess().Stdout));
        Assert.DoesNotContain("1.0.0", File.ReadAllText($"{user.Prefix}/share/nv2/installed"), StringComparison.Ordinal);
        user.Uninstall().RequireSuccess();
        Assert.Empty(user.State);
    }

    [Fact]
    public void A_face_can_be_added_later()
    {
        user.Install(user.Release()).RequireSuccess();
        user.Install(user.Release(), "notation").RequireSuccess();

        Assert.Contains($"{user.Home}/.config/notation/plugins/nv2/notation-nv2", Files());
        user.Uninstall().RequireSuccess();
        Assert.Empty(user.State);
    }

    [Theory]
    [InlineData("exit 1", 6, 1)]
    [InlineData("kill -s TERM $PPID", 10, 143)]
    public void What_fails_or_is_interrupted_half_way_leaves_what_was_there(string interruption, int at, int exitCode)
    {
        user.Install(user.Release(), "cli", user.AllFaces[1]).RequireSuccess();
        var before = user.State;
        Interrupt(interruption, at);

        var result = user.Install(user.Release("1.1.0"), user.AllFaces);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal(before, user.State);
    }

    [Fact]
    public void What_fails_half_way_for_the_first_time_leaves_nothing()
    {
        Interrupt("exit 1", 5);

        Assert.Equal(1, user.Install(user.Release(), user.AllFaces).ExitCode);

        Assert.Empty(user.State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_killed_half_way_leaves_whole_files_and_can_be_repeated_or_removed(bool repeat)
    {
        var (old, next) = (user.Release(), user.Release("1.1.0"));
        user.Install(old, user.AllFaces).RequireSuccess();
        Interrupt("kill -s KILL $PPID", 6);

        Assert.Equal(137, user.Install(next).ExitCode);

        Assert.All(Programs(), program => Assert.Contains(Tool.Run(program, []).RequireSuccess().Stdout, new[] { "1.0.0\n", "1.1.0\n" }));
        Assert.Equal(["nv2"], Directory.GetFiles(user.Containerd).Select(Path.GetFileName));
        File.Delete(user["bin/mv"]);
        if (repeat)
            user.Install(next).RequireSuccess();
        user.Uninstall().RequireSuccess();
        Assert.Empty(user.State);
    }

    [Fact]
    public void A_folder_that_the_user_cannot_write_into_leaves_what_was_there()
    {
        var release = user.Release();
        var readOnly = Directory.CreateDirectory(user["read-only/docker"]).FullName;
        File.SetUnixFileMode(readOnly, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        Tool.Run("chmod", ["777", user.Home]).RequireSuccess();

        var result = user.RunUnprivileged("cli", $"docker={readOnly}", "--from", release.Folder, "--root", SmallRelease.RootHash);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"cannot write into {readOnly}", result.Stderr, StringComparison.Ordinal);
        Assert.Empty(user.State);

        // The same where all can be written, below the default prefix.
        user.RunUnprivileged("--from", release.Folder, "--root", SmallRelease.Root).RequireSuccess();
        Assert.Contains($"{user.Home}/.local/bin/nv2", Files());
        user.RunUnprivileged("--uninstall").RequireSuccess();
        Assert.Empty(user.State);
    }

    [Fact]
    public void A_file_that_was_not_installed_is_replaced_only_by_force()
    {
        Directory.CreateDirectory($"{user.Prefix}/bin");
        File.WriteAllText($"{user.Prefix}/bin/nv2", Changed);
        var before = user.State;

        var result = user.Install(user.Release());

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(
            $"files that this script did not install, or that were changed since: {user.Prefix}/bin/nv2",
            result.Stderr,
            StringComparison.Ordinal
        );
        Assert.Equal(before, user.State);
        user.Install(user.Release(), "--force").RequireSuccess();
        Assert.Equal("1.0.0\n", Tool.Run($"{user.Prefix}/bin/nv2", []).RequireSuccess().Stdout);
    }

    [Fact]
    public void A_file_that_was_changed_is_replaced_and_removed_only_by_force()
    {
        user.Install(user.Release(), user.AllFaces).RequireSuccess();
        File.WriteAllText(user["home/plug-ins/docker-nv2"], Changed);
        var before = user.State;

        Assert.All(
            [user.Uninstall(), user.Install(user.Release("1.1.0"))],
            result =>
            {
                Assert.Equal(1, result.ExitCode);
                Assert.Contains("changed since", result.Stderr, StringComparison.Ordinal);
                Assert.Contains(user["home/plug-ins/docker-nv2"], result.Stderr, StringComparison.Ordinal);
            }
        );
        Assert.Equal(before, user.State);
        user.Uninstall("--force").RequireSuccess();
        Assert.Empty(user.State);
    }

    [Fact]
    public void A_folder_in_the_place_of_a_file_is_refused()
    {
        Directory.CreateDirectory($"{user.Prefix}/bin/nv2");

        var result = user.Install(user.Release(), "--force");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"{user.Prefix}/bin/nv2 is a folder", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_removed_where_nothing_was_installed()
    {
        var result = user.Uninstall();

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"nothing is installed below {user.Prefix}", result.Stderr, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("curl")]
    [InlineData("wget")]
    public async Task A_release_is_downloaded(string program)
    {
        var release = user.Release();
        if (program == "wget")
            user.RemoveProgram("curl");
        using var listener = new HttpListener { Prefixes = { $"http://127.0.0.1:{DockerRegistry.FreePort()}/" } };
        listener.Start();
        var serving = Serve(listener, release.Folder);
        var address = listener.Prefixes.Single();

        var unknown = user.Run(["--from", address, "--root", SmallRelease.RootHash, "--prefix", user.Prefix]);
        var missing = user.Run(["--from", address, "--version", "1.1.0", "--root", SmallRelease.RootHash, "--prefix", user.Prefix]);
        Assert.Empty(user.State);
        user.Run(["--from", address, "--version", "v1.0.0", "--root", SmallRelease.RootHash, "--prefix", user.Prefix]).RequireSuccess();
        listener.Stop();
        await serving;

        Assert.Contains("the version of the release is not known", unknown.Stderr, StringComparison.Ordinal);
        Assert.Contains($"cannot download {address}nv2_1.1.0_checksums.txt", missing.Stderr, StringComparison.Ordinal);
        Assert.Equal("1.0.0\n", Tool.Run($"{user.Prefix}/bin/nv2", []).RequireSuccess().Stdout);
    }

    public void Dispose() => user.Dispose();

    private const UnixFileMode OwnerWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private IEnumerable<string> Files() => Directory.GetFiles(user.Home, "*", SearchOption.AllDirectories).Order();

    private IEnumerable<string> Programs() => Files().Where(file => File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute));

    // Each file is renamed into its place; the count of the renames says how far the script is.
    private void Interrupt(string interruption, int at) =>
        user.AddProgram(
            "mv",
            $"""
            count=$(($(cat '{user["count"]}' 2>/dev/null || echo 0) + 1))
            echo "$count" >'{user["count"]}'
            [ "$count" -ne {at} ] || {interruption}
            exec /bin/mv "$@"
            """
        );

    private static async Task Serve(HttpListener listener, string folder)
    {
        while (listener.IsListening)
        {
            try
            {
                var context = await listener.GetContextAsync();
                var file = Path.Combine(folder, context.Request.Url!.LocalPath.TrimStart('/')); // A request that the listener accepts has one.
                if (File.Exists(file))
                    await context.Response.OutputStream.WriteAsync(await File.ReadAllBytesAsync(file));
                else
                    context.Response.StatusCode = (int)HttpStatusCode.NotFound;
                context.Response.Close();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return; // The test is over.
            }
        }
    }
}
