using System.Diagnostics;
using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Shows how far long work is, at most five times a second; what is done before the first of them shows nothing.</summary>
/// <remarks>Work may report from any thread: only what comes on the pipeline's own thread, the one that made this object, is shown.</remarks>
internal sealed class ThrottledProgress : IProgress<double>, IDisposable
{
    private const int MinimumMilliseconds = 200;

    private readonly Cmdlet _cmdlet;
    private readonly ProgressRecord _record;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private bool _shown;

    /// <summary>Starts with nothing done.</summary>
    /// <param name="cmdlet">Cmdlet that does the work.</param>
    /// <param name="activity">What is being done, such as "Planning".</param>
    public ThrottledProgress(Cmdlet cmdlet, string activity)
    {
        _cmdlet = cmdlet;
        _record = new ProgressRecord(0, activity, " ");
    }

    /// <summary>What the work is at, such as a file's name; shown with the next report.</summary>
    public string Status { get; set; } = "";

    /// <summary>Says how much is done.</summary>
    /// <param name="value">Share of the work, 0 to 1.</param>
    public void Report(double value)
    {
        if (_sinceLast.ElapsedMilliseconds < MinimumMilliseconds || Environment.CurrentManagedThreadId != _thread) return;
        _sinceLast.Restart();
        _shown = true;
        _record.PercentComplete = (int)(100 * Math.Min(1, Math.Max(0, value)));
        // The engine takes no empty status.
        _record.StatusDescription = Status.Length > 0 ? Status : FormattableString.Invariant($"{_record.PercentComplete} %");
        _cmdlet.WriteProgress(_record);
    }

    /// <summary>Says how many of several are done.</summary>
    /// <param name="done">Number done.</param>
    /// <param name="total">Number of all.</param>
    public void Report(int done, int total) => Report((double)done / total);

    /// <summary>Takes the bar away, if there is one.</summary>
    public void Dispose()
    {
        if (!_shown) return;
        _record.RecordType = ProgressRecordType.Completed;
        _cmdlet.WriteProgress(_record);
    }
}
