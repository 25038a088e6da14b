using Nv2.Signing.Verification;

namespace Nv2.Signing.Tests.Formats.Mutations;

/// <summary>An envelope that differs in one thing from one that holds.</summary>
/// <param name="Name">What the difference is.</param>
/// <param name="Expected">The checks that are made and fail, or <c>valid</c>.</param>
/// <param name="Make">Makes it.</param>
internal sealed record Mutation(string Name, string Expected, Func<byte[]> Make)
{
    public const string Valid = "valid";
    public const string Format = nameof(CheckName.Format);
    public const string Integrity = nameof(CheckName.Integrity);
    public const string Authenticity = nameof(CheckName.Authenticity);
    public const string KeyUsage = nameof(CheckName.KeyUsage);
    public const string Validity = nameof(CheckName.Validity);
    public const string Subject = nameof(CheckName.Subject);
}
