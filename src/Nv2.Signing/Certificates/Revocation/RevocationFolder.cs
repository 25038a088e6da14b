using Nv2.Signing.Files;
using Nv2.Signing.Text;

namespace Nv2.Signing.Certificates.Revocation;

/// <summary>Certificate revocation lists in a folder: files whose names end in <c>.crl</c> or <c>.pem</c>, in DER or PEM. Other files, and folders below, are passed over.</summary>
/// <param name="Lists">The lists.</param>
/// <param name="Failure">Why nothing can be told by them, or <see langword="null"/>.</param>
public sealed record RevocationFolder(IReadOnlyList<RevocationList> Lists, string? Failure)
{
    private const int MaxFiles = 1024;
    private const int MaxFileBytes = 64 * 1024 * 1024;

    private static readonly string[] Extensions = [".crl", ".pem"];

    /// <summary>Reads the lists. One that is damaged makes all useless: nobody knows what it would have said.</summary>
    /// <exception cref="InvalidInputException">There is no such folder, or it holds too many files.</exception>
    /// <exception cref="AccessDeniedException">The folder, or a file in it, may not be read.</exception>
    public static RevocationFolder Read(string path)
    {
        var lists = new List<RevocationList>();
        foreach (var file in FindFiles(path))
        {
            var content = BoundedFile.Read(file, MaxFileBytes, "the revocation list");
            try
            {
                lists.AddRange(RevocationList.Parse(content, Path.GetFileName(file)));
            }
            catch (InvalidInputException exception)
            {
                return new([], $"whether a certificate is revoked cannot be told: {Quoted.Text(Path.GetFileName(file))}: {exception.Message}");
            }
        }

        return new(lists, null);
    }

    private static List<string> FindFiles(string path)
    {
        try
        {
            if (File.Exists(path))
                throw new InvalidInputException("it is no folder");
            var files = Directory.EnumerateFiles(path).Where(file => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)).Take(MaxFiles + 1).ToList();
            files.Sort(StringComparer.Ordinal); // The order of a folder is nobody's, and messages name files.
            return files.Count <= MaxFiles ? files : throw new InvalidInputException($"it holds more than {MaxFiles} files of revocation lists");
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw Directory.Exists(path) && exception is UnauthorizedAccessException
                ? new AccessDeniedException($"cannot read the folder {Quoted.Text(path)}: permission denied", exception)
                : FileErrors.Explain("read the folder", path, exception);
        }
    }
}
