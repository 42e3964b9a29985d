using System.Management.Automation;
using System.Reflection;

namespace Eplb.HelpBuilder;

/// <summary>Category and recommended action of the module's errors, asked from the module itself.</summary>
internal static class ErrorTable
{
    private const BindingFlags AnyStatic = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>What the module says about an error; null for a value of any other enum.</summary>
    /// <param name="member">A member of an enum.</param>
    public static (ErrorCategory Category, string Action)? Find(FieldInfo member)
    {
        if (member.DeclaringType!.FullName != "Eplb.EplbError") return null;
        Assembly core = member.DeclaringType.Assembly;
        Assembly cmdlets = AppDomain.CurrentDomain.GetAssemblies().Single(assembly => assembly.GetName().Name == "Eplb.PowerShell");
        object broken = Activator.CreateInstance(core.GetType("Eplb.EplbException", throwOnError: true)!, member.GetValue(null), "", null, null)!;
        var record = (ErrorRecord)cmdlets.GetType("Eplb.Commands.Errors", throwOnError: true)!.GetMethod("From", AnyStatic)!.Invoke(null, [broken])!;
        return (record.CategoryInfo.Category, record.ErrorDetails.RecommendedAction);
    }
}
