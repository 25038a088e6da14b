using System.CommandLine;
using System.Text;
using Nv2.Plugin.Cli.Options;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Signing;
using Nv2.Signing.Files;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;
using Nv2.Signing.Text;
using Nv2.Signing.Timestamps;

namespace Nv2.Plugin.Cli.Commands;

/// <summary>
/// <c>nv2 timestamp</c>: writes the request to a timestamp authority and attaches its reply. Another program sends the request and receives the
/// reply.
/// </summary>
internal static class TimestampCommand
{
    public const string Name = "timestamp";

    private const string StandardStream = "-";
    private const string RequestEnding = ".tsq";

    public static Command Create() =>
        new(Name, "Timestamp a signature with a timestamp authority; jws and cose only") { CreateRequest(), CreateAttach() };

    private static CommandWithExamples CreateRequest()
    {
        var signature = new Argument<string>("signature") { Description = "The signature file", HelpName = "signature" };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "The output file, - for standard output [default: the signature's name with .tsq]",
            HelpName = "file|-",
        };
        var command = new CommandWithExamples(
            "request",
            "Write a timestamp request for an authority, and print its file name",
            """
            nv2 timestamp request app.jws.sig
            curl --fail -H 'Content-Type: application/timestamp-query' --data-binary @app.jws.sig.tsq -o app.jws.sig.tsr http://timestamp.example.com
            """
        )
        {
            signature,
            output,
        };
        command.SetAction(result => Request(result.GetRequiredValue(signature), result.GetValue(output)));
        return command;
    }

    private static CommandWithExamples CreateAttach()
    {
        var signature = new Argument<string>("signature") { Description = "The signature file", HelpName = "signature" };
        var reply = new Argument<string>("reply")
        {
            Description = "The reply of the authority: a file, or - for standard input",
            HelpName = "reply|-",
        };
        var request = new Option<string?>("--request")
        {
            Description =
                "The request that was sent; the reply must have its nonce [default: the " + "signature's name with .tsq, if that file exists]",
            HelpName = "file",
        };
        var authorities = CommonOptions.TimestampAuthorities();
        authorities.Description =
            "A trusted timestamp authority or its root, which the reply must chain to; a PEM " + "bundle or a DER file; may be given several times";
        var force = new Option<bool>("--force") { Description = "Replace an existing timestamp" };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "The output file, - for standard output [default: replace the signature file]",
            HelpName = "file|-",
        };
        var command = new CommandWithExamples(
            "attach",
            "Add the timestamp from an authority's reply to its signature file, and print the name of the file",
            "nv2 timestamp attach --tsa-cert tsa-root.crt app.jws.sig app.jws.sig.tsr"
        )
        {
            signature,
            reply,
            request,
            authorities,
            force,
            output,
        };
        command.SetAction(result =>
            Attach(
                new(result.GetRequiredValue(signature), result.GetRequiredValue(reply), result.GetValue(request), result.GetValue(output)),
                RepeatedValues.Of(result, authorities) is { Count: > 0 } files ? files : null,
                result.GetValue(force)
            )
        );
        return command;
    }

    private static int Request(string signatureFile, string? output)
    {
        var request = ReadSignature(signatureFile, (_, signature) => TimestampRequest.For(signature).Encode());
        var requestFile = output ?? signatureFile + RequestEnding;
        using var standardOutput = StandardStreams.OpenOutput();
        if (requestFile == StandardStream)
        {
            standardOutput.Write(request);
            return ExitCodes.Success;
        }

        OutputFile.RequireOther(requestFile, signatureFile, "the signature");
        OutputFile.Replace(requestFile, request);
        standardOutput.Write(Encoding.UTF8.GetBytes($"{requestFile}\n"));
        return ExitCodes.Success;
    }

    private static int Attach(AttachFiles files, IReadOnlyList<string>? authorityFiles, bool force)
    {
        var (signature, hasTimestamp) = ReadSignature(files.Signature, (content, signature) => (content, !signature.Timestamp.IsEmpty));
        if (hasTimestamp && !force)
            throw new InvalidInputException($"the signature {Quoted.Text(files.Signature)} already has a timestamp: expected --force to replace it");

        var requestFile = files.Request ?? (File.Exists(files.Signature + RequestEnding) ? files.Signature + RequestEnding : null);
        var request = requestFile is null
            ? null
            : BoundedFile.Read(requestFile, "the request", stream => TimestampRequest.Parse(BoundedFile.ReadAll(stream, TimestampRequest.MaxBytes)));
        var token = ReadToken(files.Reply);
        var authorities = authorityFiles?.SelectMany(InputFile.ReadCertificates).ToList();

        byte[] timestamped;
        try
        {
            timestamped = TimestampedSignature.Attach(signature, token, request, authorities);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException(
                $"cannot timestamp {Quoted.Text(files.Signature)} with {NameOf(files.Reply)}: {exception.Message}",
                exception
            );
        }

        using var standardOutput = StandardStreams.OpenOutput();
        if (files.Output == StandardStream)
        {
            standardOutput.Write(timestamped);
            return ExitCodes.Success;
        }

        var output = files.Output ?? files.Signature;
        OutputFile.RequireOther(output, files.Reply, "the reply");
        OutputFile.RequireOther(output, requestFile, "the request");
        foreach (var authorityFile in authorityFiles ?? [])
            OutputFile.RequireOther(output, authorityFile, "the certificate");
        OutputFile.Replace(output, timestamped);
        standardOutput.Write(Encoding.UTF8.GetBytes($"{output}\n"));
        return ExitCodes.Success;
    }

    private static T ReadSignature<T>(string path, Func<byte[], Signature, T> use) =>
        BoundedFile.Read(
            path,
            "the signature",
            stream =>
            {
                var content = BoundedFile.ReadAll(stream, SignatureFormats.MaxBytes);
                return use(content, SignatureFormats.Parse(content));
            }
        );

    private static ReadOnlyMemory<byte> ReadToken(string reply) =>
        InputFile.ReadOrInput(
            reply == StandardStream ? null : reply,
            "the reply",
            stream => TimestampReply.ReadToken(BoundedFile.ReadAll(stream, TimestampReply.MaxBytes))
        );

    private static string NameOf(string reply) => reply == StandardStream ? "the reply on standard input" : Quoted.Text(reply);

    private sealed record AttachFiles(string Signature, string Reply, string? Request, string? Output);
}
