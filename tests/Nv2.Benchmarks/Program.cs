using System.Globalization;
using Nv2.Benchmarks;

// Usage: Nv2.Benchmarks NV2 EMPTY DIR [RUNS]
// DIR holds what scripts/bench.sh made: the keys, a manifest, the signatures and the requests. The commands of all rows take turns, so that
// whatever else the machine does falls on all of them alike.
if (args is not [var nv2, var empty, var dir, ..])
{
    Console.Error.WriteLine("usage: Nv2.Benchmarks NV2 EMPTY DIR [RUNS]");
    return 2;
}

var runs = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 200;
string In(string name) => Path.Combine(dir, name);
var manifest = In("manifest.json");

var rows = new List<Row>
{
    new("empty NativeAOT program", [empty], null),
    new("describe", [nv2, "describe"], "empty NativeAOT program", In("describe.json")),
};
foreach (var key in new[] { "rsa2048", "p256" })
{
    rows.Add(new($"openssl sign {key}", ["openssl", "dgst", "-sha256", "-sign", In($"{key}.key"), "-out", In("openssl.sig"), manifest], null));
    rows.Add(
        new($"sign {key}", [nv2, "sign", "-k", In($"{key}.key"), "-c", In($"{key}.crt"), "-o", In("bench.nv2"), manifest], $"openssl sign {key}")
    );
    rows.Add(new($"generate-signature {key}", [nv2, "generate-signature"], $"openssl sign {key}", In($"{key}.generate.json")));
    rows.Add(
        new($"openssl verify {key}", ["openssl", "dgst", "-sha256", "-verify", In($"{key}.pub"), "-signature", In($"{key}.sig"), manifest], null)
    );
    rows.Add(new($"verify {key} (pinned)", [nv2, "verify", "-f", In($"{key}.nv2"), "-c", In($"{key}.crt"), manifest], $"openssl verify {key}"));
    rows.Add(
        new($"verify {key} (chain)", [nv2, "verify", "-f", In($"{key}-chain.nv2"), "--ca-cert", In("root.crt"), manifest], $"openssl verify {key}")
    );
    rows.Add(new($"verify-signature {key}", [nv2, "verify-signature"], $"openssl verify {key}", In($"{key}.verify.json")));
}

foreach (var format in new[] { "jws", "cose" })
    rows.Add(new($"verify p256 ({format})", [nv2, "verify", "-f", In($"p256.{format}"), "--ca-cert", In("ca.crt"), manifest], "openssl verify p256"));

// What each place of a key costs, against a key in a file (docs/keys.md).
foreach (
    var (name, reference) in new[]
    {
        ("an encrypted file", In("p256.encrypted.key")),
        ("PKCS#12", In("p256.p12")),
        ("a command", $"exec:openssl pkeyutl -sign -inkey {In("p256.key")}"),
        ("a plug-in", "plugin:bench?id=p256"),
        ("a token", $"pkcs11:token=bench;object=p256?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:{In("passphrase")}"),
    }
)
{
    rows.Add(
        new(
            $"sign p256 by {name}",
            [
                "env",
                $"XDG_CONFIG_HOME={In("config")}",
                $"SOFTHSM2_CONF={In("softhsm2.conf")}",
                nv2,
                "sign",
                "--format",
                "jws",
                "-k",
                reference,
                "--passphrase-from",
                $"file:{In("passphrase")}",
                "-c",
                In("envelope.crt"),
                "-o",
                In("bench.jws"),
                manifest,
            ],
            "sign p256"
        )
    );
}

var digest = $"sha256:{Path.GetFileNameWithoutExtension(Directory.GetFiles(In("signatures"))[0])}";
rows.Add(
    new(
        "containerd's image verifier",
        [
            "env",
            $"NV2_VERIFIER_CONFIG={In("verifier.json")}",
            nv2,
            "-name",
            "registry.example.com/app:v1",
            "-digest",
            digest,
            "-stdin-media-type",
            "application/vnd.oci.descriptor.v1+json",
        ],
        "openssl verify p256",
        In("descriptor.json")
    )
);

// What a large policy and store cost, against one statement with one certificate.
string[] ByPolicy(string home) => [nv2, "verify", "-f", In("p256.nv2"), "-r", "registry.example.com/app:v1", "--trust-home", In(home), manifest];
rows.Add(new("verify p256 (by policy)", ByPolicy("trust"), "openssl verify p256"));
rows.Add(new("10000 scopes, 1000 authorities", ByPolicy("large"), "verify p256 (by policy)"));

Row[] large =
[
    new("sha256sum 2 GiB", Piped("sha256sum"), null),
    new("openssl dgst 2 GiB", Piped("openssl dgst -sha256"), "sha256sum 2 GiB"),
    new("verify a tar of 2 GiB", Piped($"{nv2} verify -c {In("p256.crt")} --oci-layout -"), "sha256sum 2 GiB"),
];
string[] Piped(string command) => ["sh", "-c", $"cat {In("layout.tar")} | {command}"];

Console.WriteLine($"binary {new FileInfo(nv2).Length / 1048576.0:F2} MiB");
Measure(rows, runs, warmUps: 5);
Measure(large, runs: 10, warmUps: 1);
return 0;

static void Measure(IReadOnlyList<Row> rows, int runs, int warmUps)
{
    for (var run = -warmUps; run < runs; run++)
    {
        foreach (var row in rows)
        {
            var time = ColdProcess.Run(row.Argv, row.Stdin);
            if (run >= 0)
                row.Milliseconds.Add(time.TotalMilliseconds);
        }
    }

    Console.WriteLine();
    Console.WriteLine($"{$"{runs} runs each, in turns", -31}{"median ms", 10}{"p90 ms", 9}{"peak MiB", 10}{"ratio", 8}  against");
    foreach (var row in rows)
    {
        var peer = rows.FirstOrDefault(candidate => candidate.Name == row.Peer);
        var ratio = peer is null ? "" : (row.Quantile(0.5) / peer.Quantile(0.5)).ToString("F2", CultureInfo.InvariantCulture);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Name, -31}{row.Quantile(0.5), 10:F2}{row.Quantile(0.9), 9:F2}"
                    + $"{ColdProcess.PeakKiB(row.Argv, row.Stdin) / 1024.0, 10:F1}{ratio, 8}  {row.Peer}"
            )
        );
    }
}

namespace Nv2.Benchmarks
{
    /// <summary>One line of the table: a command, and the line it is compared with.</summary>
    internal sealed record Row(string Name, string[] Argv, string? Peer, string Stdin = "/dev/null")
    {
        public List<double> Milliseconds { get; } = [];

        public double Quantile(double quantile) => Milliseconds.Order().ElementAt((int)((Milliseconds.Count - 1) * quantile));
    }
}
