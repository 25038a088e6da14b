using Nv2.Plugin.Files;
using Nv2.Plugin.Reports;
using Nv2.Signing;
using Nv2.Signing.Files;
using Nv2.Signing.Json;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Contracts;

/// <summary>
/// A call by a host program, the same under every contract: one JSON object on standard input, one on standard output, errors as one JSON object
/// on standard error with exit code 1.
/// </summary>
internal static class HostCall
{
    /// <summary>The largest request in bytes.</summary>
    public const int MaxRequestBytes = 16 * 1024 * 1024;

    /// <summary>What messages call the request.</summary>
    public const string RequestName = "the request";

    /// <summary>The most names and values in a request, above the limits of all lists in it.</summary>
    private const int MaxRequestTokens = 256 * 1024;

    internal const string NameInRequest = "plugin";
    private const int Success = 0;
    private const int Failure = 1;

    /// <summary>Whether <paramref name="argument"/>, the only one of the command line, is a command of a contract.</summary>
    public static bool IsCommand(string argument, HostContract[] contracts)
    {
        if (argument == NameInRequest)
            return true;

        foreach (var contract in contracts)
        {
            if (Find(contract, argument) is not null)
                return true;
        }

        return false;
    }

    /// <summary>Answers one request.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string command, HostContract[] contracts, TimeProvider clock, Func<Stream> openInput, Stream output, Stream error)
    {
        ErrorObject? failure;
        try
        {
            var answer = Answer(command, contracts, clock, Parse(ReadRequest(openInput)));
            JsonOutput.Write(output, answer.Response);
            failure = answer.Error;
            foreach (var warning in failure is null ? answer.Warnings : [])
                StandardStreams.TryWrite(error, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes($"nv2: warning: {warning}\n")));
        }
#pragma warning disable CA1031 // Every failure becomes an error object here: a host never sees a stack trace.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = ErrorObject.Of(exception);
        }

        if (failure is null)
            return Success;
        StandardStreams.TryWrite(error, stream => JsonOutput.Write(stream, JsonOutput.Line(failure)));
        return Failure;
    }

    /// <summary>Answers requests, one a line, until there are no more.</summary>
    /// <param name="command">The command, the only argument apart from the option.</param>
    /// <param name="contracts">The contracts that are supported.</param>
    /// <param name="clock">Tells the present moment.</param>
    /// <param name="input">The requests.</param>
    /// <param name="output">The responses.</param>
    /// <param name="whenAnswered">Called when all requests are answered, also before a signal ends this program.</param>
    /// <returns>The exit code.</returns>
    public static int RunStream(string command, HostContract[] contracts, TimeProvider clock, Stream input, Stream output, Action whenAnswered) =>
        HostStream.Run(request => Answer(command, contracts, clock, request), input, output, whenAnswered);

    /// <summary>Reads the JSON of a request.</summary>
    /// <exception cref="InvalidInputException">It is not one JSON object.</exception>
    internal static JsonNode Parse(ReadOnlyMemory<byte> request) => StrictJson.ParseInPlace(request, RequestName, MaxRequestTokens);

    private static HostAnswer Answer(string argument, HostContract[] contracts, TimeProvider clock, JsonNode request)
    {
        var (contract, command) = Choose(argument, contracts, request);
        return command.Run(new HostRequest(request, clock, contract, contracts));
    }

    private static byte[] ReadRequest(Func<Stream> openInput)
    {
        using var input = openInput();
        try
        {
            return BoundedFile.ReadAll(input, MaxRequestBytes);
        }
        catch (InvalidInputException exception)
        {
            throw new InvalidInputException($"{RequestName} cannot be read: {exception.Message}", exception) { Path = "$" };
        }
    }

    // Two contracts have commands with the same names. Only the property with the version tells which contract a request uses.
    private static (HostContract Contract, HostCommand Command) Choose(string argument, HostContract[] contracts, JsonNode request)
    {
        JsonNode? named = argument == NameInRequest ? request.Required("command") : null;
        var name = named?.Text() ?? argument;
        var candidates = Array.FindAll(contracts, contract => Find(contract, name) is not null);
        if (candidates.Length == 0)
        {
            // An unknown name can only come from the request.
            var names = contracts.SelectMany(contract => contract.Commands).Select(command => command.Name).Distinct();
            throw named!.Value.Invalid($"is {Quoted.Text(name)}: expected {string.Join(", ", names)}");
        }

        HostContract? chosen = null;
        JsonNode? version = null;
        foreach (var contract in contracts)
        {
            if (request.Optional(contract.VersionProperty) is not { } property)
                continue;
            if (chosen is not null)
                throw property.Invalid($"cannot be combined with $.{chosen.VersionProperty}");
            (chosen, version) = (contract, property);
        }

        if (chosen is null || version is null)
        {
            // Every candidate has the command.
            return Array.Find(candidates, contract => !Find(contract, name)!.NeedsVersion) is { } open
                ? (open, Find(open, name)!)
                : throw NoVersion(candidates);
        }

        var text = version.Value.Text();
        if (Find(chosen, name) is not { } command)
            throw Unsupported(version.Value, $"that contract has no command {name}", candidates);
        return text == chosen.Version ? (chosen, command) : throw Unsupported(version.Value, $"unsupported version {Quoted.Text(text)}", [chosen]);
    }

    private static HostCommand? Find(HostContract contract, string name)
    {
        foreach (var command in contract.Commands)
        {
            if (command.Name == name)
                return command;
        }

        return null;
    }

    private static InvalidInputException NoVersion(HostContract[] candidates)
    {
        var paths = candidates.Select(contract => $"$.{contract.VersionProperty}");
        var path = paths.First();
        return new InvalidInputException(
            candidates.Length == 1
                ? $"{RequestName} has no {path}, which is required"
                : $"{RequestName} has none of {string.Join(", ", paths)}: expected exactly one, which selects the contract"
        )
        {
            Path = path,
        };
    }

    private static ProtocolException Unsupported(JsonNode property, string message, HostContract[] expected)
    {
        var versions = expected.Select(contract => $"\"{contract.VersionProperty}\": \"{contract.Version}\"");
        return new(ErrorCodes.UnsupportedVersion, $"{RequestName}: {property.Path}: {message}: expected {Alternatives.Of(versions)}", property.Path);
    }
}

/// <summary>
/// A protocol between a host program and nv2: commands, each with one JSON object in and one out, and a property of the request that selects the
/// protocol.
/// </summary>
/// <param name="Name">The name of the contract: <c>nv2</c>.</param>
/// <param name="VersionProperty">The property of a request that carries the version: <c>protocolVersion</c>.</param>
/// <param name="Version">The one version that is supported.</param>
/// <param name="Commands">The commands.</param>
internal sealed record HostContract(string Name, string VersionProperty, string Version, IReadOnlyList<HostCommand> Commands);

/// <summary>A command of a contract.</summary>
/// <param name="Name">Its name, the only argument of the call.</param>
/// <param name="Run">Answers a request.</param>
/// <param name="NeedsVersion"><see langword="false"/> for a command that tells a host the supported versions.</param>
internal sealed record HostCommand(string Name, Func<HostRequest, HostAnswer> Run, bool NeedsVersion = true);

/// <summary>A request to carry out.</summary>
/// <param name="Json">What the host sent.</param>
/// <param name="Clock">Tells the present moment.</param>
/// <param name="Contract">The contract that the request uses.</param>
/// <param name="Contracts">All contracts that are supported.</param>
internal sealed record HostRequest(JsonNode Json, TimeProvider Clock, HostContract Contract, IReadOnlyList<HostContract> Contracts);

/// <summary>The answer to a request.</summary>
/// <param name="Response">The response: a line of JSON.</param>
/// <param name="Error">Why the call fails although it has a response, or <see langword="null"/>.</param>
internal sealed record HostAnswer(ReadOnlyMemory<byte> Response, ErrorObject? Error = null)
{
    /// <summary>Warnings for a person although the call succeeds: one line each on standard error.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
