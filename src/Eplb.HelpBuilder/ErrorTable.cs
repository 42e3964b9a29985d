using System.Management.Automation;
using System.Reflection;

namespace Eplb.HelpBuilder;

/// <summary>Category and recommended action of the module's errors, asked from the module itself.</summary>
internal static class ErrorTable
{
    private const BindingFlags AnyStatic = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>What the module says about an error; null where its table has no such line.</summary>
    /// <param name="member">A member of EplbError.</param>
    public static (ErrorCategory Category, string Action)? Find(FieldInfo member)
    {
        Assembly core = member.DeclaringType!.Assembly;
        Assembly cmdlets = AppDomain.CurrentDomain.GetAssemblies().Single(assembly => assembly.GetName().Name == "Eplb.PowerShell");
        object broken = Activator.CreateInstance(core.GetType("Eplb.EplbException", throwOnError: true)!, member.GetValue(null), "", null, null)!;
        try
        {
            var record = (ErrorRecord)cmdlets.GetType("Eplb.Commands.Errors", throwOnError: true)!.GetMethod("From", AnyStatic)!.Invoke(null, [broken])!;
            return (record.CategoryInfo.Category, record.ErrorDetails.RecommendedAction);
        }
        catch (TargetInvocationException missing) when (missing.InnerException is KeyNotFoundException)
        {
            return null;
        }
    }
}
