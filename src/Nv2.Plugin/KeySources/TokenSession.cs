using System.Security.Cryptography;
using System.Text;
using Nv2.Signing;
using Nv2.Signing.Keys;

namespace Nv2.Plugin.KeySources;

/// <summary>
/// A session with one key of a token: the process with the module, logged in if the key requires it. Several threads can use it; the token makes one
/// signature at a time.
/// </summary>
internal sealed class TokenSession
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly TokenProcess process;
    private readonly Lock asking = new();
    private int users = 1;

    private TokenSession(TokenProcess process, TokenKeyDescription key)
    {
        this.process = process;
        Key = key;
    }

    /// <summary>The description of the key at the start of the session.</summary>
    public TokenKeyDescription Key { get; }

    /// <summary>Whether the session failed and cannot sign any more.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Starts the process, finds the key, and logs in.</summary>
    /// <param name="uri">Which key.</param>
    /// <param name="request">The source of the PIN, and the time limit.</param>
    /// <param name="endsAtSignals">Whether a signal that ends this program stops the process at once.</param>
    /// <exception cref="PinRefusedException">The PIN is wrong.</exception>
    /// <exception cref="InvalidInputException">There is no such module, token or key, or the module does not answer.</exception>
    public static TokenSession Begin(Pkcs11Uri uri, KeyRequest request, bool endsAtSignals = true)
    {
        var process = new TokenProcess(uri.Module, request.Log, endsAtSignals);
        try
        {
            return new(process, TokenFrame.Unpack(process.Ask(TokenFrame.Open, Encoding.UTF8.GetBytes(uri.Text), TokenFrame.Key, request), ReadKey));
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>Signs.</summary>
    /// <exception cref="InvalidInputException">The token fails, or does not answer in time; the session ends.</exception>
    public byte[] Sign(ReadOnlySpan<byte> content, SigningAlgorithm algorithm, KeyRequest request)
    {
        lock (asking)
        {
            try
            {
                return process.Ask(TokenFrame.Sign, [.. Encoding.ASCII.GetBytes(algorithm.Name), .. content], TokenFrame.Signature, request);
            }
            catch
            {
                IsBroken = true;
                throw;
            }
        }
    }

    /// <summary>Adds a user, who must <see cref="Release"/> the session.</summary>
    public TokenSession Share()
    {
        Interlocked.Increment(ref users);
        return this;
    }

    /// <summary>Removes a user. After the last one, the session logs out and the process stops.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref users) == 0)
            process.Dispose();
    }

    /// <summary>Ends the session, even while it is in use.</summary>
    public void End()
    {
        if (!asking.TryEnter(Grace))
        {
            process.End();
            return;
        }

        IsBroken = true;
        process.Dispose();
        asking.Exit();
    }

    private static TokenKeyDescription ReadKey(BinaryReader reader)
    {
        var (publicKey, place) = (TokenFrame.ReadBytes(reader), reader.ReadString());
        var algorithms = reader.ReadString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var certificates = new List<byte[]>();
        for (var count = reader.ReadInt32(); count > 0; count--)
            certificates.Add(TokenFrame.ReadBytes(reader));
        return new(publicKey, place, algorithms, certificates);
    }
}

/// <summary>
/// The token sessions that a stream of requests keeps: one for each URI, with one login. A request gets the session if it has the PIN that the
/// session logged in with. A PIN that a token refused is not tried again: a few wrong PINs lock the token.
/// </summary>
internal sealed class TokenSessions : IDisposable
{
    /// <summary>The most sessions; one more ends the session that was unused for the longest time.</summary>
    public const int MaxSessions = 8;

    private const int MaxRefusedPins = 256;

    // All of this is protected by the lock; the content of a place, by the lock of the place.
    private readonly Lock gate = new();
    private readonly List<Place> places = [];
    private readonly Dictionary<string, string> refusedPins = [];

    // Each session has a process of its own, and modules share files between processes: a login with SoftHSM writes to the token, and one at the same
    // time fails.
    private readonly Lock beginning = new();

    private TokenSessions() { }

    /// <summary>The sessions that this program keeps, or <see langword="null"/> if each request has its own.</summary>
    public static TokenSessions? Kept { get; private set; }

    /// <summary>Keeps sessions until the result is disposed.</summary>
    public static TokenSessions Keep() => Kept = new();

    /// <summary>The session for a key, which the caller releases.</summary>
    /// <inheritdoc cref="TokenSession.Begin"/>
    public TokenSession Take(Pkcs11Uri uri, KeyRequest request)
    {
        while (true)
        {
            var place = Find(uri);
            lock (place)
            {
                if (!place.IsLeft)
                    return Take(place, uri, request);
            }
        }
    }

    /// <summary>Ends all sessions.</summary>
    public void Dispose()
    {
        Kept = null;
        List<Place> all;
        lock (gate)
            all = [.. places];
        foreach (var place in all)
            place.Session?.End();
    }

    private TokenSession Take(Place place, Pkcs11Uri uri, KeyRequest request)
    {
        byte[]? pin = null;
        if (place.PinName is { } name)
        {
            using var secret = request.Passphrase.Read(name);
            pin = SHA256.HashData(secret.Bytes);
            RequireNotRefused(uri, pin);
        }

        if (place.Session is { IsBroken: false } session && (place.Pin is null || CryptographicOperations.FixedTimeEquals(place.Pin, pin)))
            return session.Share();

        // The token decides about another PIN.
        byte[]? asked = null;
        using var source = PassphraseSource.Of(what =>
        {
            var secret = request.Passphrase.Read(what);
            (place.PinName, asked) = (what, SHA256.HashData(secret.Bytes));
            RequireNotRefused(uri, asked);
            return secret;
        });
        try
        {
            TokenSession begun;
            lock (beginning)
                begun = TokenSession.Begin(uri, request with { Passphrase = source }, endsAtSignals: false);
            place.Leave();
            (place.Session, place.Pin) = (begun, asked);
            return begun.Share();
        }
        catch (PinRefusedException exception)
        {
            Refuse(uri, asked, exception.Message);
            throw;
        }
    }

    private Place Find(Pkcs11Uri uri)
    {
        Place? oldest = null;
        Place place;
        lock (gate)
        {
            var index = places.FindIndex(known => known.Uri == uri.Text);
            place = index < 0 ? new(uri.Text) : places[index];
            if (index >= 0)
                places.RemoveAt(index);
            places.Add(place); // The last one is the most recently used.
            if (places.Count > MaxSessions)
            {
                oldest = places[0];
                places.RemoveAt(0);
            }
        }

        if (oldest is null)
            return place;
        lock (oldest)
        {
            oldest.IsLeft = true;
            oldest.Leave();
        }

        return place;
    }

    private void RequireNotRefused(Pkcs11Uri uri, byte[] pin)
    {
        lock (gate)
        {
            if (refusedPins.TryGetValue(KeyOf(uri, pin), out var message))
                throw new PinRefusedException(message);
        }
    }

    private void Refuse(Pkcs11Uri uri, byte[]? pin, string message)
    {
        lock (gate)
        {
            if (pin is not null && refusedPins.Count < MaxRefusedPins)
                refusedPins.TryAdd(KeyOf(uri, pin), message);
        }
    }

    private static string KeyOf(Pkcs11Uri uri, byte[] pin) => $"{Convert.ToHexString(pin)} {uri.Text}";

    /// <summary>The session of a URI.</summary>
    private sealed class Place(string uri)
    {
        public string Uri => uri;

        public TokenSession? Session { get; set; }

        /// <summary>The digest of the PIN that the session logged in with, or <see langword="null"/> if it needed none.</summary>
        public byte[]? Pin { get; set; }

        /// <summary>The text of the token's PIN prompt, once it has asked.</summary>
        public string? PinName { get; set; }

        /// <summary>Whether another session replaced this one.</summary>
        public bool IsLeft { get; set; }

        /// <summary>Releases the session; it ends after its last user.</summary>
        public void Leave()
        {
            Session?.Release();
            Session = null;
        }
    }
}
