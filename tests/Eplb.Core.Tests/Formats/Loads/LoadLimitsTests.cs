using CsCheck;

namespace Eplb.Tests.Formats.Loads;

/// <summary>The largest shapes and tables that are allowed are read; one more of anything is refused.</summary>
public sealed class LoadLimitsTests
{
    [Theory]
    [InlineData(1, 65536, 256)]
    [InlineData(1, 16, 1048576)]
    [InlineData(1, 4096, 4096)]
    [InlineData(2147483647, 1, 1)]
    public void An_array_may_have_every_shape_up_to_the_limits(int windows, int layers, int experts) =>
        Assert.Equal((windows, layers, experts), LoadSums.CheckShape([windows, layers, experts]));

    [Fact]
    public void Only_windows_that_are_kept_apart_may_hold_more_loads_than_one_window()
    {
        Assert.Equal(LoadSums.MaxExpertCount, SixteenLayers(perWindow: true).Row(1, 0, LoadSums.MaxExpertCount).Length);
        IsRefused(EplbError.ShapeTooLarge, "More than 16777216 loads (layers x experts) are",
            () => SixteenLayers(perWindow: false).Row(1, 16, LoadSums.MaxExpertCount));

        static LoadSums SixteenLayers(bool perWindow)
        {
            var sums = new LoadSums(perWindow);
            for (int layer = 0; layer < 16; layer++) sums.Row(0, layer, LoadSums.MaxExpertCount);
            return sums;
        }
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    public void Sources_of_other_numbers_of_experts_are_not_added_up(int first, int second)
    {
        IsRefused(EplbError.RowLengthMismatch, $"Layer 0 has {second} experts, but the rows before it have {first}", () => Sums(first).Add(Sums(second)));

        static LoadSums Sums(int experts)
        {
            var sums = new LoadSums(perWindow: false);
            sums.Row(0, 0, experts);
            return sums;
        }
    }

    [Fact]
    public void A_layer_beyond_the_last_is_refused()
    {
        string layers = "[" + string.Concat(Enumerable.Repeat("[1],", LoadSums.MaxLayerCount - 1)) + "[1]";
        Assert.Equal(LoadSums.MaxLayerCount, LoadCase.Read(layers + "]").Count);
        LoadCase.IsRefused(EplbError.IndexOutOfRange, "Layer 65536", () => LoadCase.Read(layers + ",[1]]"));
    }

    [Theory]
    [InlineData(1, "")]
    [InlineData(2, "1,2\n")]
    public void A_line_of_text_that_is_too_long_is_refused(int line, string before) =>
        LoadCase.IsRefused(EplbError.ShapeTooLarge, $"Line {line} is longer than 524288 characters", () => LoadCase.Read(before + new string('1', 600_000)));

    [Theory]
    [InlineData("\n")]
    [InlineData("\r")]
    [InlineData("\r\n")]
    public void A_line_has_65536_fields_at_most_however_the_text_comes(string end) => Gen.Select(
        Gen.OneOf(Gen.Int[0, 20], Gen.Int[65_530, 65_540]).Array[1, 4], Gen.Int[1, 90_000]).Sample((delimiters, length) =>
    {
        string text = string.Join(end, delimiters.Select(count => new string(',', count) + "x"));
        int broken = Array.FindIndex(delimiters, count => count >= 65_536);
        if (broken < 0)
            Assert.Equal(text.Length, Read(text, length));
        else
            IsRefused(EplbError.ShapeTooLarge, $"Line {2 + broken} has more than 65536 fields", () => Read(text, length));
    }, iter: 20);

    private static int Read(string text, int length)
    {
        using var limit = new CsvFieldLimit(new StringReader(text), ',', firstLine: 2);
        char[] buffer = new char[length];
        int total = 0;
        for (int read = -1; read != 0; total += read) read = limit.Read(buffer, 0, length);
        return total;
    }

    private static void IsRefused(EplbError error, string where, Action read) => LoadCase.IsRefused(error, where, () =>
    {
        read();
        return [];
    });
}
