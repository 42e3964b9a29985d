using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace Eplb.HelpBuilder;

/// <summary>The module's metadata as PowerShell itself sees them: the engine with the module imported from its manifest.</summary>
internal static class ModuleEngine
{
    /// <summary>The module with its exported cmdlets.</summary>
    /// <param name="manifest">Full path of the manifest.</param>
    public static PSModuleInfo Import(string manifest)
    {
        var state = InitialSessionState.CreateDefault2();
        state.ThrowOnRunspaceOpenError = true;
        if (OperatingSystem.IsWindows()) state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        Runspace runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Open();
        Runspace.DefaultRunspace = runspace;
        using var shell = PowerShell.Create(runspace);
        shell.AddCommand("Import-Module").AddParameter("Name", manifest).AddParameter("PassThru").AddParameter("ErrorAction", ActionPreference.Stop);
        return shell.Invoke<PSModuleInfo>().Single();
    }
}
