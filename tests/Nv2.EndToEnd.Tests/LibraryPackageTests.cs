using System.IO.Compression;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Nv2.Testing;

namespace Nv2.EndToEnd.Tests;

/// <summary>scripts/nuget.sh: the library as a package, as a program that is not of this repository gets it.</summary>
public sealed partial class LibraryPackageTests : IClassFixture<LibraryPackageTests.Package>, IDisposable
{
    private const string Id = "Nv2.Signing";

    private readonly Package package;
    private readonly TemporaryFolder folder = new();

    public LibraryPackageTests(Package package) => this.package = package;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void It_says_what_it_is_and_where_it_comes_from()
    {
        var metadata = package.Metadata;
        string Value(string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;

        Assert.Equal(Id, Value("id"));
        Assert.Equal(Property("Version"), Value("version"));
        Assert.Equal(Property("PackageLicenseExpression"), Value("license"));
        Assert.Equal(Property("RepositoryUrl"), Value("projectUrl"));
        Assert.Equal("README.md", Value("readme"));
        Assert.Contains("oci", Value("tags").Split(' '));
        var repository = metadata.Elements().Single(element => element.Name.LocalName == "repository");
        Assert.Equal(("git", Property("RepositoryUrl")), (repository.Attribute("type")?.Value, repository.Attribute("url")?.Value));
    }

    [Fact]
    public void It_holds_the_library_its_documentation_and_no_path_of_this_machine()
    {
        using var archive = ZipFile.OpenRead(package.Path);
        var library = Read(archive, "lib/net10.0/Nv2.Signing.dll");
        using var symbols = ZipFile.OpenRead(System.IO.Path.ChangeExtension(package.Path, ".snupkg"));

        Assert.Contains("LayoutVerification", Read(archive, "lib/net10.0/Nv2.Signing.xml"), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(System.IO.Path.Combine(Repository.Root, "src", Id, "README.md")), Read(archive, "README.md"));
        Assert.NotNull(symbols.GetEntry("lib/net10.0/Nv2.Signing.pdb"));
        Assert.DoesNotContain(Repository.Root, library, StringComparison.Ordinal);
        Assert.DoesNotContain(Repository.Root, Read(symbols, "lib/net10.0/Nv2.Signing.pdb"), StringComparison.Ordinal);
    }

    [Fact]
    public void It_needs_no_package_but_those_that_the_library_uses()
    {
        var dependencies = package.Metadata.Descendants().Where(element => element.Name.LocalName == "dependency");

        Assert.Equal(
            ["BouncyCastle.Cryptography", "System.Formats.Cbor", "System.Security.Cryptography.Cose", "System.Security.Cryptography.Pkcs"],
            dependencies.Select(dependency => dependency.Attribute("id")!.Value).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void A_program_compiles_with_it_and_one_that_forgets_trust_does_not()
    {
        var sample = File.ReadAllText(System.IO.Path.Combine(Repository.Root, "samples", "VerifyLayout", "Program.cs"));
        WriteProject();
        Write(sample);
        Dotnet("build").RequireSuccess();
        var run = Tool.Run("dotnet", [folder["bin/app.dll"], folder.Path, "app:v1", Vectors.PathOf("keys/p256.crt")]);
        Assert.Equal((2, $"it is not an image layout: it has no file oci-layout\n"), (run.ExitCode, run.Stderr));

        // As the README has it.
        var page = File.ReadAllText(System.IO.Path.Combine(Repository.Root, "src", Id, "README.md"));
        var forgotten = Forgotten().Match(page);
        var error = Error().Match(page);
        Assert.True(forgotten.Success && error.Success);
        var with = sample.Split('\n').Single(line => line.Contains("new ArtifactQuestion(", StringComparison.Ordinal));
        Write(sample.Replace(with, forgotten.Value, StringComparison.Ordinal));

        var refused = Dotnet("build", "--no-restore");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(error.Value, refused.Stdout, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^var question = .*;$", RegexOptions.Multiline)]
    private static partial Regex Forgotten();

    [GeneratedRegex(@"(?<=^error )CS\d+: .*$", RegexOptions.Multiline)]
    private static partial Regex Error();

    private static string Property(string name) =>
        XDocument.Load(System.IO.Path.Combine(Repository.Root, "Directory.Build.props")).Descendants(name).Single().Value;

    private static string Read(ZipArchive archive, string name)
    {
        using var reader = new StreamReader(archive.GetEntry(name)?.Open() ?? throw new InvalidOperationException($"the package has no {name}"));
        return reader.ReadToEnd();
    }

    private void Write(string program) => folder.Write("Program.cs", program);

    // The package comes from the folder, and what it needs from the packages of this machine.
    private void WriteProject()
    {
        var known = Dotnet("nuget", "locals", "global-packages", "--list").RequireSuccess().Stdout.Split(": ")[1].Trim();
        folder.Write(
            "nuget.config",
            $"""
            <configuration>
              <packageSources><clear /><add key="built" value="{System.IO.Path.GetDirectoryName(package.Path)}" /></packageSources>
              <fallbackPackageFolders><add key="known" value="{known}" /></fallbackPackageFolders>
              <config><add key="globalPackagesFolder" value="packages" /></config>
            </configuration>
            """
        );
        folder.Write(
            "app.csproj",
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <UseAppHost>false</UseAppHost>
                <OutputPath>bin/</OutputPath>
                <AppendTargetFrameworkToOutputPath>false</AppendTargetFrameworkToOutputPath>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{Id}" Version="{Property("Version")}" />
              </ItemGroup>
            </Project>
            """
        );
    }

    // Without servers of the compiler that would outlive the test.
    private ProcessResult Dotnet(params string[] arguments)
    {
        var environment = new Dictionary<string, string?>
        {
            ["HOME"] = Environment.GetEnvironmentVariable("HOME"),
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["UseSharedCompilation"] = "false",
        };
        return Tool.Run("dotnet", [.. arguments], workingDirectory: folder.Path, environment: environment);
    }

    /// <summary>The package, made once for these tests.</summary>
    public sealed class Package : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Package()
        {
            var environment = new Dictionary<string, string?>
            {
                ["HOME"] = Environment.GetEnvironmentVariable("HOME"),
                ["MSBUILDDISABLENODEREUSE"] = "1",
                ["UseSharedCompilation"] = "false",
            };
            var script = System.IO.Path.Combine(Repository.Root, "scripts", "nuget.sh");
            var made = Tool.Run(script, [folder.Path], environment: environment)
                .RequireSuccess()
                .Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal([".nupkg", ".snupkg"], made.Select(System.IO.Path.GetExtension).Order(StringComparer.Ordinal));
            Path = made.Single(file => file.EndsWith(".nupkg", StringComparison.Ordinal));
        }

        /// <summary>The file.</summary>
        public string Path { get; }

        /// <summary>What it says of itself.</summary>
        public XElement Metadata
        {
            get
            {
                using var archive = ZipFile.OpenRead(Path);
                using var content = archive.GetEntry($"{Id}.nuspec")!.Open();
                return XDocument.Load(content).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
            }
        }

        public void Dispose() => folder.Dispose();
    }
}
