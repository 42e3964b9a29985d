using System.Collections;
using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Gathers loads from what comes down a pipeline: ExpertLoad objects, live or deserialized, and flat rows with Layer, Expert and Load.</summary>
internal sealed class LoadCollector
{
    private static readonly string[] LayerNames = ["Layer", "layer_id", "LayerId"];

    private readonly List<ExpertLoad> _loads = [];
    private LoadTableBuilder _rows = new();
    private EplbException? _refusal;
    private int _refused;

    /// <summary>The loads in a parameter's value.</summary>
    /// <param name="inputs">ExpertLoad objects or flat rows.</param>
    /// <exception cref="EplbException">An object that is no load, a value that breaks a rule, or nothing at all.</exception>
    public static IReadOnlyList<ExpertLoad> Collect(IEnumerable<PSObject> inputs)
    {
        var collector = new LoadCollector();
        foreach (PSObject input in inputs) collector.Add(input);
        return collector.Complete();
    }

    /// <summary>Takes one object.</summary>
    /// <param name="input">An ExpertLoad, a flat row, or a list of them.</param>
    /// <exception cref="EplbException">Neither of them, or a value that breaks a rule.</exception>
    public void Add(PSObject input)
    {
        try
        {
            if (input.BaseObject is ExpertLoad load)
                _loads.Add(load);
            else if (input.BaseObject is PlacementMap or PhysicalExpert)
                throw new EplbException(EplbError.FormatInvalid, "A placement came in where loads are needed: they come from Import-ExpertLoad.", input);
            else if (PropertyReader.Find(input, "Load") is IEnumerable list and not string)
                _loads.Add(FromProperties(input, list));
            else if (input.BaseObject is IList items)
                foreach (object item in items) Add(PSObject.AsPSObject(item));
            else
                AddRow(input);
        }
        catch (EplbException broken) when (PropertyReader.Find(input, LayerNames) is not null)
        {
            _refusal ??= broken;
            _refused++;
            throw;
        }
    }

    /// <summary>All loads taken so far.</summary>
    /// <exception cref="EplbException">An object or a row of some layer was refused, flat rows leave an expert out, or nothing came in.</exception>
    public IReadOnlyList<ExpertLoad> Complete()
    {
        // Without them a layer or its last expert would be missing from the plan, and nothing would show it.
        if (_refusal is not null)
        {
            throw new EplbException(EplbError.ExpertMissing,
                $"{(_refused == 1 ? "A row or layer of the loads was" : $"{_refused} rows or layers of the loads were")} refused, so that not all loads are known; nothing is made of the others alone.", _refusal.Target);
        }

        _loads.AddRange(_rows.Build());
        _rows = new LoadTableBuilder();
        if (_loads.Count == 0)
            throw new EplbException(EplbError.LoadMissing, "No loads came in: at least one layer is needed.");
        return _loads;
    }

    /// <summary>An ExpertLoad from an object that has its properties, as a job or a remote session returns it.</summary>
    /// <param name="input">The object.</param>
    internal static ExpertLoad FromProperties(PSObject input) =>
        FromProperties(input, PropertyReader.Find(input, "Load") ?? throw new EplbException(EplbError.FormatInvalid, "The object has no Load.", input));

    private static ExpertLoad FromProperties(PSObject input, object load) => new(
        PropertyReader.Int32(input, "Layer"),
        PropertyReader.Array<double>(load, "Load"),
        PropertyReader.Find(input, "Window") is null ? null : PropertyReader.Int32(input, "Window"),
        PropertyReader.Find(input, "Source")?.ToString(),
        PropertyReader.Find(input, "IsChronological") as bool?);

    private void AddRow(PSObject row) => _rows.Add(
        PropertyReader.Int32(row, LayerNames),
        PropertyReader.Int32(row, "Expert", "expert_id", "ExpertId"),
        PropertyReader.Double(row, "Load", "Count", "Tokens"),
        PropertyReader.Find(row, "Window") is null ? null : PropertyReader.Int32(row, "Window"));
}
