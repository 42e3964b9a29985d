using System.Collections.ObjectModel;
using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace Eplb.Tests.Engines;

/// <summary>The real engine with the module imported from its manifest.</summary>
public sealed class Engine : IDisposable
{
    private readonly ScreenHost _host = new();
    private readonly Runspace _runspace;

    public Engine()
    {
        var state = InitialSessionState.CreateDefault2();
        state.ThrowOnRunspaceOpenError = true;
        if (OperatingSystem.IsWindows()) state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        _runspace = RunspaceFactory.CreateRunspace(_host, state);
        _runspace.Open();
        Module = (PSModuleInfo)Invoke($"Import-Module '{Manifest}' -PassThru -ErrorAction Stop").Single().BaseObject;
    }

    /// <summary>Path of the manifest.</summary>
    public static string Manifest { get; } = Path.Combine(Repository.Root, "Eplb.psd1");

    /// <summary>The module as the engine sees it.</summary>
    public PSModuleInfo Module { get; }

    /// <summary>The exported cmdlets, in the order of their names.</summary>
    public IReadOnlyList<CmdletInfo> Cmdlets => [.. Module.ExportedCmdlets.Values.OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal)];

    /// <summary>Makes a folder the current location.</summary>
    public void Enter(string folder) => _runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(folder));

    /// <summary>Runs a script in the global scope; any error fails the test.</summary>
    public Collection<PSObject> Invoke(string script)
    {
        using PowerShell shell = Shell();
        shell.AddScript(script, useLocalScope: false);
        return Finish(shell);
    }

    /// <summary>Presses Ctrl+C on a running script.</summary>
    /// <param name="script">The script.</param>
    /// <param name="after">How long it runs before.</param>
    /// <returns>How long it took to end; null if it had ended by itself.</returns>
    public TimeSpan? Stop(string script, TimeSpan after)
    {
        using PowerShell shell = Shell();
        shell.AddScript(script, useLocalScope: false);
        IAsyncResult running = shell.BeginInvoke();
        if (running.AsyncWaitHandle.WaitOne(after))
        {
            shell.EndInvoke(running);
            Assert.Empty(shell.Streams.Error);
            return null;
        }

        var clock = Stopwatch.StartNew();
        shell.Stop();
        return clock.Elapsed;
    }

    /// <summary>What a script's objects look like on a screen.</summary>
    public string[] Show(string script, int width)
    {
        _host.Clear(width);
        using PowerShell shell = Shell();
        shell.AddScript(script, useLocalScope: false).AddCommand("Out-Default");
        Finish(shell);
        return _host.Lines();
    }

    /// <summary>What the Tab key offers at the end of a line.</summary>
    public string[] Complete(string line)
    {
        using PowerShell shell = Shell();
        return [.. CommandCompletion.CompleteInput(line, line.Length, null, shell).CompletionMatches.Select(match => match.CompletionText)];
    }

    public void Dispose() => _runspace.Dispose();

    private PowerShell Shell() => PowerShell.Create(_runspace);

    private static Collection<PSObject> Finish(PowerShell shell)
    {
        Collection<PSObject> result = shell.Invoke();
        Assert.Empty(shell.Streams.Error.Select(error => $"{error.FullyQualifiedErrorId}: {error}"));
        return result;
    }
}

/// <summary>Tests that share one engine run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class EngineTests : ICollectionFixture<Engine>
{
    public const string Name = "Engine";
}
