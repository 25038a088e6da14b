using System.Security.Cryptography.X509Certificates;
using Nv2.Signing.Certificates;
using Nv2.Signing.Files;
using Nv2.Signing.Text;

namespace Nv2.Signing.Policy;

/// <summary>
/// Named stores of trusted certificates in a folder, <c>x509/TYPE/NAME/*.{pem,crt,cer}</c> below it (trust-store-trust-policy.md, "Trust Store"). A
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

    /// <summary>Names the stores, which need not be there, in the trust home that the folder is in.</summary>
    /// <param name="folder">The folder <c>truststore</c>.</param>
    public TrustStore(string folder)
        : this(Path.GetFullPath(folder), new TrustedFolder(Path.GetDirectoryName(Path.GetFullPath(folder)) ?? folder)) { }

    /// <summary>Names the stores in a folder below another, in which links are followed.</summary>
    internal TrustStore(string folder, TrustedFolder place)
    {
        this.folder = folder;
        this.place = place;
    }

    /// <summary>The folder of a named store, which need not be there.</summary>
    public string FolderOf(TrustStoreName store) => Path.Combine(folder, Kind, store.TypeText, store.Name);

    /// <summary>The named stores that are there, in the order of their types and names.</summary>
    /// <exception cref="InvalidInputException">A folder has a name that no policy can name.</exception>
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
    /// There is no such store, it is empty, or it or one of its files is a symbolic link that is not followed; or a file is no certificate, or one
    /// that nobody can be trusted by.
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

    /// <summary>The certificates of a store for a verification: those of authorities are parsed when they are needed, and not refused
    /// before.</summary>
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

    /// <summary>The same, of a store that is not there or holds no certificate none.</summary>
    /// <inheritdoc cref="Read(TrustStoreName)"/>
    public IReadOnlyList<(string FileName, X509Certificate2 Certificate)> ReadIfAny(TrustStoreName store) =>
        Find(store) is { } found && Directory.Exists(found) && Directory.EnumerateFiles(found).Any(IsCertificateFile) ? Read(store) : [];

    /// <summary>The folders in a store that hold certificates. They are not read, and a user may expect that they are.</summary>
    /// <exception cref="IOException">The store cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The store may not be read.</exception>
    public IReadOnlyList<string> FindIgnoredFolders(TrustStoreName store) =>
        [
            .. new DirectoryInfo(FolderOf(store))
                .EnumerateDirectories()
                .Where(below =>
                    !below.Name.StartsWith("..", StringComparison.Ordinal) && below.EnumerateFiles().Any(file => IsCertificateFile(file.Name))
                ) // Which links lead into.
                .Select(below => below.Name)
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>Makes sure that nothing on the way to a store, from the folder of all stores on, is a symbolic link. A missing store passes: reading
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

    // Where the folder of a store is in truth.
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

    // The names of the files with certificates, in their order.
    private List<string> FilesOf(TrustStoreName store)
    {
        if (Find(store) is not { } found || !Directory.Exists(found))
            throw new MissingTrustStoreException(
                store,
                $"the trust store {store} is not there: expected the folder {Quoted.Text(FolderOf(store))}{SuggestOther(store)}"
            );

        // A link to a folder is a folder to the platform, which are passed over.
        if (
            Directory
                .EnumerateDirectories(found)
                .FirstOrDefault(below => IsCertificateFile(below) && new DirectoryInfo(below).LinkTarget is not null) is
            { } link
        )
            throw new InvalidInputException(
                $"the file {Quoted.Text(Path.GetFileName(link))} in the trust store {store} cannot be used: it is a symbolic link, which is not allowed"
            );
        var files = Directory.EnumerateFiles(found).Where(IsCertificateFile).Take(MaxFiles + 1).Select(file => Path.GetFileName(file)).ToList();
        if (files.Count > MaxFiles)
            throw new InvalidInputException($"the trust store {store} holds more than {MaxFiles} files of certificates");
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

    // Adds the certificates of a file if all are authorities' in the usual form; nothing otherwise.
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
        new($"the trust store {store} holds no certificate: expected files {Alternatives.Of(Extensions.Select(extension => "*" + extension))}");

    /// <summary>Makes sure that a certificate is one for a store of a type: a root of timestamp authorities, or an authority, or
    /// self-signed.</summary>
    /// <remarks>A certificate that an authority issued to a signer is refused, as by the Notary Project's own program: a store holds
    /// authorities.</remarks>
    /// <exception cref="InvalidInputException">It is none.</exception>
    public static void RequireAnchor(TrustStoreType type, X509Certificate2 certificate)
    {
        var name = DistinguishedName.BriefOf(certificate);
        if (type == TrustStoreType.TimestampAuthority && !CertificateIssuance.IsSelfSigned(certificate))
            throw new InvalidInputException($"the certificate {name} is not a root: expected one that issued itself");
        if (!TrustedCertificates.IsAuthority(certificate) && !CertificateIssuance.IsSelfSigned(certificate))
            throw new InvalidInputException($"the certificate {name} is neither an authority's nor self-signed: expected the root that issued it");
    }

    private string SuggestOther(TrustStoreName store)
    {
        var stores = new DirectoryInfo(Path.GetDirectoryName(FolderOf(store))!); // Never null: it is below the folder of all stores.
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
/// <param name="message">Where it was expected.</param>
internal sealed class MissingTrustStoreException(TrustStoreName store, string message) : InvalidInputException(message)
{
    /// <summary>The store.</summary>
    public TrustStoreName Store { get; } = store;
}
