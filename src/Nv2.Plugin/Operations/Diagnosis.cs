using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Nv2.Plugin.Files;
using Nv2.Plugin.KeySources;
using Nv2.Plugin.Platform;
using Nv2.Plugin.Reports;
using Nv2.Plugin.Transfer;
using Nv2.Signing;
using Nv2.Signing.Files;
using Nv2.Signing.Policy;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Operations;

/// <summary>Checks the installation of nv2 and of the programs that it uses. It changes nothing, contacts no registry and reads no private
/// key.</summary>
/// <param name="home">The trust home from the command line, or <see langword="null"/>.</param>
/// <param name="clock">The time.</param>
internal sealed class Diagnosis(string? home, TimeProvider clock)
{
    private const string DockerPluginName = "docker-nv2";
    private const string NotationPluginName = "notation-nv2";
    private const string VerifierFolder = "/opt/containerd/image-verifier/bin";
    private const string VerifierSettingsFile = "/etc/nv2/verifier.json";
    private const int MaxVersionBytes = 64 * 1024;

    private static readonly string[] DockerPluginFolders =
    [
        "/usr/local/lib/docker/cli-plugins",
        "/usr/local/libexec/docker/cli-plugins",
        "/usr/lib/docker/cli-plugins",
        "/usr/libexec/docker/cli-plugins",
    ];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Soon = TimeSpan.FromDays(30);

    private readonly List<FindingReport> findings = [];

    /// <summary>Makes all checks.</summary>
    public static DiagnosisReport Make(string? home, TimeProvider clock)
    {
        var diagnosis = new Diagnosis(home, clock);
        diagnosis.LookAtProgram();
        diagnosis.LookAtTransfer();
        diagnosis.LookAtDocker();
        diagnosis.LookAtNotation();
        diagnosis.LookAtContainerd();
        diagnosis.LookAtTrust();
        diagnosis.LookAtKeys();
        diagnosis.LookAtClock();
        return DiagnosisReport.Of(diagnosis.findings);
    }

    private void LookAtProgram()
    {
        var library = OpenSslLibrary.Linked is { } linked ? $", {linked.Version}" : "";
        Ok(
            "nv2",
            $"{PluginInformation.Name} {PluginInformation.Version}{library}, {RuntimeInformation.FrameworkDescription}: "
                + $"{Quoted.Printable(Environment.ProcessPath ?? "")}"
        );
    }

    private void LookAtTransfer()
    {
        const string Area = "transfer";
        var search = Environment.GetEnvironmentVariable("PATH");
        var preferred = Environment.GetEnvironmentVariable(TransferTools.Variable) is { Length: > 0 } name ? name : null;
        if (preferred is not null && (!TransferTools.IsName(preferred) || ProgramSearch.Find(preferred, search) is null))
            Error(
                Area,
                $"{TransferTools.Variable} names {Quoted.Text(preferred)}, which is not an installed transfer program",
                $"unset it, or install {TransferTools.Advice}"
            );

        var used = preferred;
        foreach (var tool in TransferTools.All)
        {
            if (ProgramSearch.Find(tool.Name, search) is not { } path)
                continue;
            var said = AskVersion(tool.Name, path, tool.Name is "oras" or "crane" ? "version" : "--version");
            if (said is null)
            {
                Warning(
                    Area,
                    $"cannot get the version of {tool.Name}: {Quoted.Printable(path)}",
                    $"run it yourself, and reinstall it from {tool.Source} if it fails"
                );
                continue;
            }

            used ??= tool.CarriesSignatures ? tool.Name : null;
            var role =
                !tool.CarriesSignatures ? ", which fetches manifests and cannot transfer signatures"
                : tool.Name == used ? ", used by default"
                : "";
            Ok(Area, $"{tool.Name} {said}: {Quoted.Printable(path)}{role}");
        }

        if (used is null)
            Warning(
                Area,
                "no transfer program that can transfer signatures is installed: registries cannot be used",
                $"install {TransferTools.Advice}"
            );
    }

    private void LookAtDocker()
    {
        var own =
            Environment.GetEnvironmentVariable("DOCKER_CONFIG") is { Length: > 0 } config ? config
            : OpenSslEnvironment.Before.Find("HOME") is { Length: > 0 } user ? Path.Combine(user, ".docker")
            : null;
        var folders = own is null ? DockerPluginFolders : [Path.Combine(own, "cli-plugins"), .. DockerPluginFolders];
        LookAtPlugin("docker", DockerPluginName, folders.Select(folder => Path.Combine(folder, DockerPluginName)), "docker nv2");
    }

    private void LookAtNotation()
    {
        if (HomeFolders.FindConfig() is { } config)
            LookAtPlugin(
                "notation",
                NotationPluginName,
                [Path.Combine(config, "notation", "plugins", "nv2", NotationPluginName)],
                "notation sign --plugin nv2"
            );
    }

    // Without the host, no plug-in is needed; an old plug-in was not updated.
    private void LookAtPlugin(string host, string plugin, IEnumerable<string> places, string use)
    {
        var isHostThere = ProgramSearch.Find(host, Environment.GetEnvironmentVariable("PATH")) is not null;
        if (places.FirstOrDefault(File.Exists) is not { } path)
        {
            if (isHostThere)
                Note(host, $"{host} is installed, but its plug-in {plugin} is not", $"install {plugin} to use '{use}'");
            return;
        }

        LookAtCopy(host, plugin, path);
        if (!isHostThere)
            Note(host, $"the plug-in {plugin} is installed, but {host} is not in PATH", null);
    }

    private void LookAtContainerd()
    {
        const string Area = "containerd";
        var path = Path.Combine(VerifierFolder, PluginInformation.Name);
        if (!File.Exists(path))
            return;
        try
        {
            TrustedPath.RequireProgram(path);
        }
        catch (InvalidInputException exception)
        {
            Error(
                Area,
                $"the image verifier {path} is not safe: {exception.Message}",
                "make root the owner of the file and its folders, and let only root write to them"
            );
            return;
        }

        Ok(Area, $"the image verifier is installed: {path}");
        if (!File.Exists(VerifierSettingsFile))
            Warning(
                Area,
                $"the image verifier has no settings: {VerifierSettingsFile} does not exist",
                "create it: without settings, every pull is refused"
            );
    }

    private void LookAtCopy(string area, string name, string path)
    {
        switch (AskVersion(name, path, "version")) // docker has an option --version of its own.
        {
            case null:
                Error(area, $"cannot get the version of the plug-in {Quoted.Printable(path)}", "reinstall it");
                break;
            case PluginInformation.Version:
                Ok(area, $"the plug-in {name} {PluginInformation.Version} is installed: {Quoted.Printable(path)}");
                break;
            case var other:
                Warning(
                    area,
                    $"the plug-in {Quoted.Printable(path)} has version {other}, and this program has {PluginInformation.Version}",
                    "install the same version of both"
                );
                break;
        }
    }

    private void LookAtTrust()
    {
        const string Area = "trust";
        if (TrustHomeLocation.Find(home) is not { } trust)
        {
            Warning(Area, TrustHomeLocation.Nowhere, null);
            return;
        }

        var folder = Quoted.Text(trust.Folder);
        if (!Directory.Exists(trust.Folder))
        {
            Note(Area, $"there is no trust home yet: {folder}", "create it with 'nv2 trust add'");
            return;
        }

        Try(Area, trust.RequireOwn);
        Try(
            Area,
            () =>
                Ok(
                    Area,
                    trust.ReadSettings().IsTrustRequired
                        ? "artifacts without a trusted signature are refused"
                        : "artifacts without a trusted signature are accepted with a warning ('nv2 trust required on' refuses them)"
                )
        );
        Try(Area, () => LookAtPolicy(Area, trust));
        Try(
            Area,
            () =>
            {
                var lists = trust.ReadRevocationLists().Count;
                Ok(
                    Area,
                    lists == 0
                        ? "there are no revocation lists"
                        : $"{lists} revocation {(lists == 1 ? "list" : "lists")}: {Quoted.Text(trust.CrlFolder)}"
                );
            }
        );
    }

    private void LookAtPolicy(string area, TrustHome trust)
    {
        if (trust.ReadPolicy() is not { } policy)
        {
            Note(
                area,
                $"there is no trust policy in {Quoted.Text(trust.Folder)}: certificates must be given as options",
                "create one with 'nv2 trust allow'"
            );
            return;
        }

        Ok(
            area,
            $"the trust policy has {policy.Statements.Count} {(policy.Statements.Count == 1 ? "statement" : "statements")}: "
                + $"{Quoted.Text(trust.PolicyFile)}"
        );
        foreach (var store in policy.Statements.SelectMany(statement => statement.TrustStores).Distinct())
            Try(area, () => LookAtStore(area, trust, store));
    }

    private void LookAtStore(string area, TrustHome trust, TrustStoreName store)
    {
        var now = clock.GetUtcNow();
        var certificates = trust.Store.Read(store);
        foreach (var (file, certificate) in certificates)
        {
            var which = $"the certificate {Quoted.Printable(file)} in the trust store {store}";
            if (certificate.NotAfter.ToUniversalTime() < now)
                Error(
                    area,
                    $"{which} expired at {Rfc3339.Format(certificate.NotAfter)}",
                    "remove it with 'nv2 trust remove', and add its replacement"
                );
            else if (certificate.NotBefore.ToUniversalTime() > now)
                Warning(area, $"{which} is not valid before {Rfc3339.Format(certificate.NotBefore)}", "check this machine's clock");
            else if (certificate.NotAfter.ToUniversalTime() < now + Soon)
                Warning(area, $"{which} expires at {Rfc3339.Format(certificate.NotAfter)}", "get its replacement");
        }

        Ok(area, $"the trust store {store} has {certificates.Count} {(certificates.Count == 1 ? "certificate" : "certificates")}");
    }

    private void LookAtKeys() =>
        Try(
            "keys",
            () =>
            {
                var (keys, chosen) = NamedKeys.Read();
                foreach (var key in keys)
                {
                    if (KeyReference.Parse(key.Reference) is KeyReference.File { Path: var path } && !File.Exists(path))
                        Error(
                            "keys",
                            $"the key {Quoted.Text(key.Name)} is in {Quoted.Text(path)}, which does not exist",
                            "set its file again with 'nv2 key add'"
                        );
                }

                if (keys.Count > 0)
                {
                    var isDefault = chosen is null ? "" : $"; {Quoted.Text(chosen)} is the default";
                    Ok("keys", $"{keys.Count} {(keys.Count == 1 ? "named key" : "named keys")}{isDefault}");
                }
            }
        );

    // This program's file was written in the past: an earlier clock is wrong, and with it every decision about dates.
    private void LookAtClock()
    {
        var now = clock.GetUtcNow();
        var written = Environment.ProcessPath is { } path ? File.GetLastWriteTimeUtc(path) : DateTime.UnixEpoch;
        if (now < written)
            Error(
                "clock",
                $"the clock shows {Rfc3339.Format(now)}, which is before this program was installed ({Rfc3339.Format(written)})",
                "set the clock: the validity of certificates and signatures depends on it"
            );
        else
            Ok("clock", $"the clock shows {Rfc3339.Format(now)}");
    }

    // The first number in the version output of a program.
    private static string? AskVersion(string name, string path, string argument)
    {
        try
        {
            var result = new ToolRunner(name, path, new(false, Patience, NullLogger.Instance)).Try([argument], MaxVersionBytes);
            if (result.ExitCode != 0)
                return null;
            var words = Encoding.UTF8.GetString(result.Output).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            var version = Array.Find(words, word => char.IsAsciiDigit(word.TrimStart('v').FirstOrDefault()));
            return version is null ? null : Quoted.Printable(version.TrimStart('v').TrimEnd(','));
        }
        catch (InvalidInputException)
        {
            return null; // The caller reports it.
        }
    }

    private void Try(string area, Action look)
    {
        try
        {
            look();
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            Error(area, exception.Message, (exception as InvalidInputException)?.Hint);
        }
    }

    private void Ok(string area, string text) => findings.Add(new(area, DiagnosisReport.Ok, text, null));

    private void Note(string area, string text, string? hint) => findings.Add(new(area, DiagnosisReport.Note, text, hint));

    private void Warning(string area, string text, string? hint) => findings.Add(new(area, DiagnosisReport.Warning, text, hint));

    private void Error(string area, string text, string? hint) => findings.Add(new(area, DiagnosisReport.Error, text, hint));
}
