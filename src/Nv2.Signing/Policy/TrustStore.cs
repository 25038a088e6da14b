using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;
using Nv2.Signing.Files;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>
/// Named stores of trusted certificates in a folder, <c>x509/TYPE/NAME/*.{pem,crt,cer}</c> (trust-store-trust-policy.md, "Trust Store"). A
/// certificate is trusted only where a policy names its store.
/// </summary>
internal sealed class TrustStore
{
    private const int MaxFiles = 1024;
    private const int MaxFileBytes = 1024 * 1024;
    private const string Kind = "x509";

    private static readonly string[] Extensions = [".pem", ".crt", ".cer"];

    private readonly string folder;
    private readonly TrustedFolder place;

    /// <summary>Names the stores of a trust home, which need not exist.</summary>
    /// <param name="folder">The folder <c>truststore</c>.</param>
    public TrustStore(string folder)
        : this(Path.GetFullPath(folder), new TrustedFolder(Path.GetDirectoryName(Path.GetFullPath(folder)) ?? folder)) { }

    /// <summary>Names the stores in a subfolder of a folder in which links are followed.</summary>
    internal TrustStore(string folder, TrustedFolder place)
    {
        this.folder = folder;
        this.place = place;
    }

    /// <summary>The folder of a named store, which need not exist.</summary>
    public string FolderOf(TrustStoreName store) => Path.Combine(folder, Kind, store.TypeText, store.Name);

    /// <summary>The existing stores, in the order of their types and names.</summary>
    /// <exception cref="InvalidInputException">The name of a folder is not a valid store name.</exception>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be read.</exception>
    public IReadOnlyList<TrustStoreName> List()
    {
        var stores = new List<TrustStoreName>();
        foreach (var type in Enum.GetValues<TrustStoreType>())
        {
            var types = new DirectoryInfo(Path.Combine(folder, Kind, new TrustStoreName(type, "any").TypeText));
            if (types.Exists)
                stores.AddRange(
                    types
                        .EnumerateDirectories()
                        .Select(store => store.Name)
                        .Order(StringComparer.Ordinal)
                        .Select(name => new TrustStoreName(type, TrustStoreName.ParseName(name)))
                );
        }

        return stores;
    }

    /// <summary>The certificates of a store, with the files that they are in.</summary>
    /// <exception cref="InvalidInputException">
    /// The store does not exist, is empty, or contains a refused symbolic link; or a file is not a certificate, or not one that can be trusted.
    /// </exception>
    /// <exception cref="IOException">The store cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The store may not be read.</exception>
    public IReadOnlyList<(string FileName, X509Certificate2 Certificate)> Read(TrustStoreName store)
    {
        var certificates = FilesOf(store)
            .SelectMany(file => Parse(store, file, ReadFile(store, file)).Select(certificate => (file, certificate)))
            .ToList();
        return certificates.Count > 0 ? certificates : throw NoCertificate(store);
    }

    /// <summary>The certificates of a store for a verification: those of authorities are parsed on demand, and checked only then.</summary>
    /// <inheritdoc cref="Read(TrustStoreName)"/>
    internal IReadOnlyList<StoredCertificate> ReadStored(TrustStoreName store)
    {
        var certificates = new List<StoredCertificate>();
        foreach (var file in FilesOf(store))
        {
            var content = ReadFile(store, file);
            if (store.Type == TrustStoreType.TimestampAuthority || !AddAuthorities(certificates, store, file, content))
                certificates.AddRange(Parse(store, file, content).Select(certificate => new StoredCertificate(file, certificate)));
        }

        return certificates.Count > 0 ? certificates : throw NoCertificate(store);
    }

    /// <summary>The same; a missing or empty store has no certificates.</summary>
    /// <inheritdoc cref="Read(TrustStoreName)"/>
    public IReadOnlyList<(string FileName, X509Certificate2 Certificate)> ReadIfAny(TrustStoreName store) =>
        Find(store) is { } found && Directory.Exists(found) && Directory.EnumerateFiles(found).Any(IsCertificateFile) ? Read(store) : [];

    /// <summary>The subfolders of a store that contain certificates. They are not read, although a user may expect it.</summary>
    /// <exception cref="IOException">The store cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The store may not be read.</exception>
    public IReadOnlyList<string> FindIgnoredFolders(TrustStoreName store) =>
        [
            .. new DirectoryInfo(FolderOf(store))
                .EnumerateDirectories()
                .Where(below =>
                    !below.Name.StartsWith("..", StringComparison.Ordinal) && below.EnumerateFiles().Any(file => IsCertificateFile(file.Name))
                ) // Links can lead into it.
                .Select(below => below.Name)
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>Makes sure that no part of the path of a store, below the folder of all stores, is a symbolic link. A missing store passes: reading
    /// it reports that.</summary>
    /// <exception cref="InvalidInputException">One is.</exception>
    public void RequireNoLink(TrustStoreName store)
    {
        foreach (var place in new[] { folder, Path.Combine(folder, Kind), Path.Combine(folder, Kind, store.TypeText), FolderOf(store) })
        {
            if (IsLink(new DirectoryInfo(place)))
                throw new InvalidInputException(
                    $"the trust store {store} is not used: {Quoted.Text(place)} is a symbolic link, which is not allowed"
                );
        }
    }

    // The real folder of a store.
    private string? Find(TrustStoreName store)
    {
        try
        {
            return place.FindFolder(FolderOf(store));
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"the trust store {store} is not used: {exception.Message}", exception);
        }
    }

    // The names of the certificate files, sorted.
    private List<string> FilesOf(TrustStoreName store)
    {
        if (Find(store) is not { } found || !Directory.Exists(found))
            throw new MissingTrustStoreException(
                store,
                $"the trust store {store} does not exist: expected the folder {Quoted.Text(FolderOf(store))}{SuggestOther(store)}"
            );

        // The platform reports a link to a folder as a folder, and folders are skipped.
        if (
            Directory
                .EnumerateDirectories(found)
                .FirstOrDefault(below => IsCertificateFile(below) && new DirectoryInfo(below).LinkTarget is not null) is
            { } link
        )
            throw new InvalidInputException(
                $"the file {Quoted.Text(Path.GetFileName(link))} in the trust store {store} cannot be used: "
                    + "it is a symbolic link, which is not allowed"
            );
        var files = Directory.EnumerateFiles(found).Where(IsCertificateFile).Take(MaxFiles + 1).Select(file => Path.GetFileName(file)).ToList();
        if (files.Count > MaxFiles)
            throw new InvalidInputException($"the trust store {store} has more than {MaxFiles} certificate files");
        files.Sort(StringComparer.Ordinal);
        return files;
    }

    private byte[] ReadFile(TrustStoreName store, string file)
    {
        try
        {
            return place.Read(Path.Combine(FolderOf(store), file), MaxFileBytes)
                ?? throw new InvalidInputException("it was removed while the store was being read: try again");
        }
        catch (InvalidInputException exception)
        {
            throw Unusable(store, file, exception);
        }
    }

    private static IReadOnlyList<X509Certificate2> Parse(TrustStoreName store, string file, ReadOnlySpan<byte> content)
    {
        try
        {
            var certificates = CertificateFile.Parse(content);
            foreach (var certificate in certificates)
                RequireAnchor(store.Type, certificate);
            return certificates;
        }
        catch (InvalidInputException exception)
        {
            throw Unusable(store, file, exception);
        }
    }

    // Adds the certificates of a file if all are authorities in the usual form; otherwise nothing.
    private static bool AddAuthorities(List<StoredCertificate> certificates, TrustStoreName store, string file, byte[] content)
    {
        var before = certificates.Count;
        foreach (var der in PlainCertificates.Of(content))
        {
            if (der is not { } certificate || CertificateScan.Of(certificate.Span) is not { IsAuthority: true } scan)
            {
                certificates.RemoveRange(before, certificates.Count - before);
                return false;
            }

            certificates.Add(new(file, certificate, scan, one => Parse(store, file, one.Span)[0]));
        }

        return true;
    }

    private static InvalidInputException Unusable(TrustStoreName store, string file, InvalidInputException exception) =>
        new($"the file {Quoted.Text(file)} in the trust store {store} cannot be used: {exception.Message}", exception);

    private static InvalidInputException NoCertificate(TrustStoreName store) =>
        new($"the trust store {store} has no certificate: expected files {Alternatives.Of(Extensions.Select(extension => "*" + extension))}");

    /// <summary>Checks a certificate for the type of a store: a root of timestamp authorities, or an authority or self-signed certificate.</summary>
    /// <remarks>A certificate that an authority issued to a signer is refused, as in the Notary Project's own program: a store contains
    /// authorities.</remarks>
    /// <exception cref="InvalidInputException">It is not valid for the store.</exception>
    public static void RequireAnchor(TrustStoreType type, X509Certificate2 certificate)
    {
        var name = DistinguishedName.BriefOf(certificate);
        if (type == TrustStoreType.TimestampAuthority && !CertificateIssuance.IsSelfSigned(certificate))
            throw new InvalidInputException($"the certificate {name} is not a root: expected a self-signed certificate");
        if (!TrustedCertificates.IsAuthority(certificate) && !CertificateIssuance.IsSelfSigned(certificate))
            throw new InvalidInputException($"the certificate {name} is neither an authority nor self-signed: expected the root that issued it");
    }

    private string SuggestOther(TrustStoreName store)
    {
        var stores = new DirectoryInfo(Path.GetDirectoryName(FolderOf(store))!); // Not null: it is below the folder of all stores.
        return stores.Exists
            ? NearestName.Suggest(store.Name, stores.EnumerateDirectories().Select(other => other.Name).Order(StringComparer.Ordinal))
            : "";
    }

    private static bool IsCertificateFile(string file) =>
        Array.Exists(Extensions, extension => file.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    private static bool IsLink(FileSystemInfo file) => file.LinkTarget is not null;
}

/// <summary>A trust store that was named does not exist.</summary>
/// <param name="store">The store.</param>
/// <param name="message">The message, with its expected path.</param>
internal sealed class MissingTrustStoreException(TrustStoreName store, string message) : InvalidInputException(message)
{
    /// <summary>The store.</summary>
    public TrustStoreName Store { get; } = store;
}
