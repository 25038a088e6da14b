using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nv2.Signing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Keys;

namespace Nv2.Plugin.Files;

/// <summary>Reads the files that a request names.</summary>
internal static class InputFile
{
    /// <summary>What a command line has in place of a file's name to mean standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>The largest key or certificate file in bytes.</summary>
    private const int MaxCredentialBytes = 1024 * 1024;

    /// <summary>Reads all of a file.</summary>
    /// <exception cref="InvalidInputException">It is not there, or larger than <paramref name="maxBytes"/>.</exception>
    /// <exception cref="AccessDeniedException">It may not be read.</exception>
    public static byte[] Read(string path, int maxBytes, string what) => Read(path, what, stream => ReadAll(stream, maxBytes));

    /// <summary>Reads a file with <paramref name="read"/>; errors name the file and <paramref name="what"/> it is.</summary>
    public static T Read<T>(string path, string what, Func<Stream, T> read)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return read(stream);
        }
        catch (Exception exception) when (FileErrors.IsAboutFile(exception))
        {
            throw FileErrors.Explain($"read {what}", path, exception);
        }
    }

    /// <summary>Reads a file, or standard input where <paramref name="path"/> is <see langword="null"/>; errors say which, and <paramref name="what"/> it is.</summary>
    public static T ReadOrInput<T>(string? path, string what, Func<Stream, T> read)
    {
        if (path is not null)
            return Read(path, what, read);

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

    /// <summary>Reads a private key in PEM.</summary>
    public static SigningKey ReadKey(string path)
    {
        return Read(path, "the key", Parse);

        static SigningKey Parse(Stream stream)
        {
            var pem = ReadAll(stream, MaxCredentialBytes);
            try
            {
                return PemPrivateKey.Parse(pem);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(pem);
            }
        }
    }

    /// <summary>Reads the certificates of a PEM bundle, or one in DER.</summary>
    public static IReadOnlyList<X509Certificate2> ReadCertificates(string path) =>
        Read(path, "the certificate", stream => CertificateFile.Parse(ReadAll(stream, MaxCredentialBytes)));

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="InvalidInputException">It holds more than <paramref name="maxBytes"/>.</exception>
    public static byte[] ReadAll(Stream stream, int maxBytes)
    {
        const int FirstBuffer = 16 * 1024;
        var buffer = new byte[FirstBuffer];
        var length = 0;
        int read;
        while ((read = stream.Read(buffer, length, buffer.Length - length)) > 0)
        {
            length += read;
            if (length > maxBytes)
                throw new InvalidInputException($"it is larger than {maxBytes} bytes");
            if (length < buffer.Length)
                continue;

            // By hand, because what is left behind may be key material.
            var larger = new byte[buffer.Length * 2];
            buffer.CopyTo(larger, 0);
            CryptographicOperations.ZeroMemory(buffer);
            buffer = larger;
        }

        var content = buffer.AsSpan(0, length).ToArray();
        CryptographicOperations.ZeroMemory(buffer);
        return content;
    }
}
