namespace Eplb.Tests.Specs;

/// <summary>The runner itself: known specs have the outcomes that Pester 5.9 gives them, and what it does not know fails by name.</summary>
public sealed class SpecRunnerTests
{
    private static readonly string Samples = Path.Combine(Repository.Root, "tests", "Eplb.PowerShell.Tests", "Specs", "Samples");

    [Fact]
    public void Samples_come_out_as_in_Pester()
    {
        string[] files = Directory.GetFiles(Samples, "*.Tests.ps1");
        IEnumerable<string> actual = SpecProcess.Run("Core", files).Select(result => $"{result.Outcome}\t{result.Path}");
        Assert.Equal(File.ReadAllLines(Path.Combine(Samples, "outcomes.tsv")), actual.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_the_runner_cannot_do_fails_by_name()
    {
        (string Spec, string Word)[] cases =
        [
            // Words of Pester outside the subset
            ("Describe 'x' { It 'y' { Mock Get-Date { 1 } } }", "'Mock'"),
            ("Describe 'x' { It 'y' { InModuleScope Eplb { } } }", "'InModuleScope'"),
            ("Describe 'x' -Tag Slow { It 'y' { } }", "'Tag'"),
            ("Describe 'x' { It 'y' { 1 | Should -BeFour } }", "'BeFour'"),
            ("Describe 'x' { It 'y' { Set-ItResult -Pending } }", "'Pending'"),
            // Words of the subset in the wrong place
            ("It 'y' { }", "inside a Describe"),
            ("Describe 'x' { It 'y' { It 'z' { } } }", "outside of other tests"),
            ("Describe 'x' { BeforeAll { }; BeforeAll { }; It 'y' { } }", "BeforeAll is there twice"),
            ("Describe 'x' { It 'y' -ForEach @() { } }", "'ForEach'"),
            ("Describe 'x' { It 'y' { 1 | Should -Be 1 -BeTrue } }", "has 2"),
            ("Describe 'x' { It 'y' { 1 | Should } }", "has 0"),
            ("Describe 'x' { It 'y' { 1 | Should -Be 1 -ErrorId z } }", "belong to -Throw"),
            // Files that are no spec
            ("Describe 'x' { }", "no test"),
            ("Describe 'x' { throw 'while reading' }", "while reading"),
            ("Describe 'x' {", "Missing closing"),
            // What would go unseen
            ("Describe 'x' { AfterAll { throw 'in teardown' }; It 'y' { } }", "in teardown"),
            ("Describe 'x' { It 'y' { [Environment]::Exit(3) } }", "ended with 3"),
        ];
        DirectoryInfo folder = Directory.CreateTempSubdirectory("eplb-spec-");
        try
        {
            string[] files = [.. cases.Select((_, i) => Path.Combine(folder.FullName, $"{i}.Tests.ps1"))];
            for (int i = 0; i < cases.Length; i++) File.WriteAllText(files[i], cases[i].Spec);
            IReadOnlyList<SpecResult> results = SpecProcess.Run("Core", files);
            Assert.All(cases, test => Assert.Contains(results,
                result => result.Outcome == SpecOutcome.Failed && result.Message.Contains(test.Word, StringComparison.Ordinal)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
