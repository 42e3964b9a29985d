using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>Runs spec files one after the other and appends each result to a file as soon as it is known.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Spec")]
public sealed class InvokeSpecCommand : PSCmdlet
{
    [Parameter(Mandatory = true)]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true)]
    public string ResultPath { get; set; } = "";

    protected override void ProcessRecord()
    {
        foreach (string path in Path) Run(path);
    }

    private void Run(string path)
    {
        try
        {
            SpecBlock root = SpecDiscovery.Read(path);
            if (!root.Tests.Any()) throw new InvalidOperationException("The spec has no test.");
            using var drive = new TestDrive(SessionState);
            new SpecRun(drive, Report).Run(root);
        }
        catch (Exception problem) when (problem is not PipelineStoppedException)
        {
            string message = problem is SpecUnreadableException { ErrorRecord: var error } ? SpecRun.Describe(error) : problem.ToString();
            Report(new SpecResult(System.IO.Path.GetFileName(path), SpecOutcome.Failed, message));
        }
    }

    private void Report(SpecResult result) => File.AppendAllText(ResultPath, result.ToLine() + "\n");
}
