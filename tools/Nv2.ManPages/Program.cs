using System.CommandLine;
using Nv2.ManPages;
using Nv2.Plugin;
using Nv2.Plugin.Cli;
using Nv2.Plugin.Contracts;
using Nv2.Plugin.Contracts.Nv2;

// Writes a man page for each command of nv2 into a folder: nv2-man-pages FOLDER.
if (args is not [var folder])
{
    Console.Error.WriteLine("usage: nv2-man-pages FOLDER");
    return 2;
}

Directory.CreateDirectory(folder);
foreach (var page in ManPage.All(Tree()))
    File.WriteAllText(Path.Combine(folder, page.FileName), page.Text);
return 0;

static Command Tree()
{
    var forPrograms = ExecProtocol.Summaries.Select(summary => new ListedCommand(
        summary.Name,
        summary.Text,
        (HostStream.Option, HostStream.OptionText)
    ));
    return new CommandTree(new(PluginInformation.Name, [], [.. forPrograms]), TimeProvider.System).For([]);
}
