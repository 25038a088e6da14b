using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Nv2.Plugin.Files;

namespace Nv2.Plugin.Operations;

/// <summary>The log: warnings, and with <c>--verbose</c> every step, on standard error.</summary>
internal static class VerboseLog
{
    /// <summary>
    /// Loggers to standard error, or ones that pass on warnings alone. The factory is to be disposed, so that all lines are out at the end. It is put
    /// together by hand: the builder brings a container for dependency injection and a configuration system along, for nothing.
    /// </summary>
    public static ILoggerFactory Create(bool verbose)
    {
        if (!verbose)
            return new WarningsOnly();

        var options = new FixedOptions(
            new ConsoleLoggerOptions { FormatterName = PlainFormatter.FormatterName, LogToStandardErrorThreshold = LogLevel.Trace });
        var factory = new LoggerFactory([], new LoggerFilterOptions { MinLevel = LogLevel.Debug });
        // Added, not handed to the constructor: so it is disposed with the factory.
        factory.AddProvider(new ConsoleLoggerProvider(options, [new PlainFormatter()]));
        return factory;
    }

    // The console's logger takes a millisecond to set up.
    private sealed class WarningsOnly : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                StandardStreams.WriteErrorLine($"nv2: warning: {formatter(state, exception)}");
        }

        public void Dispose()
        {
            // There is nothing to let go.
        }
    }

    private sealed class FixedOptions(ConsoleLoggerOptions options) : IOptionsMonitor<ConsoleLoggerOptions>
    {
        public ConsoleLoggerOptions CurrentValue => options;

        public ConsoleLoggerOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<ConsoleLoggerOptions, string?> listener) => null;
    }

    private sealed class PlainFormatter() : ConsoleFormatter(FormatterName)
    {
        public const string FormatterName = "plain";

        public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter) =>
            textWriter.WriteLine(
                $"nv2: {(logEntry.LogLevel >= LogLevel.Warning ? "warning" : logEntry.Category)}: "
                    + $"{logEntry.Formatter(logEntry.State, logEntry.Exception)}");
    }
}
