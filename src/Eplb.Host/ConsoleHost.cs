using System.Globalization;
using System.Management.Automation.Host;

namespace Eplb.Hosting;

/// <summary>The engine's view of this program: the console, the culture and the exit code.</summary>
internal sealed class ConsoleHost : PSHost
{
    /// <summary>What the script said with <c>exit</c>; null where it did not.</summary>
    public int? ExitCode { get; private set; }

    public override string Name => "Eplb.Host";

    public override Version Version { get; } = typeof(ConsoleHost).Assembly.GetName().Version!;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override PSHostUserInterface UI { get; } = new ConsoleUserInterface();

    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    public override void EnterNestedPrompt() => throw ConsoleUserInterface.NoPrompt();

    public override void ExitNestedPrompt() => throw ConsoleUserInterface.NoPrompt();

    public override void NotifyBeginApplication()
    {
        // Native programs share the console as it is: there is no title or mode to restore after them.
    }

    public override void NotifyEndApplication()
    {
        // As above.
    }
}
