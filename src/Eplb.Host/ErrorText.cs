using System.Management.Automation;
using System.Text;

namespace Eplb.Hosting;

/// <summary>How an error reads: the command, what was wrong, where in the script, and the stable id below.</summary>
internal static class ErrorText
{
    public static string Of(ErrorRecord error)
    {
        var text = new StringBuilder();
        if (error.InvocationInfo?.MyCommand is { } command) text.Append(command.Name).Append(": ");
        text.Append(error);
        if (error.InvocationInfo is { ScriptName.Length: > 0 } at)
        {
            text.Append("\n    at ").Append(at.ScriptName).Append(':').Append(at.ScriptLineNumber);
        }
        return text.Append("\n    + ").Append(error.FullyQualifiedErrorId).ToString();
    }
}
