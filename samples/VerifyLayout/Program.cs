using Nv2.Signing;
using Nv2.Signing.Artifacts;
using Nv2.Signing.Certificates;
using Nv2.Signing.Storage.Layout;
using Nv2.Signing.Verification;
using Nv2.Signing.Verification.Layouts;

if (args is not [var folder, var name, var certificates])
{
    Console.Error.WriteLine("usage: VerifyLayout FOLDER NAME CERTIFICATES");
    return 2;
}

try
{
    var trust = Trust.ByHand(TrustedCertificates.PinsAndAuthorities(CertificateFile.Parse(File.ReadAllBytes(certificates))));
    var question = new ArtifactQuestion(trust, SignatureQuorum.One) { Reference = Reference.Parse(name) };

    var layout = LayoutFolder.Open(folder, lockPatience: TimeSpan.FromSeconds(10));
    var artifact = layout.Resolve(name: null); // The only one.
    var verification = LayoutVerification.Verify(new Verifier(TimeProvider.System), layout, artifact, question);

    foreach (var check in verification.Signatures.SelectMany(signature => signature.Result.Checks).Where(check => !check.Passed))
        Console.Error.WriteLine($"{check.Name}: {check.Reason}");
    Console.WriteLine($"{artifact.Digest}: {verification.Decision.Outcome}");
    return verification.Decision.IsAccepted ? 0 : 1;
}
catch (InvalidInputException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
