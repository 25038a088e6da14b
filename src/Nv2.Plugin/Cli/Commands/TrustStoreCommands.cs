using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nv2.Plugin.Cli.Options;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats.Notary;
using Nv2.Signing.Policy;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Cli.Commands;

/// <summary><c>nv2 trust list</c>, <c>show</c> and <c>remove</c>: the contents of the trust stores.</summary>
internal static class TrustStoreCommands
{
    public static Command CreateList()
    {
        var json = CommonOptions.Json();
        var home = CommonOptions.TrustHome();
        var command = new CommandWithExamples("list", "List the trust stores and the number of their certificates", "nv2 trust list") { json, home };
        command.SetAction(result => List(TrustCommand.ReadHome(result, home), result.GetValue(json)));
        return command;
    }

    public static Command CreateShow(TimeProvider clock)
    {
        var name = TrustCommand.StoreName();
        var type = TrustCommand.StoreType();
        var json = CommonOptions.Json();
        var home = CommonOptions.TrustHome();
        var command = new CommandWithExamples(
            "show",
            "Show the certificates of a trust store, and the statements of the policy that name it",
            "nv2 trust show wabbit-networks"
        )
        {
            name,
            type,
            json,
            home,
        };
        command.SetAction(result =>
            Show(TrustCommand.ReadHome(result, home), TrustCommand.ReadStore(result, name, type), result.GetValue(json), clock.GetUtcNow())
        );
        return command;
    }

    public static Command CreateRemove(TimeProvider clock)
    {
        var name = TrustCommand.StoreName();
        var type = TrustCommand.StoreType();
        var fingerprint = new Option<string?>("--fingerprint")
        {
            Description = "Remove only the certificate with this SHA-256 fingerprint [default: the whole store]",
            HelpName = "sha256",
        };
        var home = CommonOptions.TrustHome();
        var command = new CommandWithExamples(
            "remove",
            "Remove a trust store, or one certificate from it; the policy is not changed",
            "nv2 trust remove wabbit-networks --fingerprint 3F:0A:…"
        )
        {
            name,
            type,
            fingerprint,
            home,
        };
        command.SetAction(result =>
            Remove(
                TrustCommand.ReadHome(result, home),
                TrustCommand.ReadStore(result, name, type),
                CommonOptions.Parse(result, fingerprint, KeySource.ParseThumbprint),
                clock.GetUtcNow()
            )
        );
        return command;
    }

    private static int List(TrustHome home, bool json)
    {
        var policy = home.ReadPolicy();
        var stores = Explain(
            "list the trust stores in",
            home.Folder,
            () =>
                home
                    .Store.List()
                    .Select(store => (Name: store, Certificates: home.Store.Read(store), Statements: StatementsOf(policy, store)))
                    .ToList()
        );
        using var output = StandardStreams.OpenOutput();
        if (json)
        {
            JsonOutput.Write(output, ReportJson.Line([.. stores.Select(store => Report(store.Name, store.Certificates, store.Statements))]));
            return ExitCodes.Success;
        }

        var text = new StringBuilder();
        foreach (var (name, certificates, statements) in stores)
        {
            var counts =
                statements.Count == 0 ? "no statement of the policy names it" : $"trusted by {string.Join(", ", statements.Select(Quoted.Text))}";
            text.Append(
                CultureInfo.InvariantCulture,
                $"{name}  {certificates.Count} {(certificates.Count == 1 ? "certificate" : "certificates")}, {counts}\n"
            );
        }

        output.Write(Encoding.UTF8.GetBytes(text.ToString()));
        if (stores.Count == 0)
            StandardStreams.WriteErrorLine($"nv2: note: there is no trust store in {Quoted.Text(home.Folder)}");
        return ExitCodes.Success;
    }

    private static TrustStoreReport Report(
        TrustStoreName store,
        IReadOnlyList<(string FileName, X509Certificate2 Certificate)> certificates,
        IReadOnlyList<string> statements
    ) => new(store.ToString(), [.. certificates.Select(entry => CertificateReport.Of(entry.Certificate))], statements);

    private static int Show(TrustHome home, TrustStoreName store, bool json, DateTimeOffset now)
    {
        var (certificates, ignored) = Explain(
            "show the trust store in",
            home.Folder,
            () => (home.Store.Read(store), home.Store.FindIgnoredFolders(store))
        );
        var statements = StatementsOf(home.ReadPolicy(), store);
        var text = new StringBuilder();
        foreach (var (file, certificate) in certificates)
            CertificateText.Append(text, Quoted.Printable(file), certificate, now);
        foreach (var statement in statements)
            text.Append(CultureInfo.InvariantCulture, $"statement    {Quoted.Text(statement)}\n");
        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, ReportJson.Line(Report(store, certificates, statements)));
        else
            output.Write(Encoding.UTF8.GetBytes(text.ToString()));
        foreach (var folder in ignored)
            StandardStreams.WriteErrorLine(
                $"nv2: warning: the certificates in the subfolder {Quoted.Text(folder)} of {store} are ignored: "
                    + "only files in the store itself are read"
            );
        return ExitCodes.Success;
    }

    private static int Remove(TrustHome home, TrustStoreName store, string? fingerprint, DateTimeOffset now)
    {
        home.Store.RequireNoLink(store);
        var folder = home.Store.FolderOf(store);
        var certificates = Explain("remove from the trust store in", home.Folder, () => home.Store.Read(store));
        var removed = certificates
            .Where(entry => fingerprint is null || CertificateDescription.Of(entry.Certificate).Sha256Thumbprint == fingerprint)
            .ToList();
        if (removed.Count == 0)
            throw new InvalidInputException($"the trust store {store} has no certificate with the fingerprint {fingerprint}");
        var kept = certificates.Except(removed).Select(entry => entry.FileName).ToHashSet();
        if (removed.Find(entry => kept.Contains(entry.FileName)).FileName is { } shared)
        {
            throw new InvalidInputException(
                $"the file {Quoted.Text(shared)} in the trust store {store} also has other certificates: "
                    + "expected one certificate per file; nothing was removed"
            );
        }

        var text = new StringBuilder();
        foreach (var (file, certificate) in removed)
            CertificateText.Append(text, $"removed from {store}: {Quoted.Printable(file)}", certificate, now);
        Explain(
            "remove from the trust store in",
            home.Folder,
            () =>
            {
                foreach (var file in removed.Select(entry => entry.FileName).Distinct())
                    File.Delete(Path.Combine(folder, file));
                if (!Directory.EnumerateFileSystemEntries(folder).Any())
                    Directory.Delete(folder);
                return true;
            }
        );
        using var output = StandardStreams.OpenOutput();
        output.Write(Encoding.UTF8.GetBytes(text.ToString()));
        if (removed.Count == certificates.Count && StatementsOf(home.ReadPolicy(), store) is { Count: > 0 } statements)
            StandardStreams.WriteErrorLine(
                $"nv2: warning: the trust policy still names {store} ({string.Join(", ", statements.Select(Quoted.Text))}); "
                    + "verification fails there until the store has a certificate again"
            );
        return ExitCodes.Success;
    }

    private static List<string> StatementsOf(TrustPolicy? policy, TrustStoreName store) =>
        policy is null ? [] : [.. policy.Statements.Where(statement => statement.TrustStores.Contains(store)).Select(statement => statement.Name)];

    private static T Explain<T>(string action, string folder, Func<T> work) => StoredArtifacts.Explain(action, Quoted.Text(folder), work);
}

/// <summary><c>nv2 trust</c>: manages the trust stores and the trust policy.</summary>
internal static class TrustCommand
{
    public const string Name = "trust";

    public static Command Create(TimeProvider clock) =>
        new(Name, "Manage trust: named stores of certificates, and a policy that says which stores are trusted for which repository")
        {
            TrustAddCommand.Create(clock),
            TrustStoreCommands.CreateList(),
            TrustStoreCommands.CreateShow(clock),
            TrustStoreCommands.CreateRemove(clock),
            TrustPolicyCommands.CreateAllow(),
            TrustPolicyCommands.CreateDisallow(),
            TrustPolicyCommands.CreateCheck(clock),
            TrustPolicyCommands.CreateRequired(),
        };

    /// <summary>The name of a store, as the commands about stores take it.</summary>
    public static Argument<string> StoreName() => new("name") { Description = "The name of the trust store: letters, digits, '_', '.' and '-'" };

    public static Option<string> StoreType() =>
        new("--type")
        {
            Description =
                "What its certificates are trusted for: ca (to sign or to issue signing certificates), signingAuthority (to sign "
                + "for others and attest the time), tsa (to timestamp)",
            HelpName = "type",
            DefaultValueFactory = _ => "ca",
        };

    /// <summary>Reads the name and the type of a store.</summary>
    public static TrustStoreName ReadStore(ParseResult result, Argument<string> name, Option<string> type) =>
        new(
            UsageException.Parse("--type", result.GetRequiredValue(type), TrustStoreName.ParseType),
            UsageException.Parse("the trust store", result.GetRequiredValue(name), TrustStoreName.ParseName)
        );

    /// <summary>The trust home that a command line names.</summary>
    public static TrustHome ReadHome(ParseResult result, Option<string?> home) =>
        TrustHomeLocation.Find(result.GetValue(home)) ?? throw new InvalidInputException(TrustHomeLocation.Nowhere);
}
