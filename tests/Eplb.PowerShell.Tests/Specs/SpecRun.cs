using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>The second phase: runs what discovery found, each block and each test in a scope inside its block's.</summary>
internal sealed class SpecRun(TestDrive drive, Action<SpecResult> report)
{
    public void Run(SpecBlock root) => RunBlock(root, "");

    private void RunBlock(SpecBlock block, string outerPath)
    {
        if (block.Skip || block.Tests.All(test => test.Skip))
        {
            foreach (SpecTest test in block.Tests) Skip(test.Path);
            return;
        }
        drive.Enter();
        ErrorRecord? error = SpecScope.Run(block.Data, scope => BlockSteps(scope, block, outerPath));
        drive.Leave();
        if (error is not null) report(new SpecResult($"{block.Path} (block)", SpecOutcome.Failed, Describe(error)));
    }

    private IEnumerable<ScriptBlock> BlockSteps(SpecScope scope, SpecBlock block, string outerPath)
    {
        foreach (ScriptBlock setup in block.BeforeAll)
        {
            if (scope.Error is null) yield return setup;
        }
        if (scope.Error is null)
        {
            string path = block.Parent is null ? "" : Join(outerPath, SpecName.Expand(block.Name));
            foreach (object child in block.Children)
            {
                if (child is SpecBlock inner) RunBlock(inner, path);
                else RunTest((SpecTest)child, path);
            }
        }
        else
        {
            foreach (SpecTest test in block.Tests) report(new SpecResult(test.Path, SpecOutcome.Failed, Describe(scope.Error)));
            scope.Error = null;
        }
        foreach (ScriptBlock teardown in block.AfterAll) yield return teardown;
    }

    private void RunTest(SpecTest test, string blockPath)
    {
        string path = Join(blockPath, test.Name);
        if (test.Skip)
        {
            Skip(path);
            return;
        }
        ErrorRecord? error = SpecScope.Run(test.Data, scope => TestSteps(scope, test, expanded => path = Join(blockPath, expanded)));
        report(error switch
        {
            null => new SpecResult(path, SpecOutcome.Passed),
            { Exception: SkippedTestException } => new SpecResult(path, SpecOutcome.Skipped, error.Exception.Message),
            _ => new SpecResult(path, SpecOutcome.Failed, Describe(error)),
        });
    }

    private static IEnumerable<ScriptBlock> TestSteps(SpecScope scope, SpecTest test, Action<string> named)
    {
        foreach (ScriptBlock setup in test.Block.Lineage.SelectMany(block => block.BeforeEach))
        {
            if (scope.Error is null) yield return setup;
        }
        if (scope.Error is null)
        {
            named(SpecName.Expand(test.Name));
            yield return test.Body;
        }
        foreach (ScriptBlock teardown in test.Block.Lineage.Reverse().SelectMany(block => block.AfterEach)) yield return teardown;
    }

    private void Skip(string path) => report(new SpecResult(path, SpecOutcome.Skipped, "-Skip"));

    private static string Join(string outer, string name) => outer.Length == 0 ? name : $"{outer}.{name}";

    // Of the call stack, what lies in files is the spec's; the rest is the runner's.
    public static string Describe(ErrorRecord error)
    {
        IEnumerable<string> places = error.ScriptStackTrace.Split('\n').Where(place => !place.Contains("<No file>", StringComparison.Ordinal));
        return $"{error}\n{error.FullyQualifiedErrorId}\n{string.Join('\n', places)}";
    }
}
