using System.CommandLine;
using System.Globalization;
using System.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;

namespace Nv2.Plugin.CommandLine;

/// <summary><c>nv2 inspect</c>: shows what a signature claims, without trusting it.</summary>
internal static class InspectCommand
{
    public const string Name = "inspect";

    private const string StandardInput = "-";

    public static Command Create()
    {
        var json = CommonOptions.Json();
        var file = new Argument<string>("signature") { Description = "The signature: a file, or - for standard input", HelpName = "file|-" };
        var command = new ManualCommand(
            Name,
            "Show what a signature claims, without verifying it: anybody can write one that claims anything",
            """
            nv2 inspect app.nv2
            nv2 inspect --json app.nv2
            """)
        {
            json, file,
        };
        command.SetAction(result => Run(result.GetRequiredValue(file), result.GetValue(json)));
        return command;
    }

    private static int Run(string file, bool json)
    {
        var signature = Read(file);
        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, writer => VerificationJson.WriteUnverified(writer, signature));
        else
            output.Write(Encoding.UTF8.GetBytes(Describe(signature)));
        return ExitCodes.Success;
    }

    private static Signature Read(string file)
    {
        var signature = file == StandardInput ? InputFile.ReadAll(StandardStreams.OpenInput(), SignatureFormats.MaxBytes) : InputFile.Read(file, SignatureFormats.MaxBytes, "the signature");
        try
        {
            return SignatureFormats.Parse(signature);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"{Quoted.Text(file)}: {exception.Message}", exception);
        }
    }

    private static string Describe(Signature signature)
    {
        var claims = signature.Claims;
        var text = new StringBuilder("NOT VERIFIED: this is what the signature claims; 'nv2 verify' tells whether it holds\n");
        Line("format", $"{signature.Format.Name} ({signature.Format.MediaType})");
        Line("algorithm", Quoted.Text(signature.Algorithm)[1..^1]);
        Line("media type", claims.MediaType?.ToString());
        Line("digest", claims.Digest.ToString());
        Line("size", string.Create(CultureInfo.InvariantCulture, $"{claims.Size} bytes"));
        foreach (var reference in claims.References)
            Line("reference", reference.Text);
        Line("issued at", Time(claims.IssuedAt));
        Line("not before", Time(claims.NotBefore));
        Line("expires at", Time(claims.ExpiresAt));
        Line("key id", signature.KeyId is null ? null : Quoted.Text(signature.KeyId)[1..^1]);
        foreach (var certificate in signature.Certificates)
        {
            var description = CertificateDescription.Of(certificate);
            Line("certificate", description.Subject);
            Line("  issuer", description.Issuer);
            Line("  sha256", description.Sha256Thumbprint);
            Line("  valid", $"{Time(description.NotBefore)} to {Time(description.NotAfter)}");
        }

        return text.ToString();

        void Line(string name, string? value)
        {
            if (value is not null)
                text.Append(CultureInfo.InvariantCulture, $"{name,-12} {value}\n");
        }
    }

    private static string? Time(DateTimeOffset? time) => time is null ? null : SignerCertificate.Format(time.Value);
}
