using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;
using Nv2.Signing.Certificates.Revocation;
using Nv2.Signing.Files;
using Nv2.Signing.Reuse;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>
/// The folder with a user's trust, in the layout of the Notary Project, so it can be notation's own folder: <c>trustpolicy.oci.json</c> or
/// <c>trustpolicy.json</c>, <c>truststore/</c>; and nv2's own <c>nv2.json</c> and <c>crls/</c>.
/// </summary>
public sealed class TrustHome
{
    /// <summary>The name of the file with nv2's own settings.</summary>
    internal const string SettingsFileName = "nv2.json";

    // The kinds of kept results.
    private static readonly object Policy = new();
    private static readonly object Settings = new();

    // The first existing file is used, as in notation.
    private static readonly string[] PolicyFileNames = ["trustpolicy.oci.json", "trustpolicy.json"];

    private const int MaxAttempts = 8;

    private readonly TrustedFolder place;

    /// <summary>Names the folder, which need not exist.</summary>
    /// <exception cref="InvalidInputException">The name is empty.</exception>
    public TrustHome(string folder)
    {
        if (folder.Length == 0)
            throw new InvalidInputException("the name of the folder with the trust policy is empty");
        Folder = Path.GetFullPath(folder);
        place = new(Folder);
        Store = new TrustStore(Path.Combine(Folder, "truststore"), place);
    }

    /// <summary>The folder, which need not exist.</summary>
    public string Folder { get; }

    /// <summary>The trust store in it.</summary>
    internal TrustStore Store { get; }

    /// <summary>The file with nv2's own settings, which need not exist.</summary>
    internal string SettingsFile => Path.Combine(Folder, SettingsFileName);

    /// <summary>The policy file: the existing one, or the one for a new policy.</summary>
    internal string PolicyFile =>
        PolicyFileNames.Select(name => Path.Combine(Folder, name)).FirstOrDefault(place.Has) ?? Path.Combine(Folder, PolicyFileNames[^1]);

    /// <summary>The folder with revocation lists, which need not exist.</summary>
    internal string CrlFolder => Path.Combine(Folder, "crls");

    /// <summary>Reads the policy, or <see langword="null"/>.</summary>
    /// <exception cref="InvalidInputException">It is a refused symbolic link, or violates the specification.</exception>
    /// <exception cref="AccessDeniedException">It may not be read.</exception>
    internal TrustPolicy? ReadPolicy() =>
        PolicyFile is var file && ReadFile(file, TrustPolicy.MaxBytes, "the trust policy") is { } json
            ? KeptResults.Of(Policy, json, bytes => TrustPolicy.Parse(bytes, $"the trust policy {Quoted.Text(file)}"))
            : null;

    /// <summary>Reads nv2's own settings; the defaults if there is no file.</summary>
    /// <exception cref="InvalidInputException">The file is a refused symbolic link, or is not valid.</exception>
    /// <exception cref="AccessDeniedException">It may not be read.</exception>
    internal TrustSettings ReadSettings() =>
        ReadFile(SettingsFile, TrustSettings.MaxBytes, "the settings") is { } json
            ? KeptResults.Of(Settings, json, bytes => TrustSettings.Parse(bytes, $"the settings {Quoted.Text(SettingsFile)}"))
            : TrustSettings.Default;

    /// <summary>Reads the revocation lists; none if the folder does not exist.</summary>
    /// <exception cref="InvalidInputException">One of them is damaged, or the path is not a folder.</exception>
    /// <exception cref="AccessDeniedException">One of them may not be read.</exception>
    internal IReadOnlyList<RevocationList> ReadRevocationLists()
    {
        if (!place.Has(CrlFolder))
            return [];
        place.Note(CrlFolder);
        place.Note(Path.Combine(CrlFolder, KubernetesVolume.Data));
        RequireOwnLists(CrlFolder);
        var lists = RevocationFolder.Read(CrlFolder);
        return lists.Failure is null
            ? lists.Lists
            : throw new InvalidInputException($"cannot read the revocation lists {Quoted.Text(CrlFolder)}: {lists.Failure}");
    }

    /// <summary>Reads the certificates of the trust stores that a statement names.</summary>
    /// <exception cref="InvalidInputException">A store does not exist or cannot be used.</exception>
    /// <exception cref="AccessDeniedException">A store may not be read.</exception>
    internal TrustedCertificates ReadCertificates(TrustPolicyStatement statement)
    {
        var read = statement.TrustStores.ToLookup(name => name.Type, ReadStore);
        return TrustedCertificates.PinsAndAuthorities(Of(TrustStoreType.CertificateAuthority)) with
        {
            SigningAuthorities = Of(TrustStoreType.SigningAuthority),
            TimestampAuthorities = Of(TrustStoreType.TimestampAuthority),
        };

        StoredCertificates Of(TrustStoreType type) => new([.. read[type].SelectMany(store => store)]);
    }

    /// <summary>Reads the certificates of all trust stores, whether a statement names them or not.</summary>
    /// <exception cref="AccessDeniedException">The trust stores may not be read.</exception>
    internal IEnumerable<X509Certificate2> ReadAllCertificates()
    {
        var certificates = new List<X509Certificate2>();
        foreach (var store in ListStores())
        {
            try
            {
                certificates.AddRange(Store.ReadIfAny(store).Select(entry => entry.Certificate));
            }
            catch (Exception exception) when (FileErrors.IsAboutFile(exception))
            {
                continue; // A store that the applying statement does not name is ignored.
            }
        }

        return certificates;
    }

    /// <summary>Makes sure that only root and the current user can change the revocation lists in a folder: without a list, a certificate counts as
    /// not revoked.</summary>
    /// <exception cref="InvalidInputException">Other users can, or one of the lists is a pipe or a device.</exception>
    /// <exception cref="AccessDeniedException">The folder may not be read.</exception>
    internal static void RequireOwnLists(string folder)
    {
        try
        {
            TrustedPath.RequireFiles(folder);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw exception is UnauthorizedAccessException
                ? new AccessDeniedException($"cannot read the folder {Quoted.Text(folder)}: permission denied", exception)
                : FileErrors.Explain("read the revocation lists", folder, exception);
        }
    }

    /// <summary>Reads files of one state. If they are replaced meanwhile, as Kubernetes does with all files of a volume, they are read
    /// again.</summary>
    /// <exception cref="InvalidInputException">They were replaced at every attempt.</exception>
    internal T ReadTogether<T>(Func<T> read)
    {
        for (var attempt = 1; ; attempt++)
        {
            place.Forget();
            try
            {
                var result = read();
                if (!place.HasChanged)
                    return result;
            }
            catch (Exception exception) when (attempt < MaxAttempts && FileErrors.IsAboutFile(exception) && place.HasChanged)
            {
                continue; // A missing file may belong to the replaced state.
            }

            if (attempt == MaxAttempts)
                throw new InvalidInputException(
                    $"the trust home {Quoted.Text(Folder)} was replaced {MaxAttempts} times while it was being read: try again"
                );
        }
    }

    /// <summary>Reads a file of this folder before changing it, so it must not be a link; <see langword="null"/> if it does not exist.</summary>
    internal static byte[]? Read(string file, int maxBytes, string what)
    {
        if (!IsThere(file))
            return null;
        try
        {
            if (new FileInfo(file).LinkTarget is not null)
                throw new InvalidInputException("it is a symbolic link, which is not allowed");
            TrustedPath.RequireFile(file);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"cannot read {what} {Quoted.Text(file)}: {exception.Message}", exception);
        }

        return BoundedFile.Read(file, maxBytes, what);
    }

    /// <summary>Makes sure that only root and the current user can change this folder, before something is written to it.</summary>
    /// <exception cref="InvalidInputException">Other users can.</exception>
    internal void RequireOwn()
    {
        try
        {
            TrustedPath.RequireFolder(Folder);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"cannot write to the trust home {Quoted.Text(Folder)}: {exception.Message}", exception);
        }
    }

    private byte[]? ReadFile(string file, int maxBytes, string what)
    {
        if (!place.Has(file))
            return null;
        try
        {
            return place.Read(file, maxBytes) ?? throw new InvalidInputException("the volume does not show it at the moment: try again");
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.Explain($"read {what}", file, exception);
        }
    }

    // A folder whose name no policy can contain is ignored.
    private IReadOnlyList<TrustStoreName> ListStores()
    {
        try
        {
            return Store.List();
        }
        catch (InvalidInputException)
        {
            return [];
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.Explain("read the trust stores", Folder, exception);
        }
    }

    // A dangling link exists too, and reading refuses it.
    private static bool IsThere(string file) => Path.Exists(file) || new FileInfo(file).LinkTarget is not null;

    private IReadOnlyList<StoredCertificate> ReadStore(TrustStoreName name)
    {
        try
        {
            return Store.ReadStored(name);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception) && exception is not InvalidInputException)
        {
            // A folder without read permission would look like a folder in place of a file.
            throw exception is UnauthorizedAccessException
                ? new AccessDeniedException($"cannot read the trust store {Quoted.Text(Store.FolderOf(name))}: permission denied", exception)
                : FileErrors.Explain("read the trust store", Store.FolderOf(name), exception);
        }
    }
}
