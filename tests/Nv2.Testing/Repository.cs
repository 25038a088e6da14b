namespace Nv2.Testing;

/// <summary>Where things are in this checkout.</summary>
public static class Repository
{
    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Nv2Plugin.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"no Nv2Plugin.sln in any folder above {AppContext.BaseDirectory}");
    }
}
