using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Formats;
using Nv2.Signing.Signatures;
using Nv2.Signing.Signing;
using Nv2.Signing.Storage.Layout;

if (args is not [var folder, var name, var keyFile, var certificates])
{
    Console.Error.WriteLine("usage: SignLayout FOLDER NAME KEY CERTIFICATES");
    return 2;
}

using var key = KeyFile.Parse(File.ReadAllBytes(keyFile));
var chain = CertificateFile.Parse(File.ReadAllBytes(certificates)); // The signer's certificate first.

var layout = LayoutFolder.Open(folder, lockPatience: TimeSpan.FromSeconds(10));
var artifact = layout.Resolve(name: null); // The only one.
var format = SignatureFormats.ByName("jwt");
var request = new SigningRequest(artifact, [Reference.Parse(name)], format, ExpiresIn: TimeSpan.FromDays(365), key, chain);
var signature = new Signer(TimeProvider.System).Sign(request);

layout.Add(SignatureArtifact.Create(format, signature, artifact));
return 0;
