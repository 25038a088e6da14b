using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Nv2.Testing;

/// <summary>
/// A registry that answers for what it does not have as a test wants it to, and otherwise as the registry behind it does. It can have the API for
/// referrers, which the one behind it has not. Over plain HTTP, on a free port of this machine.
/// </summary>
public sealed class StandInRegistry : IDisposable
{
    private const int Attempts = 5;

    // The listener keeps the last of several headers of one name: what every program accepts is said here.
    private static readonly string[] Accepted =
    [
        Index,
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ];

    private const string Index = "application/vnd.oci.image.index.v1+json";

    private static readonly string[] RequestHeaders = ["Authorization", "Range"];
    private static readonly string[] ResponseHeaders = ["Docker-Content-Digest", "Docker-Upload-UUID", "Range", "Link", "Www-Authenticate"];

    private readonly string behind;
    private readonly Answer missing;
    private readonly Answer? tags;
    private readonly bool listsReferrers;
    private readonly List<(string Subject, JsonObject Entry)> referrers = [];
    private readonly HttpClient client = new(new HttpClientHandler { AllowAutoRedirect = false });
    private readonly List<string> requests = [];
    private readonly HttpListener listener;
    private readonly Task serving;

    /// <summary>An answer.</summary>
    /// <param name="Status">The HTTP status.</param>
    /// <param name="Body">The body.</param>
    /// <param name="ContentType">The media type of the body; <see langword="null"/> for none.</param>
    public sealed record Answer(int Status, string Body = "", string? ContentType = "application/json");

    /// <param name="registry">The registry behind this one.</param>
    /// <param name="missing">The answer where that one has no list of referrers, neither under a tag nor by the API.</param>
    /// <param name="tags">The answer to a request for the list of tags; <see langword="null"/> for that of the registry behind.</param>
    /// <param name="listsReferrers">Whether it has the API for referrers: it lists a manifest that has a subject, and says so when it gets it
    /// (distribution-spec 1.1, "Pushing Manifests with Subject").</param>
    public StandInRegistry(DockerRegistry registry, Answer missing, Answer? tags = null, bool listsReferrers = false)
    {
        (behind, this.missing, this.tags, this.listsReferrers) = (registry.Address, missing, tags, listsReferrers);
        (listener, Address) = Start();
        serving = Task.Run(Serve);
    }

    /// <summary>Host and port.</summary>
    public string Address { get; }

    /// <summary>The requests until now: <c>GET /v2/</c>.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (requests)
                return [.. requests];
        }
    }

    public void Dispose()
    {
        listener.Close();
        serving.Wait();
        client.Dispose();
    }

    // The port is free when it is looked for; another process may be faster to take it.
    private static (HttpListener Listener, string Address) Start()
    {
        for (var attempt = 1; ; attempt++)
        {
            var address = $"127.0.0.1:{DockerRegistry.FreePort()}";
            var listener = new HttpListener { Prefixes = { $"http://{address}/" } };
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (HttpListenerException) when (attempt < Attempts)
            {
                listener.Close();
            }
        }
    }

    private async Task Serve()
    {
        var running = new List<Task>();
        while (listener.IsListening)
        {
            try
            {
                var context = await listener.GetContextAsync();
                running.Add(Task.Run(() => Respond(context)));
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                break; // The test is over.
            }
        }

        await Task.WhenAll(running);
    }

    private void Respond(HttpListenerContext context)
    {
        var path = context.Request.Url!.PathAndQuery; // A request that the listener accepts has one.
        lock (requests)
            requests.Add($"{context.Request.HttpMethod} {path}");
        try
        {
            var body = new MemoryStream();
            context.Request.InputStream.CopyTo(body);
            using var response = Forward(context.Request, path, body.ToArray());
            if (
                listsReferrers
                && context.Request.HttpMethod == "PUT"
                && response.StatusCode == HttpStatusCode.Created
                && ListReferrer(body) is { } subject
            )
                context.Response.Headers["OCI-Subject"] = subject;

            if (listsReferrers && path.Contains("/referrers/", StringComparison.Ordinal))
                Send(context.Response, new Answer(200, ReferrersOf(path.Split('/')[^1]), Index));
            else if (tags is not null && path.Contains("/tags/list", StringComparison.Ordinal))
                Send(context.Response, tags);
            else if (response.StatusCode == HttpStatusCode.NotFound && IsListOfReferrers(path))
                Send(context.Response, missing);
            else
                Send(context.Response, response);
        }
        catch (HttpListenerException)
        {
            // The program went away, or the test is over.
        }
    }

    private static bool IsListOfReferrers(string path) =>
        path.Contains("/manifests/sha256-", StringComparison.Ordinal) || path.Contains("/referrers/", StringComparison.Ordinal);

    // The subject of a manifest, which is a referrer of it from now on; null of anything else.
    private string? ListReferrer(MemoryStream content)
    {
        var bytes = content.ToArray();
        if (bytes is not [(byte)'{', ..] || JsonNode.Parse(bytes)!["subject"]?["digest"] is not { } subject)
            return null;
        var manifest = JsonNode.Parse(bytes)!;
        var entry = new JsonObject
        {
            ["mediaType"] = (string?)manifest["mediaType"],
            ["digest"] = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}",
            ["size"] = bytes.Length,
            ["artifactType"] = (string?)(manifest["artifactType"] ?? manifest["config"]!["mediaType"]), // One of the two is there.
        };
        lock (referrers)
            referrers.Add(((string)subject!, entry));
        return (string)subject!;
    }

    private string ReferrersOf(string digest)
    {
        lock (referrers)
        {
            return new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = Index,
                ["manifests"] = new JsonArray([.. referrers.Where(one => one.Subject == digest).Select(one => one.Entry.DeepClone())]),
            }.ToJsonString();
        }
    }

    private HttpResponseMessage Forward(HttpListenerRequest request, string path, byte[] body)
    {
        using var forwarded = new HttpRequestMessage(new HttpMethod(request.HttpMethod), new Uri($"http://{behind}{path}"));
        forwarded.Headers.Host = Address; // The registry names itself so when it says where to go on.
        forwarded.Headers.TryAddWithoutValidation("Accept", Accepted);
        foreach (var name in RequestHeaders.Where(name => request.Headers[name] is not null))
            forwarded.Headers.TryAddWithoutValidation(name, request.Headers[name]);
        if (request.HasEntityBody || request.ContentLength64 == 0)
        {
            forwarded.Content = new ByteArrayContent(body);
            foreach (var name in new[] { "Content-Type", "Content-Range" }.Where(name => request.Headers[name] is not null))
                forwarded.Content.Headers.TryAddWithoutValidation(name, request.Headers[name]);
        }

        return client.Send(forwarded);
    }

    private static void Send(HttpListenerResponse target, HttpResponseMessage source)
    {
        target.StatusCode = (int)source.StatusCode;
        foreach (var name in ResponseHeaders)
        {
            if (source.Headers.TryGetValues(name, out var values))
                target.Headers[name] = string.Join(", ", values);
        }

        if (source.Headers.Location is { } location)
            target.Headers["Location"] = location.ToString();
        target.ContentType = source.Content.Headers.ContentType?.ToString();
        var body = source.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult();
        target.ContentLength64 = source.Content.Headers.ContentLength ?? body.Length;
        Finish(target, body);
    }

    private static void Send(HttpListenerResponse target, Answer answer)
    {
        target.StatusCode = answer.Status;
        target.ContentType = answer.ContentType;
        var body = Encoding.UTF8.GetBytes(answer.Body);
        target.ContentLength64 = body.Length;
        Finish(target, body);
    }

    private static void Finish(HttpListenerResponse target, byte[] body)
    {
        using var output = target.OutputStream;
        output.Write(body);
    }
}
