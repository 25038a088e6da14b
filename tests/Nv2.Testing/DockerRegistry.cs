using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Nv2.Testing;

/// <summary>
/// A registry of its own for a test: Debian's docker-registry, on a free port of this machine, with nothing in it. It has no API for referrers. Over
/// plain HTTP.
/// </summary>
public sealed class DockerRegistry : IDisposable
{
    private const int Attempts = 5;

    // No assertion on time: only a way out of a hang.
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(20);

    private readonly TemporaryFolder folder = new();
    private readonly StringBuilder log = new();
    private readonly HttpClient client = new();
    private Process? process;
    private bool disposed;

    /// <summary>Starts a registry, and waits until it answers.</summary>
    /// <param name="user">The one user who may read and write; <see langword="null"/> for everybody.</param>
    /// <param name="password">The user's password.</param>
    /// <exception cref="InvalidOperationException">docker-registry or htpasswd is missing, or the registry does not answer; with its log.</exception>
    public DockerRegistry(string? user = null, string? password = null)
    {
        try
        {
            if (user is not null)
            {
                folder.Write("htpasswd", Tool.Run("htpasswd", ["-Bbn", user, password ?? ""]).RequireSuccess().StdoutBytes);
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                    "Basic",
                    Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))
                );
            }

            // The port is free when it is looked for; another process may be faster to take it.
            for (var attempt = 1; !TryStart(user is not null); attempt++)
            {
                if (attempt == Attempts)
                    throw new InvalidOperationException($"docker-registry does not start:\n{Log}");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Host and port: what the name of a repository begins with.</summary>
    public string Address { get; private set; } = "";

    /// <summary>What the registry has said until now, its requests among it: for the message of a test that fails.</summary>
    public string Log
    {
        get
        {
            lock (log)
                return log.ToString();
        }
    }

    /// <summary>Stores a manifest, by a tag or by its digest.</summary>
    /// <returns>Its digest.</returns>
    public string PutManifest(string repository, string? tag, string mediaType, byte[] content)
    {
        var digest = DigestOf(content);
        Send(HttpMethod.Put, $"{repository}/manifests/{tag ?? digest}", content, mediaType);
        return digest;
    }

    /// <summary>Stores a blob.</summary>
    /// <returns>Its digest.</returns>
    public string PutBlob(string repository, byte[] content)
    {
        var digest = DigestOf(content);
        using var begun = Send(HttpMethod.Post, $"{repository}/blobs/uploads/", [], "application/octet-stream");
        Send(HttpMethod.Put, new Uri($"{begun.Headers.Location}&digest={digest}"), content, "application/octet-stream").Dispose();
        return digest;
    }

    /// <summary>Stores an image with a config and one layer.</summary>
    /// <returns>Its manifest.</returns>
    public byte[] PutImage(string repository, string tag, string layer = "layer data")
    {
        var layerBytes = Encoding.UTF8.GetBytes(layer);
        var manifest = Encoding.UTF8.GetBytes(
            $$$"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
             "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{{PutBlob(repository, "{}"u8.ToArray())}}}","size":2},
             "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{{{PutBlob(
                repository,
                layerBytes
            )}}}","size":{{{layerBytes.Length}}}}]}
            """
        );
        PutManifest(repository, tag, "application/vnd.oci.image.manifest.v1+json", manifest);
        return manifest;
    }

    /// <summary>The exact bytes of a manifest or index.</summary>
    public byte[] GetManifest(string repository, string name)
    {
        using var response = Send(HttpMethod.Get, $"{repository}/manifests/{name}", content: null, "");
        return response.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult();
    }

    /// <summary>Ends the registry, and deletes what it stored. A test may do so early, to see what happens without.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        Stop();
        client.Dispose();
        folder.Dispose();
    }

    private static string DigestOf(byte[] content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";

    private HttpResponseMessage Send(HttpMethod method, string path, byte[]? content, string mediaType) =>
        Send(method, new Uri($"http://{Address}/v2/{path}"), content, mediaType);

    private HttpResponseMessage Send(HttpMethod method, Uri uri, byte[]? content, string mediaType)
    {
        using var request = new HttpRequestMessage(method, uri);
        foreach (var kind in new[] { "image.manifest", "image.index" })
            request.Headers.Accept.ParseAdd($"application/vnd.oci.{kind}.v1+json");
        if (content is not null)
            request.Content = new ByteArrayContent(content) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } };
        var response = client.Send(request);
        return response.IsSuccessStatusCode
            ? response
            : throw new InvalidOperationException(
                $"{method} {uri}: {response.StatusCode}: {response.Content.ReadAsStringAsync().GetAwaiter().GetResult()}\n{Log}"
            );
    }

    private bool TryStart(bool withPassword)
    {
        Address = $"127.0.0.1:{FreePort()}";
        var access = withPassword ? $"auth: {{htpasswd: {{realm: nv2, path: '{folder["htpasswd"]}'}}}}\n" : "";
        var configuration = folder.Write(
            "config.yml",
            $"version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: '{folder["storage"]}'}}, delete: {{enabled: "
                + $"true}}}}\nhttp: {{addr: '{Address}'}}\n{access}"
        );
        process = Start(
            new ProcessStartInfo("docker-registry", ["serve", configuration]) { RedirectStandardOutput = true, RedirectStandardError = true }
        );
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        for (var began = Stopwatch.GetTimestamp(); !process.HasExited; Thread.Sleep(PollEvery))
        {
            if (Answers())
                return true;
            if (Stopwatch.GetElapsedTime(began) > GiveUpAfter)
                throw new InvalidOperationException($"docker-registry does not answer:\n{Log}");
        }

        Stop();
        return false;
    }

    // That somebody answers is not enough: another process may have taken the port. Only this registry is ended with its process.
    private bool Answers()
    {
        try
        {
            using var response = client.GetAsync(new Uri($"http://{Address}/v2/")).GetAwaiter().GetResult();
            return response.StatusCode == HttpStatusCode.OK && process is { HasExited: false };
        }
        catch (HttpRequestException exception)
        {
            Note($"not yet: {exception.Message}");
            return false;
        }
    }

    private void Stop()
    {
        if (process is null)
            return;
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
        process = null;
    }

    private void Note(string? line)
    {
        lock (log)
            log.AppendLine(line);
    }

    /// <summary>A port of this machine on which nothing listens, until somebody else takes it.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start");
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new InvalidOperationException($"{start.FileName} is missing: scripts/test.sh installs what the tests need", exception);
        }
    }
}
