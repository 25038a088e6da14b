using System.Text.Json;
using Nv2.Plugin.Files;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Json;

namespace Nv2.Plugin.Protocol;

/// <summary>
/// The exec protocol, version 1.0: one JSON object on standard input, one on standard output, errors as one JSON object on standard error with exit code 1.
/// docs/protocol.md is its description for authors of hosts.
/// </summary>
internal static class ExecProtocol
{
    /// <summary>The largest request in bytes.</summary>
    public const int MaxRequestBytes = 16 * 1024 * 1024;

    /// <summary>The one version there is.</summary>
    public const string Version = "1.0";

    private const string NameInRequest = "plugin";
    private const int Success = 0;
    private const int Failure = 1;

    private static readonly (string Name, Action<JsonNode, Utf8JsonWriter> Run)[] Commands =
    [
        (DescribeCommand.Name, DescribeCommand.Run),
        (GenerateSignatureCommand.Name, GenerateSignatureCommand.Run),
        (VerifySignatureCommand.Name, VerifySignatureCommand.Run),
    ];

    /// <summary>The names of the commands.</summary>
    public static IEnumerable<string> CommandNames => Commands.Select(command => command.Name);

    /// <summary>Whether <paramref name="argument"/>, the first of the command line, calls for this protocol.</summary>
    public static bool Speaks(string argument) => argument == NameInRequest || Array.Exists(Commands, command => command.Name == argument);

    /// <summary>Answers one request.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string command, Func<Stream> openInput, Stream output, Stream error)
    {
        try
        {
            var request = StrictJson.Parse(ReadRequest(openInput), "the request");
            var run = Find(command == NameInRequest ? request.Required("command") : null, command);
            RequireVersion(request);
            return Answer(run, request, output, error);
        }
#pragma warning disable CA1031 // The one place that turns every failure into an error object: a host is never shown a stack trace.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            WriteError(error, exception);
            return Failure;
        }
    }

    private static int Answer(Action<JsonNode, Utf8JsonWriter> run, JsonNode request, Stream output, Stream error)
    {
        VerificationFailedException failure;
        try
        {
            JsonOutput.Write(output, writer => run(request, writer));
            return Success;
        }
        catch (VerificationFailedException exception)
        {
            failure = exception;
        }

        JsonOutput.Write(output, failure.WriteResponse);
        WriteError(error, failure);
        return Failure;
    }

    private static byte[] ReadRequest(Func<Stream> openInput)
    {
        using var input = openInput();
        try
        {
            return InputFile.ReadAll(input, MaxRequestBytes);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"the request cannot be read: {exception.Message}", exception) { Path = "$" };
        }
    }

    private static Action<JsonNode, Utf8JsonWriter> Find(JsonNode? named, string command)
    {
        var name = named?.Text() ?? command;
        return Array.Find(Commands, candidate => candidate.Name == name).Run
            ?? throw named!.Value.Invalid($"is {Quoted.Text(name)}: expected {string.Join(", ", CommandNames)}"); // An unknown name can only come from the request.
    }

    // Two contracts have commands of the same names; the property that carries the version tells which one is spoken, and nothing else does.
    private static void RequireVersion(JsonNode request)
    {
        var own = request.Optional("protocolVersion");
        var notation = request.Optional("contractVersion");
        if (own is not null && notation is not null)
            throw notation.Value.Invalid("stands beside $.protocolVersion: expected one of the two");
        if (own is null && notation is null)
            throw new InvalidInputException("the request has no $.protocolVersion, which is required") { Path = "$.protocolVersion" };
        if (own is null)
            throw Unsupported(notation!.Value, "the Notation plug-in contract is not spoken by this version"); // One of the two is there.
        if (own.Value.Text() != Version)
            throw Unsupported(own.Value, $"the version {Quoted.Text(own.Value.Text())} is not spoken");
    }

    private static ProtocolException Unsupported(JsonNode property, string message) => new(
        ErrorCodes.UnsupportedVersion, $"the request: {property.Path}: {message}: expected \"protocolVersion\": \"{Version}\"", ("path", property.Path));

    private static void WriteError(Stream error, Exception exception)
    {
        var (code, metadata) = Classify(exception);
        StandardStreams.TryWrite(error, stream => JsonOutput.Write(stream, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("errorCode", code);
            writer.WriteString("errorMessage", exception.Message);
            writer.WriteStartObject("errorMetadata");
            foreach (var (name, value) in metadata)
                writer.WriteString(name, value);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }));
    }

    private static (string Code, IReadOnlyList<(string Name, string Value)> Metadata) Classify(Exception exception) => exception switch
    {
        ProtocolException refused => (refused.ErrorCode, refused.Metadata),
        VerificationFailedException failed => (ErrorCodes.VerificationFailed, [("failedChecks", failed.FailedChecks)]),
        InvalidInputException { Path: { } path } => (ErrorCodes.Validation, [("path", path)]),
        InvalidInputException => (ErrorCodes.Validation, []),
        _ => (ErrorCodes.Other, []),
    };
}
