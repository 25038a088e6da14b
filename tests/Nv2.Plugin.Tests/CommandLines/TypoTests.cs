namespace Nv2.Plugin.Tests.CommandLines;

/// <summary>What is misspelled is named, before anything that follows from it, with the name that was probably meant.</summary>
public sealed class TypoTests
{
    private const int Usage = 2;

    [Fact]
    public void A_misspelled_name_is_named_first_with_the_nearest_known_one()
    {
        using var folder = new WorkingFolder();
        BadInput[] inputs =
        [
            new("an option before a reference", Usage, "verify", "--plian-http", "-c", WorkingFolder.P256Certificate, "registry.example.com/app:v1"),
            new("an option with its value", Usage, "sign", "-k", WorkingFolder.P256Key, "--formt", "jws", WorkingFolder.Manifest),
            new("an option with its value joined", Usage, "sign", "--formt=jws", "-k", WorkingFolder.P256Key, WorkingFolder.Manifest),
            new("an option in place of a value", Usage, "sign", "-k", "--crt", WorkingFolder.P256Certificate, WorkingFolder.Manifest),
            new("an option with one hyphen", Usage, "verify", "-format", "jws", "-cert", WorkingFolder.P256Certificate, WorkingFolder.Manifest),
            new("an option with an underscore", Usage, "verify", "--oci_layout", "."),
            new("an option in upper case", Usage, "verify", "--Plain-HTTP", "registry.example.com/app:v1"),
            new("the beginning of an option", Usage, "verify", "--descr", WorkingFolder.Manifest),
            new("an option that resembles none", Usage, "sign", "--oops"),
            new("a short option", Usage, "sign", "-x", WorkingFolder.Manifest),
            new("an option before the command", Usage, "--plain-http", "verify", "registry.example.com/app:v1"),
            new("an option without command", Usage, "--hepl"),
            new("an option of trust add", Usage, "trust", "add", "--finger-print", "00", "store", WorkingFolder.P256Certificate),
            new("an option of timestamp attach", Usage, "timestamp", "attach", "--tsa-crt", WorkingFolder.P256Certificate, "a", "b"),
            new("an option of a command for programs", Usage, "describe", "--vers"),
            new("a command", Usage, "verfy", WorkingFolder.Manifest),
            new("a command of trust", Usage, "trust", "alow", "registry.example.com/app"),
            new("a command of certificate", Usage, "certificate", "generate-tst", "registry.example.com"),
            new("a command of timestamp", Usage, "timestamp", "atach", "a", "b"),
            new("a command that resembles none", Usage, "trust", "everything"),
            new("a command for help", Usage, "help", "trust", "ad"),
            new("a format", Usage, "sign", "--format", "jsw", "-k", WorkingFolder.P256Key, WorkingFolder.Manifest),
            new("a method", Usage, "sign", "-m", "x5o9", "-k", WorkingFolder.P256Key, WorkingFolder.Manifest),
            new("a transfer program", Usage, "verify", "--transfer", "scopeo", "registry.example.com/app:v1"),
            new("a level", Usage, "trust", "allow", "registry.example.com/app", "--store", "a", "--level", "permisive"),
            new("a type of store", Usage, "trust", "show", "a", "--type", "signing-authority"),
            new("on or off", Usage, "trust", "required", "onn"),
            new("a limit", Usage, "verify", "--limit", "second=3", "--oci-layout", "."),
            new("one argument too many", Usage, "sign", "-k", WorkingFolder.P256Key, WorkingFolder.Manifest, "other.json"),
        ];

        BadInput.AssertRefused("typos", folder, inputs);
    }

    [Fact]
    public void What_begins_with_a_hyphen_can_be_a_value_and_a_file()
    {
        using var folder = new WorkingFolder();
        folder.Write("-m.json", folder.Read(WorkingFolder.Manifest));
        folder.WriteKey("-p.key", folder.Read(WorkingFolder.P256Key));

        folder.Run("sign", "-k", "-p.key", "-o=--odd.nv2", "--", "-m.json").RequireSuccess();
        Assert.Contains("--odd.nv2", folder.Names);
    }

    [Theory]
    [InlineData("sign", "--oops", "--help")]
    [InlineData("--oops", "--help")]
    public void Help_is_shown_whatever_else_is_wrong(params string[] arguments) =>
        Assert.StartsWith("Description:", Nv2Binary.Run(arguments).RequireSuccess().Stdout, StringComparison.Ordinal);

    [Theory]
    [InlineData("help")]
    [InlineData("help", "sign")]
    [InlineData("help", "trust", "add")]
    [InlineData("help", "describe")]
    public void The_command_help_is_the_option(params string[] arguments) =>
        Assert.Equal(Nv2Binary.Run([.. arguments[1..], "--help"]).RequireSuccess().Stdout, Nv2Binary.Run(arguments).RequireSuccess().Stdout);

    [Fact]
    public void The_command_version_is_the_option()
    {
        Assert.Equal(Nv2Binary.Run("--version").RequireSuccess().Stdout, Nv2Binary.Run("version").RequireSuccess().Stdout);
        Assert.Equal(Nv2Binary.Run("--version", "--verbose").RequireSuccess().Stdout, Nv2Binary.Run("version", "--verbose").RequireSuccess().Stdout);
    }
}
