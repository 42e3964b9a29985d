namespace Eplb.Tests.Specs;

/// <summary>Shows each It of tests/Pester as a test of its own.</summary>
internal static class SpecFolder
{
    public static TheoryData<object> Results(string edition)
    {
        string folder = Path.Combine(Repository.Root, "tests", "Pester");
        return [.. SpecProcess.Run(edition, Directory.EnumerateFiles(folder, "*.Tests.ps1").Order(StringComparer.Ordinal))];
    }

    public static void Show(object result)
    {
        var (_, outcome, message) = (SpecResult)result;
        Skip.If(outcome == SpecOutcome.Skipped, message);
        Assert.True(outcome == SpecOutcome.Passed, message);
    }
}
