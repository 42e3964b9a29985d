namespace Eplb.Hosting;

/// <summary>What the program returns when the script does not say it itself with <c>exit</c>.</summary>
internal static class ExitCode
{
    /// <summary>The script ran to its end.</summary>
    public const int Done = 0;

    /// <summary>A terminating error ended the script, or the module cannot be loaded.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong; the same number as pwsh returns.</summary>
    public const int Usage = 64;

    /// <summary>Ctrl+C: 128 and the number of the signal, as shells count.</summary>
    public const int Stopped = 130;
}
