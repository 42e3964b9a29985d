using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace Eplb.Hosting;

/// <summary>Objects go to standard output, all that is said about them to standard error; nothing is ever asked.</summary>
internal sealed class ConsoleUserInterface : PSHostUserInterface
{
    private const string Red = "\x1b[31m";
    private const string Yellow = "\x1b[33m";
    private const string Reset = "\x1b[0m";
    private static readonly bool NoColor = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
    private readonly bool _plainErrors = NoColor || Console.IsErrorRedirected;

    public override PSHostRawUserInterface RawUI { get; } = new ConsoleRawUserInterface();

    public override bool SupportsVirtualTerminal { get; } = !NoColor && !Console.IsOutputRedirected;

    public static PSInvalidOperationException NoPrompt() => new("This host never asks: give every parameter a value.");

    public override void Write(string value) => Console.Out.Write(GetOutputString(value, SupportsVirtualTerminal));

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Write(value);

    public override void WriteLine(string value) => Console.Out.WriteLine(GetOutputString(value, SupportsVirtualTerminal));

    public override void WriteErrorLine(string value) => Say(Red, value);

    public override void WriteWarningLine(string message) => Say(Yellow, $"WARNING: {message}");

    public override void WriteVerboseLine(string message) => Say(Yellow, $"VERBOSE: {message}");

    public override void WriteDebugLine(string message) => Say(Yellow, $"DEBUG: {message}");

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        if (_plainErrors) return;
        string line = $"{record.Activity}: {record.StatusDescription}";
        int width = RawUI.BufferSize.Width - 1;
        Console.Error.Write(record.RecordType == ProgressRecordType.Completed ? "\r\x1b[K" : $"\r\x1b[K{(line.Length > width ? line[..width] : line)}\r");
    }

    public override string ReadLine() => throw NoPrompt();

    public override SecureString ReadLineAsSecureString() => throw NoPrompt();

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
        throw NoPrompt();

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) =>
        throw NoPrompt();

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        throw NoPrompt();

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName,
        PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) => throw NoPrompt();

    private void Say(string colour, string message) => Console.Error.WriteLine(_plainErrors ? message : $"{colour}{message}{Reset}");
}
