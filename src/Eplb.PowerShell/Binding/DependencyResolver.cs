using System.Management.Automation;
using System.Reflection;

namespace Eplb.Commands;

/// <summary>Finds the module's own dependencies on Windows PowerShell, whatever version their references name.</summary>
/// <remarks>.NET Framework binds strong names to exact versions and a module cannot ship binding redirects, so that packages which name each other's older versions would not load.</remarks>
public sealed class DependencyResolver : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private static readonly string Folder = Path.GetDirectoryName(typeof(DependencyResolver).Assembly.Location)!;

    /// <inheritdoc/>
    public void OnImport() => AppDomain.CurrentDomain.AssemblyResolve += Resolve;

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => AppDomain.CurrentDomain.AssemblyResolve -= Resolve;

    private static Assembly? Resolve(object? sender, ResolveEventArgs request)
    {
        string file = Path.Combine(Folder, new AssemblyName(request.Name).Name + ".dll");
        return request.RequestingAssembly?.Location.StartsWith(Folder, StringComparison.OrdinalIgnoreCase) == true && File.Exists(file)
            ? Assembly.LoadFrom(file)
            : null;
    }
}
