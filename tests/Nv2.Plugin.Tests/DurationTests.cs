using CsCheck;
using Nv2.Plugin.Operations;
using Nv2.Signing;

namespace Nv2.Plugin.Tests;

public sealed class DurationTests
{
    [Fact]
    public void What_is_printed_is_read_as_the_same() =>
        Gen.Frequency(
                (1, Gen.Long[1, TimeSpan.MaxValue.Ticks]),
                (1, Gen.Long[1, TimeSpan.TicksPerDay]),
                (1, Gen.Int[1, 100_000].Select(seconds => seconds * TimeSpan.TicksPerSecond))
            )
            .Select(TimeSpan.FromTicks)
            .Sample(duration => Duration.Parse(Duration.Print(duration)) == duration);

    [Fact]
    public void Whatever_the_text_is_it_is_read_or_refused() =>
        Gen.String[Gen.Char["0123456789.hmsdnuµ -+e"], 0, 24]
            .Sample(text =>
            {
                try
                {
                    return Duration.Parse(text) > TimeSpan.Zero;
                }
                catch (InvalidInputException exception)
                {
                    return exception.Message.Contains(" is not a duration: ", StringComparison.Ordinal);
                }
            });

    // The examples of Go's time.ParseDuration and its tests, as far as they are longer than zero; a tick is 100 nanoseconds.
    [Theory]
    [InlineData("5s", 50_000_000)]
    [InlineData("1478s", 14_780_000_000)]
    [InlineData("5.0s", 50_000_000)]
    [InlineData("5.6s", 56_000_000)]
    [InlineData("5.s", 50_000_000)]
    [InlineData(".5s", 5_000_000)]
    [InlineData("1.004s", 10_040_000)]
    [InlineData("100.00100s", 1_000_010_000)]
    [InlineData("1000ns", 10)]
    [InlineData("11us", 110)]
    [InlineData("12µs", 120)]
    [InlineData("12μs", 120)]
    [InlineData("13ms", 130_000)]
    [InlineData("14s", 140_000_000)]
    [InlineData("15m", 9_000_000_000)]
    [InlineData("16h", 576_000_000_000)]
    [InlineData("3h30m", 126_000_000_000)]
    [InlineData("10.5s4m", 2_505_000_000)]
    [InlineData("1h15m30.918273645s", 45_309_182_736)]
    [InlineData("1h10m10s", 42_100_000_000)]
    [InlineData("0.3333333333333333333h", 12_000_000_000)]
    [InlineData("8760h", 315_360_000_000_000)]
    [InlineData("365d", 315_360_000_000_000)]
    public void A_duration_is_read_as_Go_reads_it(string text, long ticks) => Assert.InRange(Duration.Parse(text).Ticks, ticks - 1, ticks);

    [Theory]
    [InlineData(31_536_000, "365d")]
    [InlineData(5400, "1h30m")]
    [InlineData(90, "1m30s")]
    public void A_duration_is_printed_in_its_largest_units(long seconds, string text) =>
        Assert.Equal(text, Duration.Print(TimeSpan.FromSeconds(seconds)));
}
