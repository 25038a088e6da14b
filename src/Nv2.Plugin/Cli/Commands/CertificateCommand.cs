using System.CommandLine;
using System.Text;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Cli.Commands;

/// <summary><c>nv2 certificate generate-test</c>: a key and a self-signed certificate for tests.</summary>
internal static class CertificateCommand
{
    public const string Name = "certificate";

    private static readonly TimeSpan DefaultExpiry = TimeSpan.FromDays(365);

    public static Command Create(TimeProvider clock) => new(Name, "Make test certificates") { CreateGenerateTest(clock) };

    private static CommandWithExamples CreateGenerateTest(TimeProvider clock)
    {
        var host = new Argument<string>("host")
        {
            Description = "The registry that the certificate is for: a host name or an IPv4 address, without port",
        };
        var folder = new Option<string>("--output", "-o")
        {
            Description = "The folder to write HOST.key and HOST.crt to",
            HelpName = "folder",
            DefaultValueFactory = _ => ".",
        };
        var expiry = new Option<string?>("--expiry", "-e")
        {
            Description = "How long the certificate is valid [default: 365d]",
            HelpName = "duration",
        };
        var command = new CommandWithExamples(
            "generate-test",
            "Make a key (P-256) and a self-signed certificate for tests, and print the names of the two files",
            "nv2 certificate generate-test registry.example.com"
        )
        {
            host,
            folder,
            expiry,
        };
        command.SetAction(result =>
            Run(
                ParseHost(result.GetRequiredValue(host)),
                result.GetRequiredValue(folder),
                result.GetValue(expiry) is { } duration ? UsageException.Parse("--expiry", duration, Duration.Parse) : DefaultExpiry,
                clock.GetUtcNow()
            )
        );
        return command;
    }

    private static int Run(string host, string folder, TimeSpan expiry, DateTimeOffset now)
    {
        var keyFile = Path.Combine(folder, $"{host}.key");
        var certificateFile = Path.Combine(folder, $"{host}.crt");
        OutputFile.RequireAbsent(keyFile);
        OutputFile.RequireAbsent(certificateFile);

        var (key, certificate) = TestCertificate.Create(host, now, expiry);
        OutputFile.Create(keyFile, Encoding.ASCII.GetBytes(key), isPrivate: true);
        OutputFile.Create(certificateFile, Encoding.ASCII.GetBytes(certificate), isPrivate: false);

        using var output = StandardStreams.OpenOutput();
        output.Write(Encoding.UTF8.GetBytes($"{keyFile}\n{certificateFile}\n"));
        return ExitCodes.Success;
    }

    private static string ParseHost(string text)
    {
        if (
            Reference.TryParse($"{text}/repository", out var reference, out _)
            && reference.Domain == reference.Host
            && reference.Host.Equals(text, StringComparison.OrdinalIgnoreCase)
        )
        {
            return reference.Host;
        }

        throw new UsageException(
            $"{Quoted.Text(text)} is not the host of a registry: expected a host name such as registry.example.com, or an IPv4 address, without port"
        );
    }
}
