using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Nv2.Plugin.Cli.Options;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Signing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Files;
using Nv2.Signing.Policy;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Cli.Commands;

/// <summary><c>nv2 trust add</c>: adds certificates to a trust store, and shows them.</summary>
internal static class TrustAddCommand
{
    private const string SecondSignerOption = "--second-signer";
    private const int MaxInputBytes = 1024 * 1024;

    public static Command Create(TimeProvider clock)
    {
        var name = TrustCommand.StoreName();
        var certificate = new Argument<string>("certificate") { Description = "A PEM bundle or a DER file, or - for standard input" };
        var type = TrustCommand.StoreType();
        var fingerprint = new Option<string?>("--fingerprint")
        {
            Description =
                "The expected SHA-256 fingerprint of the certificate, obtained from its owner: " + "64 hexadecimal digits, with or without colons",
            HelpName = "sha256",
        };
        var second = new Option<bool>(SecondSignerOption)
        {
            Description =
                "Add a certificate to a trust store that the trust policy names and that already has another certificate. "
                + "The new certificate is then trusted wherever the store is trusted",
        };
        var home = CommonOptions.TrustHome();
        var command = new CommandWithExamples(
            "add",
            "Add certificates to a trust store, and show them; they are trusted where the trust policy names the store",
            """
            nv2 trust add wabbit-networks wabbit-networks.crt
            curl -fsS https://wabbit-networks.io/certs/root.crt | nv2 trust add wabbit-networks - --fingerprint 3F:0A:…
            """
        )
        {
            name,
            certificate,
            type,
            fingerprint,
            second,
            home,
        };
        command.SetAction(result =>
            Run(
                TrustCommand.ReadHome(result, home),
                TrustCommand.ReadStore(result, name, type),
                result.GetRequiredValue(certificate),
                CommonOptions.Parse(result, fingerprint, KeySource.ParseThumbprint),
                result.GetValue(second),
                clock
            )
        );
        return command;
    }

    private static int Run(TrustHome home, TrustStoreName store, string source, string? fingerprint, bool allowsSecondSigner, TimeProvider clock)
    {
        var certificates = Read(source);
        var origin = source == InputFile.StandardInput ? "standard input" : Quoted.Text(source);
        if (fingerprint is not null)
            RequireFingerprint(certificates, fingerprint, origin);
        foreach (var certificate in certificates)
        {
            try
            {
                TrustStore.RequireAnchor(store.Type, certificate);
            }
            catch (InvalidInputException exception)
            {
                throw new InvalidInputException($"cannot add {origin} to the trust store {store}: {exception.Message}", exception);
            }
        }

        home.RequireOwn();
        home.Store.RequireNoLink(store);
        var settings = home.ReadSettings();
        var statements = home.ReadPolicy()?.Statements.Where(statement => statement.TrustStores.Contains(store)).ToList() ?? [];
        var held = StoredArtifacts
            .Explain("read the trust store in", Quoted.Text(home.Folder), () => home.Store.ReadIfAny(store))
            .Select(entry => Thumbprint(entry.Certificate))
            .ToHashSet();
        var added = certificates.Where(certificate => !held.Contains(Thumbprint(certificate))).ToList();
        if (statements.Count > 0 && added.Count > 0)
            TellWhatItServes(store, settings, statements, held.Count, added.Count, allowsSecondSigner);
        var report = new StringBuilder();
        foreach (var certificate in certificates)
        {
            var isNew = Store(home.Store.FolderOf(store), certificate);
            CertificateText.Append(report, $"{(isNew ? "added to" : "already in")} {store}", certificate, clock.GetUtcNow());
        }

        using var output = StandardStreams.OpenOutput();
        output.Write(Encoding.UTF8.GetBytes(report.ToString()));
        if (statements.Count == 0)
        {
            var advised = store.Type == TrustStoreType.CertificateAuthority ? store.Name : store.ToString();
            StandardStreams.WriteErrorLine(
                $"nv2: note: no statement of the trust policy names {store} yet: add one with 'nv2 trust allow REPOSITORY --store {advised}'"
            );
        }

        return ExitCodes.Success;
    }

    // A store is trusted wherever a statement names it: a certificate added for one repository would let its owner sign for others.
    private static void TellWhatItServes(
        TrustStoreName store,
        TrustSettings settings,
        List<TrustPolicyStatement> statements,
        int held,
        int added,
        bool allowsSecondSigner
    )
    {
        var served = string.Join(
            ", ",
            statements.Select(statement => $"{Quoted.Text(statement.Name)} (for {string.Join(", ", settings.ScopesOf(statement))})")
        );
        var counts =
            $"the trust store {store} is already used by {(statements.Count == 1 ? "the statement" : "the statements")} {served} of the trust policy";
        if (held + added > 1 && !allowsSecondSigner)
        {
            throw new InvalidInputException(
                $"{counts}, and {(held > 0 ? "has another certificate" : $"{added} certificates would be added")}: nothing was added; "
                    + $"expected a separate store, or {SecondSignerOption} to trust {(held > 0 ? "the new certificate" : "each of them")} "
                    + "for the same"
            );
        }

        StandardStreams.WriteErrorLine($"nv2: warning: {counts}: the new certificate is now trusted for the same");
    }

    private static string Thumbprint(X509Certificate2 certificate) => CertificateDescription.Of(certificate).Sha256Thumbprint;

    private static IReadOnlyList<X509Certificate2> Read(string source) =>
        InputFile.ReadOrInput(
            source == InputFile.StandardInput ? null : source,
            "the certificate",
            stream => CertificateFile.Parse(BoundedFile.ReadAll(stream, MaxInputBytes))
        );

    private static void RequireFingerprint(IReadOnlyList<X509Certificate2> certificates, string fingerprint, string origin)
    {
        if (certificates.Count > 1)
            throw new InvalidInputException($"{origin} has {certificates.Count} certificates: expected exactly one with --fingerprint");
        var found = CertificateDescription.Of(certificates[0]);
        if (found.Sha256Thumbprint != fingerprint)
        {
            throw new InvalidInputException(
                $"the certificate {DistinguishedName.BriefOf(certificates[0])} from {origin} has the SHA-256 fingerprint "
                    + $"{found.Sha256Thumbprint}: expected {fingerprint}; nothing was added"
            );
        }
    }

    // One file per certificate, named after its content: adding it again changes nothing, and a person can find it in the folder.
    private static bool Store(string folder, X509Certificate2 certificate)
    {
        var file = Path.Combine(folder, $"{CertificateDescription.Of(certificate).Sha256Thumbprint}.crt");
        if (File.Exists(file))
            return false;
        try
        {
            FileModes.CreateFolder(folder);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.Explain("make the trust store", folder, exception);
        }

        OutputFile.CreateTrusted(file, Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n"));
        return true;
    }
}
