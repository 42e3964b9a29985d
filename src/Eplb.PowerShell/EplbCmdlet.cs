using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>What all cmdlets of the module share: a token that Ctrl+C cancels, and one way from a broken rule to an error record.</summary>
public abstract class EplbCmdlet : PSCmdlet, IDisposable
{
    internal const string HelpPage = "https://www.powershellgallery.com/packages/Eplb";

    private readonly CancellationTokenSource _stop = new();

    /// <summary>Cancelled when the pipeline is stopped.</summary>
    private protected CancellationToken Cancellation => _stop.Token;

    /// <summary>A progress bar for long work, shown at most five times a second; dispose of it when the work is done.</summary>
    /// <param name="activity">What is being done, such as "Planning".</param>
    private protected ThrottledProgress StartProgress(string activity) => new(this, activity);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>Runs work that the rest of the call depends on: a broken rule ends the call with a terminating error.</summary>
    /// <param name="work">The work; writes its results itself.</param>
    private protected void RunOrStop(Action work)
    {
        try
        {
            work();
        }
        catch (EplbException broken)
        {
            ThrowTerminatingError(Errors.From(broken));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Runs work on one of several inputs: a broken rule costs only that input.</summary>
    /// <param name="work">The work; writes its results itself.</param>
    private protected void RunOrReport(Action work)
    {
        try
        {
            work();
        }
        catch (EplbException broken)
        {
            WriteError(Errors.From(broken));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }
}
