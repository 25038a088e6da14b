using Microsoft.Extensions.Logging;
using Nv2.Plugin.Files;

namespace Nv2.Plugin.Operations;

/// <summary>
/// The log on standard error: warnings, and every step with <c>--verbose</c>. The platform's console logger would write control sequences to a
/// terminal, and takes a millisecond to set up.
/// </summary>
internal sealed class VerboseLog : ILoggerFactory
{
    private readonly LogLevel least;

    private VerboseLog(LogLevel least) => this.least = least;

    /// <summary>Loggers to standard error, or loggers for warnings only.</summary>
    public static ILoggerFactory Create(bool verbose) => new VerboseLog(verbose ? LogLevel.Debug : LogLevel.Warning);

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, least);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
        // Every line is flushed when it is written.
    }

    private sealed class Logger(string category, LogLevel least) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                StandardStreams.WriteErrorLine($"nv2: {(logLevel >= LogLevel.Warning ? "warning" : category)}: {formatter(state, exception)}");
        }
    }
}
