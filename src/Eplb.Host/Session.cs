using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace Eplb.Hosting;

/// <summary>An engine with its own core cmdlets and nothing else, whose output goes through the views to the host.</summary>
internal sealed class Session : IDisposable
{
    private readonly ConsoleHost _host;
    private readonly Runspace _runspace;
    private volatile PowerShell? _running;
    private volatile bool _stopped;

    public Session(ConsoleHost host)
    {
        _host = host;
        var state = InitialSessionState.CreateDefault2();
        state.ThreadOptions = PSThreadOptions.UseCurrentThread;
        if (OperatingSystem.IsWindows()) state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        _runspace = RunspaceFactory.CreateRunspace(host, state);
        _runspace.Open();
        Runspace.DefaultRunspace = _runspace;
    }

    /// <summary>Imports the module; says on the error stream why it cannot.</summary>
    public bool ImportModule(string manifest)
    {
        using var shell = PowerShell.Create(_runspace);
        shell.AddCommand("Import-Module").AddParameter("Name", manifest).AddParameter("ErrorAction", ActionPreference.Stop);
        return Invoke(shell);
    }

    /// <summary>Runs the script and returns the program's exit code.</summary>
    public int Run(string script)
    {
        using var shell = PowerShell.Create(_runspace);
        shell.AddScript(script, useLocalScope: false).AddCommand("Out-Default");
        bool done = Invoke(shell);
        return _stopped ? ExitCode.Stopped : _host.ExitCode ?? (done ? ExitCode.Done : ExitCode.Failed);
    }

    /// <summary>Stops what is running; false where nothing is, or where it was asked to stop before and did not.</summary>
    public bool Stop()
    {
        if (_stopped || _running is not { } shell) return false;
        _stopped = true;
        shell.BeginStop(null, null);
        return true;
    }

    public void Dispose() => _runspace.Dispose();

    private bool Invoke(PowerShell shell)
    {
        shell.Streams.Error.DataAdding += (_, adding) => _host.UI.WriteErrorLine(ErrorText.Of((ErrorRecord)adding.ItemAdded));
        _running = shell;
        try
        {
            shell.Invoke();
            return true;
        }
        catch (PipelineStoppedException)
        {
            return false;
        }
        catch (RuntimeException problem)
        {
            _host.UI.WriteErrorLine(ErrorText.Of(problem.ErrorRecord));
            return false;
        }
        finally
        {
            _running = null;
        }
    }
}
