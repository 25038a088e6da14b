using Nv2.Testing;

namespace Nv2.EndToEnd.Tests.Keys;

/// <summary>A token of SoftHSM's in a folder of its own, filled with Debian's softhsm2-util and pkcs11-tool.</summary>
internal sealed class SoftToken
{
    public const string Module = "/usr/lib/softhsm/libsofthsm2.so";
    public const string Label = "nv2 test";
    public const string Pin = "83561074";

    private readonly KeyFolder folder;

    public SoftToken(KeyFolder folder)
    {
        this.folder = folder;
        Directory.CreateDirectory(folder["tokens"]);
        folder.Environment["SOFTHSM2_CONF"] = folder.Write("softhsm2.conf", $"directories.tokendir = {folder["tokens"]}\n");
        folder.Run("softhsm2-util", "--init-token", "--free", "--label", Label, "--pin", Pin, "--so-pin", "12345678");
        folder.Write("pin", Pin);
    }

    /// <summary>A reference to a key of the token, with the PIN in a file.</summary>
    public string Reference(string attributes, string? module = null) =>
        $"pkcs11:token={Uri.EscapeDataString(Label)};{attributes}?module-path={module ?? Module}&pin-source=file:{folder["pin"]}";

    public void ImportKey(KeyCase key, string id, string? label = null)
    {
        var pkcs8 = folder.OpenSsl("import.key", "pkcs8", "-topk8", "-nocrypt", "-in", key.KeyPath);
        folder.Run("softhsm2-util", "--import", pkcs8, "--token", Label, "--label", label ?? key.Name, "--id", id, "--pin", Pin);
    }

    public void ImportCertificate(string path, string id, string label)
    {
        var der = folder.OpenSsl("import.der", "x509", "-in", path, "-outform", "DER");
        Pkcs11Tool("--write-object", der, "--type", "cert", "--id", id, "--label", label);
    }

    public ProcessResult Pkcs11Tool(params string[] arguments) =>
        folder.Run("pkcs11-tool", ["--module", Module, "--token-label", Label, "--login", "--pin", Pin, .. arguments]);

    /// <summary>A module that is SoftHSM's but for one function, written in C.</summary>
    /// <param name="place">The place of the function in CK_FUNCTION_LIST.</param>
    /// <param name="body">The body of <c>unsigned long f(void *a, void *b, void *c, void *d, void *e)</c>; <c>real</c> is the function of
    /// SoftHSM.</param>
    public string MakeModule(int place, string body)
    {
        var source = folder.Write(
            "module.c",
            $$"""
            #include <dlfcn.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <unistd.h>
            typedef unsigned long (*function)(void *, void *, void *, void *, void *);
            struct list { unsigned char version[2]; function functions[68]; };
            static struct list own;
            static function real;
            static unsigned long replaced(void *a, void *b, void *c, void *d, void *e) { {{body}} }
            unsigned long C_GetFunctionList(struct list **list)
            {
                struct list *theirs;
                void *module = dlopen("{{Module}}", RTLD_NOW);
                ((unsigned long (*)(struct list **))dlsym(module, "C_GetFunctionList"))(&theirs);
                memcpy(&own, theirs, sizeof own);
                real = own.functions[{{place}}];
                own.functions[{{place}}] = replaced;
                *list = &own;
                return 0;
            }
            """
        );
        folder.Run("gcc", "-shared", "-fPIC", "-o", folder["module.so"], source, "-ldl");
        return folder["module.so"];
    }
}
