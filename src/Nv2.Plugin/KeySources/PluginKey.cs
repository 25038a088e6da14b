using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Nv2.Plugin.Files;
using Nv2.Plugin.Transfer;
using Nv2.Signing;
using Nv2.Signing.Certificates;
using Nv2.Signing.Json;
using Nv2.Signing.Keys;
using Nv2.Signing.Text;

namespace Nv2.Plugin.KeySources;

/// <summary>
/// A key behind a signing plug-in of notation (Notary Project specification, plugin-extensibility.md, capability <c>SIGNATURE_GENERATOR.RAW</c>). The
/// plug-in is not trusted: its signature is verified with the certificate that was known before it signed.
/// </summary>
internal sealed class PluginKey : SigningKey
{
    private const string Version = "1.0";
    private const string RawSignature = "SIGNATURE_GENERATOR.RAW";
    private const int MaxCertificateBytes = 1024 * 1024;

    // Signed to get the certificates, if none are named. It is not a payload of any signature format.
    private static ReadOnlySpan<byte> Question => "nv2 asks for the certificate chain of this key. This text is not an artifact.\n"u8;

    private readonly Caller caller;
    private readonly string keySpec;
    private readonly string certificateName;

    private PluginKey(Caller caller, string keySpec, IReadOnlyList<X509Certificate2> chain, byte[] publicKey)
        : base(VerificationKey.Parse(publicKey), publicKey)
    {
        this.caller = caller;
        this.keySpec = keySpec;
        Certificates = chain;
        certificateName = DistinguishedName.Brief(chain[0].SubjectName);
    }

    /// <summary>RSA keys of plug-ins sign only with PSS, with the hash for their size (signature-specification.md, "Signature Algorithm
    /// Requirements").</summary>
    public override IReadOnlyList<SigningAlgorithm> Algorithms => Spec.NotaryAlgorithm is { } algorithm ? [algorithm] : [];

    /// <summary>Gets a key from the plug-in.</summary>
    /// <exception cref="InvalidInputException">There is no such plug-in, or it fails, or its response is not valid.</exception>
    public static PluginKey Open(KeyReference.Plugin reference, KeyRequest request)
    {
        var caller = new Caller(reference, FindProgram(reference.Name), request);
        caller.RequireRawSignatures();
        var keySpec = caller.DescribeKey();
        var chain = request.Certificates is { Count: > 0 } given ? given : caller.Sign(Question, keySpec, HashFor(keySpec)).Chain;
        var key = new PluginKey(caller, keySpec, chain, SubjectPublicKey.Of(chain[0]));
        if (key.Spec.ToString() == keySpec && key.Algorithms.Count > 0)
            return key;
        key.Dispose();
        throw caller.Refused($"reports the key spec {Quoted.Text(keySpec)}, and the certificate {key.certificateName} is for {key.Spec}");
    }

    protected override byte[] SignContent(ReadOnlySpan<byte> content, SigningAlgorithm algorithm)
    {
        var answer = caller.Sign(content, keySpec, HashFor(keySpec));
        if (answer.Algorithm != NameOf(algorithm))
            throw caller.Refused($"signed with {Quoted.Text(answer.Algorithm)}: expected {NameOf(algorithm)}");
        if (!BelongsTo(answer.Chain[0]))
            throw caller.Refused(
                $"signed with the key of {DistinguishedName.Brief(answer.Chain[0].SubjectName)}: expected the key of {certificateName}"
            );
        return answer.Signature;
    }

    private static string NameOf(SigningAlgorithm algorithm) => $"{(algorithm.IsPss ? "RSASSA-PSS" : "ECDSA")}-{HashName(algorithm)}";

    // SHA256 becomes SHA-256.
    private static string HashName(SigningAlgorithm algorithm) => algorithm.Hash.Name!.Insert("SHA".Length, "-");

    private static string HashFor(string keySpec) =>
        keySpec switch
        {
            "RSA-2048" or "EC-256" => "SHA-256",
            "RSA-3072" or "EC-384" => "SHA-384",
            _ => "SHA-512",
        };

    // The folder where notation keeps plug-ins.
    private static string FindProgram(string name)
    {
        var folder =
            HomeFolders.FindConfig()
            ?? throw new InvalidInputException("the folder of plug-ins is unknown: expected the environment variable XDG_CONFIG_HOME or HOME");
        var program = Path.Combine(folder, "notation", "plugins", name, $"notation-{name}");
        return File.Exists(program)
            ? program
            : throw new InvalidInputException(
                $"there is no plug-in {Quoted.Text(name)}: expected the program {Quoted.Text(program)}; install it with notation plugin install"
            );
    }

    /// <summary>A client of the plug-in contract, one run of the program for each command.</summary>
    private sealed class Caller(KeyReference.Plugin reference, string program, KeyRequest request)
    {
        public void RequireRawSignatures()
        {
            const string GetMetadata = "get-plugin-metadata";
            var metadata = Call(GetMetadata, _ => { }, named: false);
            var name = metadata.Required("name").Text();
            if (name != reference.Name)
                throw Refused($"reports the name {Quoted.Text(name)}: expected {Quoted.Text(reference.Name)}");
            if (!Texts(metadata.Required("supportedContractVersions")).Contains(Version))
                throw Refused($"does not support version {Version} of the contract");
            var capabilities = Texts(metadata.Required("capabilities"));
            if (!capabilities.Contains(RawSignature))
                throw Refused($"cannot make raw signatures: expected the capability {RawSignature}, and it has {Alternatives.Of(capabilities)}");
        }

        public string DescribeKey()
        {
            var answer = Call("describe-key", _ => { });
            RequireKeyId(answer);
            var spec = answer.Required("keySpec").Text();
            return spec is "RSA-2048" or "RSA-3072" or "RSA-4096" or "EC-256" or "EC-384" or "EC-521"
                ? spec
                : throw Refused($"reports the key spec {Quoted.Text(spec)}: expected RSA-2048, RSA-3072, RSA-4096, EC-256, EC-384 or EC-521");
        }

        public (byte[] Signature, string Algorithm, IReadOnlyList<X509Certificate2> Chain) Sign(
            ReadOnlySpan<byte> content,
            string keySpec,
            string hash
        )
        {
            var payload = content.ToArray();
            var answer = Call(
                "generate-signature",
                writer =>
                {
                    writer.WriteString("keySpec", keySpec);
                    writer.WriteString("hashAlgorithm", hash);
                    writer.WriteBase64String("payload", payload);
                }
            );
            RequireKeyId(answer);
            var chain = answer.Required("certificateChain").Array(CertificateFile.MaxCertificates).ConvertAll(CertificateFile.ParseJson);
            return chain.Count > 0
                ? (answer.Required("signature").Base64(MaxCertificateBytes), answer.Required("signingAlgorithm").Text(), chain)
                : throw Refused("returned no certificates: expected the chain of the key");
        }

        public InvalidInputException Refused(string failure) => new($"the plug-in {Quoted.Text(reference.Name)} {failure}");

        private void RequireKeyId(JsonNode answer)
        {
            if (answer.Required("keyId").Text() is var id && id != reference.Id)
                throw Refused($"returned the key id {Quoted.Text(id)}: expected {Quoted.Text(reference.Id)}");
        }

        private JsonNode Call(string command, Action<Utf8JsonWriter> write, bool named = true)
        {
            var settings = new TransferSettings(PlainHttp: false, request.Timeout, request.Log)
            {
                Input = JsonBytes.Write(WriteRequest),
                AdviceIfSlow = KeyRequest.AdviceIfSlow,
            };
            var result = new ToolRunner(Path.GetFileName(program), program, settings).Try([command]);
            if (result.ExitCode != 0)
                throw Refused($"failed at {command} with exit code {result.ExitCode}{ToolResult.Said(Explain(result.Errors))}");
            return StrictJson.Parse(result.Output, $"the response of the plug-in {Quoted.Text(reference.Name)} to {command}");

            void WriteRequest(Utf8JsonWriter writer)
            {
                writer.WriteStartObject();
                if (named)
                {
                    writer.WriteString("contractVersion", Version);
                    writer.WriteString("keyId", reference.Id);
                }

                write(writer);
                if (reference.Config.Count > 0)
                {
                    writer.WriteStartObject("pluginConfig");
                    foreach (var (name, value) in reference.Config)
                        writer.WriteString(name, value);
                    writer.WriteEndObject();
                }

                writer.WriteEndObject();
            }
        }

        // The contract has an object with errorCode and errorMessage on standard error; anything else is shown as it is.
        private static string Explain(string errors)
        {
            try
            {
                var error = StrictJson.Parse(System.Text.Encoding.UTF8.GetBytes(errors), "the error");
                return $"{error.Optional("errorCode")?.Text()}: {error.Optional("errorMessage")?.Text()}";
            }
            catch (InvalidInputException)
            {
                return errors;
            }
        }

        private static List<string> Texts(JsonNode property) => property.Array(64).ConvertAll(item => item.Text());
    }
}
