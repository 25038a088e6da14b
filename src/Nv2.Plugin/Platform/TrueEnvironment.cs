namespace Nv2.Plugin.Platform;

/// <summary>Environment variables as they were before this program changed its own, for the programs that it starts.</summary>
internal sealed class TrueEnvironment
{
    private readonly (string Name, string? Value)[] variables;

    private TrueEnvironment((string Name, string? Value)[] variables) => this.variables = variables;

    /// <summary>That of a process which has changed nothing.</summary>
    public static TrueEnvironment Unchanged { get; } = new([]);

    /// <summary>Takes note of variables that are about to be changed.</summary>
    public static TrueEnvironment Capture(params ReadOnlySpan<string> names)
    {
        var variables = new (string, string?)[names.Length];
        for (var index = 0; index < names.Length; index++)
            variables[index] = (names[index], Environment.GetEnvironmentVariable(names[index]));
        return new(variables);
    }

    /// <summary>The value of any variable as it was, or <see langword="null"/>.</summary>
    public string? Find(string name)
    {
        foreach (var (captured, value) in variables)
        {
            if (captured == name)
                return value;
        }

        return Environment.GetEnvironmentVariable(name);
    }

    /// <summary>Puts the variables back in the environment of a program that is to be started; those that were not set are removed.</summary>
    public void RestoreIn(IDictionary<string, string?> environment)
    {
        foreach (var (name, value) in variables)
        {
            if (value is null)
                environment.Remove(name);
            else
                environment[name] = value;
        }
    }
}
