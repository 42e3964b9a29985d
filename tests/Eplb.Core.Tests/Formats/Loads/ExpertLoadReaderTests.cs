namespace Eplb.Tests.Formats.Loads;

/// <summary>A file is known by its content, whatever its name.</summary>
public sealed class ExpertLoadReaderTests
{
    [Theory]
    [InlineData("[[1]]", LoadFormat.Json)]
    [InlineData("layer,expert,load\n0,0,1\n", LoadFormat.Csv)]
    public void The_format_is_recognised_and_told(string text, LoadFormat expected)
    {
        using var file = new TempFile(text);
        Assert.Equal(expected, ExpertLoadReader.ReadRecording(file.Path).Format);
    }

    [Fact]
    public void Another_format_than_the_one_asked_for_is_refused()
    {
        using var file = new TempFile("[[1]]");
        LoadCase.IsRefused(EplbError.FormatInvalid, "Json, not Csv", () => ExpertLoadReader.Read(file.Path, LoadFormat.Csv));
    }

    [Theory]
    [InlineData(EplbError.FileEmpty, new byte[0])]
    [InlineData(EplbError.FileEmpty, new byte[] { 0xEF, 0xBB, 0xBF })]
    [InlineData(EplbError.FormatUnknown, new byte[] { 0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(EplbError.FormatUnknown, new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', 1, 1, 1 })]
    [InlineData(EplbError.FormatInvalid, new byte[] { (byte)'P', (byte)'K', 3, 4, 0, 0, 0, 0 })]
    public void Other_content_is_refused(EplbError error, byte[] content) => LoadCase.IsRefused(error, "", () => LoadCase.Read(content));

    [Fact]
    public void The_message_starts_with_the_path()
    {
        using var file = new TempFile("[[-1]]");
        EplbException broken = Assert.Throws<EplbException>(() => ExpertLoadReader.Read(file.Path));
        Assert.StartsWith(file.Path + ": ", broken.Message, StringComparison.Ordinal);
        Assert.Equal(file.Path, broken.Target);
    }

    [Fact]
    public void A_path_without_a_file_is_refused()
    {
        using var file = new TempFile("");
        LoadCase.IsRefused(EplbError.FileNotFound, "no such file", () => ExpertLoadReader.Read(file.Path + ".gone"));
        LoadCase.IsRefused(EplbError.FormatUnknown, "meta_info.json", () => ExpertLoadReader.Read(Path.GetDirectoryName(file.Path)!));
    }

    [Fact]
    public void Reading_can_be_cancelled()
    {
        using var file = new TempFile("[[1]]");
        Assert.Throws<OperationCanceledException>(() => ExpertLoadReader.Read(file.Path, cancellationToken: new CancellationToken(canceled: true)));
    }
}
