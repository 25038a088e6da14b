using System.CommandLine;
using System.Globalization;
using System.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Storage;
using Nv2.Signing.Timestamps;

namespace Nv2.Plugin.CommandLine;

/// <summary><c>nv2 inspect</c>: shows what a signature claims, without trusting it.</summary>
internal static class InspectCommand
{
    public const string Name = "inspect";

    public static Command Create()
    {
        var json = CommonOptions.Json();
        var verbose = CommonOptions.Verbose();
        var artifact = new ArtifactOptions(Name, takesFiles: true, "The signature: a file, or - for standard input; or an artifact's reference, for its signatures in the registry");
        var command = new ManualCommand(
            Name,
            "Show what a signature claims, without verifying it: anybody can write one that claims anything",
            """
            nv2 inspect app.nv2
            nv2 inspect --json --oci-layout ./app:v1
            """)
        {
            json, verbose,
        };
        artifact.AddTo(command);
        command.SetAction(result =>
        {
            var place = artifact.Read(result);
            return place is ArtifactPlace.ManifestFile file
                ? InspectFile(file.Artifact, result.GetValue(json))
                : InspectStored(place, result.GetValue(json), result.GetValue(verbose));
        });
        return command;
    }

    private static int InspectFile(Artifact file, bool json)
    {
        var signature = Read(file);
        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, ReportJson.Line(IInspectedSignature.Of(signature)));
        else
            output.Write(Encoding.UTF8.GetBytes(Describe(signature)));
        return ExitCodes.Success;
    }

    private static int InspectStored(ArtifactPlace place, bool json, bool verbose)
    {
        using var loggers = VerboseLog.Create(verbose);
        var (store, artifact, name) = StoredArtifacts.Find(place, loggers.CreateLogger(Name));
        var signatures = StoredArtifacts.Explain("read the signatures in", name, () => StoredSignature.ReadAll(store, artifact));
        if (signatures.Count == 0)
            throw new InvalidInputException($"{artifact.Digest} in {name} has no signature");

        using var output = StandardStreams.OpenOutput();
        if (json)
            JsonOutput.Write(output, ReportJson.Line([.. signatures.Select(IInspectedSignature.Of)]));
        else
            output.Write(Encoding.UTF8.GetBytes(string.Join('\n', signatures.Select(Describe))));
        return ExitCodes.Success;
    }

    private static string Describe(StoredSignature stored) =>
        $"signature    {stored.Manifest.Digest}\n{(stored.TryParse(out var signature, out var complaint) ? Describe(signature) : $"damaged: {complaint}\n")}";

    private static Signature Read(Artifact file)
    {
        var signature = file.FileName is { } path
            ? InputFile.Read(path, SignatureFormats.MaxBytes, "the signature")
            : InputFile.ReadAll(StandardStreams.OpenInput(), SignatureFormats.MaxBytes);
        try
        {
            return SignatureFormats.Parse(signature);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"{file}: {exception.Message}", exception);
        }
    }

    private static string Describe(Signature signature)
    {
        var claims = signature.Claims;
        var text = new StringBuilder("NOT VERIFIED: this is what the signature claims; 'nv2 verify' tells whether it holds\n");
        Line("format", $"{signature.Format.Name} ({signature.Format.MediaType})");
        Line("algorithm", Printable(signature.Algorithm));
        Line("media type", claims.MediaType?.ToString());
        Line("digest", claims.Digest.ToString());
        Line("size", string.Create(CultureInfo.InvariantCulture, $"{claims.Size} bytes"));
        foreach (var reference in claims.References)
            Line("reference", reference.Text);
        Line("issued at", Time(claims.IssuedAt));
        Line("not before", Time(claims.NotBefore));
        Line("expires at", Time(claims.ExpiresAt));
        DescribeTimestamp();
        Line("content type", signature.ContentType?.ToString());
        Line("scheme", claims.Scheme?.Name);
        foreach (var (key, value) in claims.Annotations)
            Line("metadata", $"{Printable(key)}={Printable(value)}");
        foreach (var attribute in claims.ExtendedClaims)
            Line("attribute", $"{Printable(attribute.Name)}: {(attribute.Text is null ? "not text" : Printable(attribute.Text))}{(attribute.IsCritical ? " (critical)" : "")}");
        Line("agent", signature.SigningAgent is null ? null : $"{Printable(signature.SigningAgent)} (not signed)");
        Line("key id", signature.KeyId is null ? null : Printable(signature.KeyId));
        foreach (var certificate in signature.Certificates)
        {
            var description = CertificateDescription.Of(certificate);
            Line("certificate", description.Subject);
            Line("  issuer", description.Issuer);
            Line("  sha256", description.Sha256Thumbprint);
            Line("  valid", $"{Time(description.NotBefore)} to {Time(description.NotAfter)}");
        }

        return text.ToString();

        void DescribeTimestamp()
        {
            if (signature.Timestamp.IsEmpty)
                return;
            try
            {
                var timestamp = TimestampToken.Parse(signature.Timestamp);
                Line("timestamp", timestamp.ToString());
                Line("  by", timestamp.Authority is null ? "an authority whose certificate is not in it" : CertificateDescription.Of(timestamp.Authority).Subject);
            }
            catch (InvalidInputException exception)
            {
                Line("timestamp", exception.Message);
            }
        }

        void Line(string name, string? value)
        {
            if (value is not null)
                text.Append(CultureInfo.InvariantCulture, $"{name,-12} {value}\n");
        }
    }

    private static string Printable(string text) => Quoted.Text(text)[1..^1];

    private static string? Time(DateTimeOffset? time) => time is null ? null : SignerCertificate.Format(time.Value);
}
