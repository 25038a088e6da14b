using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Certificates.Revocation;
using Nv2.Signing.Verification;
using Nv2.Testing;
using Org.BouncyCastle.Pkix;
using Org.BouncyCastle.Utilities.Collections;
using Org.BouncyCastle.X509;
using Org.BouncyCastle.X509.Store;

namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>What one of the three says of a chain.</summary>
/// <param name="Accepts">Whether the chain is valid.</param>
/// <param name="Reason">Why not, in the words or the numbers of the one who says it.</param>
internal sealed record Opinion(bool Accepts, string Reason)
{
    /// <summary>The path that was found, the trusted certificate last, where it is known.</summary>
    public IReadOnlyList<byte[]> Path { get; init; } = [];

    public override string ToString() => Accepts ? "accepts" : $"refuses: {Reason}";
}

/// <summary>nv2: a jwt by the signer, verified as the product does it.</summary>
internal static class Nv2Opinion
{
    public static Opinion Of(MadeWorld world, MadeCertificate leaf)
    {
        var clock = new FakeTimeProvider(MadeWorld.Now);
        TrustedCertificates trusted;
        try
        {
            trusted = new([], [.. world.Roots.Select(root => CertificateFile.ParseDer(root.Encoded))]);
        }
        catch (InvalidInputException exception)
        {
            return new(false, $"Root: {exception.Message}");
        }

        var trust = Trust.ByHand(trusted);
        if (world.Lists is not null)
        {
            try
            {
                trust = trust with
                {
                    Revocation = new([.. world.Lists.SelectMany((list, index) => RevocationList.Parse(list.Encoded, $"{index}.crl"))], clock),
                };
            }
            catch (InvalidInputException exception)
            {
                return new(false, $"Revocation: {exception.Message}");
            }
        }

        var result = new Verifier(clock).Verify(new VerificationRequest(Sign(world, leaf), null, Signatures.Subject, trust, null, null));
        var failed = result.Checks.Where(check => !check.Passed).Select(check => $"{check.Name}: {check.Reason}").ToList();
        if (result.Verified != (failed.Count == 0) || result.Decision.IsAccepted != result.Verified)
            throw new InvalidOperationException("the checks and the decision contradict each other");
        if (failed.Count > 0)
            return new(false, string.Join("; ", failed));
        var path = CertificatePath.Find(result.Signer!, [.. result.Signature!.Certificates.Skip(1)], trusted, MadeWorld.Now, PathUse.Signing);
        return new(true, "") { Path = [.. path.Certificates.Select(certificate => certificate.RawData)] };
    }

    private static byte[] Sign(MadeWorld world, MadeCertificate leaf)
    {
        var algorithm = leaf.Key.JoseAlgorithm;
        var chain = string.Join(',', world.Others.Prepend(leaf).Select(certificate => $"\"{Convert.ToBase64String(certificate.Encoded)}\""));
        var header = Encode($$"""{"typ":"x509","alg":"{{algorithm}}","x5c":[{{chain}}]}""");
        var subject = Signatures.Subject;
        var claims = Encode($$"""{"mediaType":"{{subject.MediaType}}","digest":"{{subject.Digest}}","size":{{subject.Size}},"iat":1700000000}""");
        var content = Encoding.ASCII.GetBytes($"{header}.{claims}");
        var hash = algorithm switch
        {
            "ES384" => HashAlgorithmName.SHA384,
            "ES512" => HashAlgorithmName.SHA512,
            _ => HashAlgorithmName.SHA256,
        };
        return Encoding.ASCII.GetBytes($"{header}.{claims}.{Base64Url.EncodeToString(leaf.Key.SignJose(content, hash))}");
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}

/// <summary><c>openssl verify</c>, once for all signers of a world.</summary>
internal static partial class OpenSslOpinion
{
    // A purpose of code signing came with OpenSSL 3.2; before it, no purpose is asked about.
    private static readonly string[] Options =
    [
        "verify",
        "-x509_strict",
        "-policy_check",
        "-auth_level",
        "2",
        "-partial_chain",
        "-no-CAfile",
        "-no-CApath",
        "-no-CAstore",
        "-attime",
        MadeWorld.Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
    ];

    /// <summary>The opinion about each signer, in their order.</summary>
    public static IReadOnlyList<Opinion> Of(MadeWorld world) =>
        Of(
            world.Leaves.Select(leaf => leaf.Pem).ToList(),
            world.Roots.Select(root => root.Pem),
            world.Others.Select(other => other.Pem),
            world.Lists?.Select(list => list.Pem).ToList()
        );

    /// <summary>The opinion about one path, with no certificate but those on it.</summary>
    public static Opinion OfPath(IReadOnlyList<byte[]> path)
    {
        var pems = path.Select(der => new string(PemEncoding.Write("CERTIFICATE", der))).ToList();
        return Of([pems[0]], [pems[^1]], pems.Skip(1).SkipLast(1), null)[0];
    }

    /// <summary>The arguments for a folder that <see cref="WriteFiles"/> wrote.</summary>
    public static List<string> Arguments(string folder, int leaves, bool hasOthers, bool hasLists)
    {
        List<string> arguments = [.. Options, "-trusted", Path.Join(folder, "roots.pem")];
        if (hasOthers)
            arguments.AddRange(["-untrusted", Path.Join(folder, "others.pem")]);
        if (hasLists)
            arguments.AddRange(["-crl_check", "-crl_check_all", "-CRLfile", Path.Join(folder, "lists.pem")]);
        arguments.AddRange(Enumerable.Range(0, leaves).Select(index => Path.Join(folder, $"leaf{index}.pem")));
        return arguments;
    }

    /// <summary>Writes what there is to a folder.</summary>
    public static void WriteFiles(
        string folder,
        IReadOnlyList<string> leaves,
        IEnumerable<string> roots,
        IEnumerable<string> others,
        IReadOnlyList<string>? lists
    )
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Join(folder, "roots.pem"), string.Join('\n', roots));
        File.WriteAllText(Path.Join(folder, "others.pem"), string.Join('\n', others));
        if (lists is not null)
            File.WriteAllText(Path.Join(folder, "lists.pem"), string.Join('\n', lists));
        for (var index = 0; index < leaves.Count; index++)
            File.WriteAllText(Path.Join(folder, $"leaf{index}.pem"), leaves[index]);
    }

    private static List<Opinion> Of(List<string> leaves, IEnumerable<string> roots, IEnumerable<string> others, IReadOnlyList<string>? lists)
    {
        using var folder = new TemporaryFolder();
        var known = others.ToList();
        WriteFiles(folder.Path, leaves, roots, known, lists);
        var result = Tool.Run("openssl", Arguments(folder.Path, leaves.Count, known.Count > 0, lists is { Count: > 0 }));
        var accepted = result.Stdout.Split('\n').ToHashSet();
        var lines = result.Stderr.Split('\n');
        var opinions = new List<Opinion>();
        for (var index = 0; index < leaves.Count; index++)
        {
            var path = folder[$"leaf{index}.pem"];
            opinions.Add(accepted.Contains($"{path}: OK") && !(lists is { Count: 0 }) ? new(true, "") : new(false, Reason(lines, path)));
        }

        // Without a list there is nothing to pass with -CRLfile, and openssl asks for one all the same.
        return lists is { Count: 0 } ? [.. opinions.Select(_ => new Opinion(false, "3"))] : opinions;
    }

    // "error N at D depth lookup: …" lines come before the line that names the file.
    private static string Reason(string[] lines, string path)
    {
        var codes = new SortedSet<int>();
        foreach (var line in lines)
        {
            if (ErrorLine().Match(line) is { Success: true } match)
            {
                codes.Add(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
            }
            else if (line.StartsWith("error ", StringComparison.Ordinal) && line.Contains(": verification failed", StringComparison.Ordinal))
            {
                if (line.Contains(path, StringComparison.Ordinal))
                    return string.Join(' ', codes);
                codes.Clear();
            }
        }

        var reason = lines.FirstOrDefault(line =>
            line.Contains("ould not", StringComparison.Ordinal) || line.Contains("nable to", StringComparison.Ordinal)
        );
        return $"unreadable {reason}".TrimEnd();
    }

    [GeneratedRegex(@"^error (\d+) at \d+ depth lookup")]
    private static partial Regex ErrorLine();
}

/// <summary>BouncyCastle's builder and validator.</summary>
internal static class BouncyCastleOpinion
{
    private static readonly X509CertificateParser Parser = new();

    public static Opinion Of(MadeWorld world, MadeCertificate leaf) =>
        Guard(() =>
        {
            var target = Parse(leaf.Encoded);
            var anchors = world.Roots.Select(root => Anchor(root.Encoded)).ToHashSet();
            var parameters = new PkixBuilderParameters(anchors, Selector(target));
            Set(parameters, world.Lists);
            parameters.AddStoreCert(CollectionUtilities.CreateStore(world.Others.Prepend(leaf).Select(other => Parse(other.Encoded)).ToList()));
            _ = new PkixCertPathBuilder().Build(parameters);
        });

    /// <summary>The opinion about one path.</summary>
    public static Opinion OfPath(IReadOnlyList<byte[]> path) =>
        Guard(() =>
        {
            var certificates = path.Select(Parse).ToList();
            var parameters = new PkixParameters(new HashSet<TrustAnchor> { Anchor(path[^1]) });
            parameters.SetTargetConstraintsCert(Selector(certificates[0]));
            Set(parameters, null);
            _ = new PkixCertPathValidator().Validate(new PkixCertPath(certificates.SkipLast(1).ToList()), parameters);
        });

    private static X509CertStoreSelector Selector(Org.BouncyCastle.X509.X509Certificate target) =>
        new()
        {
            Certificate = target,
            KeyUsage = [true],
            ExtendedKeyUsage = new HashSet<Org.BouncyCastle.Asn1.DerObjectIdentifier> { new(Oids.CodeSigning) },
        };

    private static void Set(PkixParameters parameters, IReadOnlyList<MadeList>? lists)
    {
        parameters.Date = MadeWorld.Now.UtcDateTime;
        parameters.IsRevocationEnabled = lists is not null;
        if (lists is not null)
            parameters.AddStoreCrl(CollectionUtilities.CreateStore(lists.Select(list => new X509Crl(list.Encoded)).ToList()));
    }

    private static TrustAnchor Anchor(byte[] root)
    {
        var certificate = Parse(root);
        return new(certificate, certificate.GetExtensionValue(Org.BouncyCastle.Asn1.X509.X509Extensions.NameConstraints)?.GetOctets());
    }

    private static Org.BouncyCastle.X509.X509Certificate Parse(byte[] der) =>
        Parser.ReadCertificate(der) ?? throw new InvalidOperationException("there is no certificate");

    private static Opinion Guard(Action judge)
    {
        try
        {
            judge();
            return new(true, "");
        }
#pragma warning disable CA1031 // It says by more than a dozen kinds of exception that a certificate or a path is refused.
        catch (Exception exception) when (exception is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            var messages = new List<string>();
            for (var one = exception; one is not null; one = one.InnerException)
                messages.Add(one.Message);
            return new(false, string.Join(" / ", messages.Distinct()));
        }
    }
}
