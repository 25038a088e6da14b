namespace Nv2.Signing.Tests.SecondOpinion;

/// <summary>Authorities with what they say, a few signers below them, and perhaps revocation lists. Each signer is one case.</summary>
internal sealed class MadeWorld
{
    /// <summary>When everything is judged.</summary>
    public static DateTimeOffset Now { get; } = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What is trusted.</summary>
    public required List<MadeCertificate> Roots { get; init; }

    /// <summary>From the root down, before anything is added to them: the chain above the signers.</summary>
    public required IReadOnlyList<MadeCertificate> Chain { get; init; }

    /// <summary>What comes along with a signature beside the signer's certificate, in its order.</summary>
    public required List<MadeCertificate> Others { get; set; }

    public required IReadOnlyList<MadeCertificate> Leaves { get; init; }

    /// <summary>The lists, where revocation is asked about.</summary>
    public List<MadeList>? Lists { get; set; }

    /// <summary>What is odd about the authorities.</summary>
    public HashSet<string> Features { get; } = [];

    /// <summary>What is odd about each signer.</summary>
    public Dictionary<MadeCertificate, HashSet<string>> LeafFeatures { get; } = [];

    /// <summary>What is odd about a case.</summary>
    public IReadOnlySet<string> FeaturesOf(MadeCertificate leaf) => Features.Concat(LeafFeatures[leaf]).ToHashSet();
}
