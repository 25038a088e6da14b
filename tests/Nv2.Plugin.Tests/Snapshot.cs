namespace Nv2.Plugin.Tests;

/// <summary>The one place that knows the snapshot library: compares text with a file in __snapshots__ beside the test.</summary>
internal static class Snapshot
{
    /// <summary>Fails unless <paramref name="text"/> is what the snapshot of that name holds. A missing snapshot fails too, where
    /// SNAPSHOOTER_STRICT_MODE is on, as scripts/test.sh has it.</summary>
    public static void Match(string name, string text) => Snapshooter.Xunit.Snapshot.Match(text, name);
}
