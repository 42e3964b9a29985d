using System.Collections;
using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>What all cmdlets of the module share: a token that Ctrl+C cancels, and one way from a broken rule to an error record.</summary>
public abstract class EplbCmdlet : PSCmdlet, IDisposable
{
    internal const string HelpPage = "https://www.powershellgallery.com/packages/Eplb";

    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<string> _refusals = [];  // messages
    private int _taken, _repeated;

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

    /// <summary>Writes objects as they are made, until the pipeline is stopped: the engine does not look for that while it takes a collection.</summary>
    /// <typeparam name="T">Type of the objects.</typeparam>
    /// <param name="objects">The objects.</param>
    private protected void WriteEach<T>(IEnumerable<T> objects) => WriteObject(UntilStopped(objects), enumerateCollection: true);

    // The engine lets its own exceptions through while it enumerates; it would take a cancelled operation for a failure.
    private IEnumerable<T> UntilStopped<T>(IEnumerable<T> objects)
    {
        using IEnumerator<T> each = objects.GetEnumerator();
        while (HasNext(each)) yield return each.Current;
    }

    private bool HasNext(IEnumerator each)
    {
        try
        {
            return _stop.IsCancellationRequested ? throw new PipelineStoppedException() : each.MoveNext();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Takes what came down the pipeline, or each element of an array that was given as the argument; a broken rule costs only the one that broke it, and is reported once.</summary>
    /// <remarks>A parameter of type PSObject binds several times faster than one of PSObject[], which the engine converts to for every object.</remarks>
    /// <param name="input">Value of the InputObject parameter.</param>
    /// <param name="take">What to do with one object.</param>
    private protected void TakeEach(PSObject input, Action<PSObject> take)
    {
        if (input.BaseObject is not IList list)
        {
            Take(input, take);
            return;
        }

        foreach (object? element in list)
        {
            if (element is not null) Take(PSObject.AsPSObject(element), take);
        }
    }

    private void Take(PSObject input, Action<PSObject> take)
    {
        try
        {
            take(input);
            _taken++;
        }
        catch (EplbException broken)
        {
            // A table with a mistyped heading has one thing wrong with it, not one a line.
            if (_refusals.Add(broken.Message))
                WriteError(Errors.From(broken));
            else
                _repeated++;
        }
    }

    /// <summary>Runs what is left to do when all objects have come in: nothing, where every one of them was refused, since their errors say why.</summary>
    /// <param name="work">The work; writes its results itself.</param>
    private protected void RunAtEnd(Action work)
    {
        if (_repeated > 0) WriteWarning($"{(_repeated == 1 ? "1 more object was" : $"{_repeated} more objects were")} refused for the same reasons.");
        if (_taken > 0 || _refusals.Count == 0) RunOrStop(work);
    }

    /// <summary>Warns where the policy Auto, as the reference's, leaves out the packing onto GPUs.</summary>
    /// <param name="groupCount">Groups.</param>
    /// <param name="nodeCount">Nodes, which the groups are no multiple of.</param>
    private protected void WarnOfReplicateOnly(int groupCount, int nodeCount) => WriteWarning(
        $"GroupCount {groupCount} is not a multiple of NodeCount {nodeCount}: as the reference does, experts were replicated but not packed onto GPUs, which leaves them badly balanced. Use -Policy Global, or a GroupCount that is a multiple of NodeCount.");

    /// <summary>Warns of load that nothing is said about, since the placement lacks its layer: one of the two may count other layers than the other.</summary>
    /// <param name="layers">Layers of the placement.</param>
    /// <param name="loads">Loads to judge it by; null for its own.</param>
    private protected void WarnOfLeftOut(IReadOnlyList<int> layers, LoadMatrix? loads)
    {
        int[] leftOut = [.. (loads?.BusyLayers ?? []).Except(layers)];
        if (leftOut.Length == 0) return;
        string which = leftOut.Length == 1 ? $"layer {leftOut[0]}, which carries load" : $"{leftOut.Length} layers that carry load, the first of them {leftOut[0]}";
        WriteWarning($"The placement lacks {which}: left out. Check that layer ids mean the same in both, the positions of MoE layers or their absolute ids.");
    }

    /// <summary>Runs work on each placement that came in: a broken rule costs only that placement, and ends the call where there is no other.</summary>
    /// <param name="placements">The placements.</param>
    /// <param name="work">The work; writes its results itself.</param>
    private protected void ForEach(PlacementCollector placements, Action<PlacementMap> work)
    {
        Func<PlacementMap>[] each = [.. placements.Each()];
        if (each.Length == 1)
            work(each[0]());
        else
            Array.ForEach(each, placement => RunOrReport(() => work(placement())));
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
