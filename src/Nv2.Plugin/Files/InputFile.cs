using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Files;
using Nv2.Signing.Keys;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Files;

/// <summary>Reads the files that a request names.</summary>
internal static class InputFile
{
    /// <summary>The argument that means standard input in place of a file name.</summary>
    public const string StandardInput = "-";

    /// <summary>The largest key or certificate file in bytes.</summary>
    private const int MaxCredentialBytes = 1024 * 1024;

    /// <summary>Reads a file, or standard input if <paramref name="path"/> is <see langword="null"/>; errors name it and <paramref name="what"/> it
    /// is.</summary>
    public static T ReadOrInput<T>(string? path, string what, Func<Stream, T> read)
    {
        if (path is not null)
            return BoundedFile.Read(path, what, read);

        try
        {
            using var input = StandardStreams.OpenInput();
            return read(input);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"cannot read {what} from standard input: {exception.Message}", exception);
        }
    }

    /// <summary>Reads a private key in PEM or PKCS#12.</summary>
    /// <param name="path">The name of the file.</param>
    /// <param name="passphrase">Asked for the passphrase of an encrypted one.</param>
    /// <param name="choice">Which of several keys, or <see langword="null"/>.</param>
    public static SigningKey ReadKey(string path, Func<Secret> passphrase, string? choice = null)
    {
        return ReadCredential(path, "the key", Parse);

        SigningKey Parse(Stream stream)
        {
            var content = BoundedFile.ReadAll(stream, MaxCredentialBytes);
            try
            {
                return KeyFile.Parse(content, passphrase, choice);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(content);
            }
        }
    }

    /// <summary>Reads the certificates of a PEM bundle, or one in DER.</summary>
    public static IReadOnlyList<X509Certificate2> ReadCertificates(string path) =>
        ReadCredential(path, "the certificate", stream => CertificateFile.Parse(BoundedFile.ReadAll(stream, MaxCredentialBytes)));

    /// <summary>A warning about the file of a private key, or <see langword="null"/>.</summary>
    public static string? WarningAboutKey(string path) =>
        FileModes.IsReadableByOthers(path)
            ? $"the private key {Quoted.Text(path)} can be read by users other than its owner: restrict it with chmod 600"
            : null;

    private static T ReadCredential<T>(string path, string what, Func<Stream, T> read)
    {
        try
        {
            SharedFolders.RequireOwnLinks(path);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.Explain($"read {what}", path, exception);
        }

        return BoundedFile.Read(path, what, read);
    }
}
