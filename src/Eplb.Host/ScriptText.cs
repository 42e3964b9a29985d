using System.Management.Automation.Language;
using System.Text.RegularExpressions;

namespace Eplb.Hosting;

/// <summary>The line that the engine runs for a script file or a command, ending in the exit code that pwsh would give.</summary>
internal static partial class ScriptText
{
    /// <summary>The script in the global scope, as pwsh -File runs it. <c>exit N</c> ends only the script and leaves N behind.</summary>
    public static string OfFile(string path, IEnumerable<string> arguments)
    {
        string full = Path.GetFullPath(path);
        if (!File.Exists(full)) throw new UsageException($"There is no script {full}.");
        return $". {Quote(full)} {string.Join(' ', arguments.Select(Argument))}\nif (-not $?) {{ exit $LASTEXITCODE ?? {ExitCode.Failed} }}";
    }

    /// <summary>The command; its last statement decides, as with pwsh -Command.</summary>
    public static string OfCommand(string text)
    {
        Parser.ParseInput(text, out _, out ParseError[] errors);
        return errors.Length > 0 ? text : $"{text}\nif (-not $?) {{ exit {ExitCode.Failed} }}";
    }

    // What looks like a parameter name is one, -Switch:$false too; everything else is a literal string that the script's parameters convert.
    private static string Argument(string argument) => ParameterName().Match(argument) is { Success: true } name
        ? name.Value + (argument.Length == name.Length ? "" : Value(argument[name.Length..]))
        : Quote(argument);

    private static string Value(string value) => value.ToUpperInvariant() is "$TRUE" or "$FALSE" ? value : Quote(value);

    private static string Quote(string text) => $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";

    [GeneratedRegex(@"^-[\p{L}_][\w?-]*(:|$)")]
    private static partial Regex ParameterName();
}
