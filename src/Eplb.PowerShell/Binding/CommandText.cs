using System.Management.Automation;
using System.Management.Automation.Language;

namespace Eplb.Commands;

/// <summary>The command that a cmdlet runs in, word for word.</summary>
internal static class CommandText
{
    /// <summary>The pipeline around a cmdlet: over all its lines in a script, the line that was typed elsewhere.</summary>
    /// <param name="invocation">How the cmdlet was called.</param>
    public static string Of(InvocationInfo invocation)
    {
        // The engine tells the cmdlet's line and column; the pipeline around them is found in the script.
        string line = invocation.Line?.Trim() ?? "";
        if (string.IsNullOrEmpty(invocation.ScriptName) || !File.Exists(invocation.ScriptName)) return line;
        string? pipeline = Parser.ParseFile(invocation.ScriptName, out _, out _)
            .FindAll(ast => ast is PipelineAst && Contains(ast.Extent, invocation), searchNestedScriptBlocks: true)
            .LastOrDefault()?.Extent.Text;
        return pipeline ?? line;
    }

    private static bool Contains(IScriptExtent extent, InvocationInfo invocation)
    {
        (int, int) at = (invocation.ScriptLineNumber, invocation.OffsetInLine);
        return (extent.StartLineNumber, extent.StartColumnNumber).CompareTo(at) <= 0 && at.CompareTo((extent.EndLineNumber, extent.EndColumnNumber)) < 0;
    }
}
