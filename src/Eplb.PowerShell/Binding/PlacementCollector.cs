using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Gathers placements from what comes down a pipeline: PlacementMap objects, and slots as PhysicalExpert objects or rows, live or deserialized.</summary>
internal sealed class PlacementCollector
{
    private readonly List<object> _inOrder = [];
    private readonly List<PhysicalExpert> _loose = [];
    private List<PhysicalExpert>? _current;

    /// <summary>The one placement that objects make.</summary>
    /// <param name="inputs">A PlacementMap, or the slots of one placement.</param>
    /// <exception cref="EplbException">No placement, more than one, or an object that is none.</exception>
    public static PlacementMap Collect(IEnumerable<PSObject> inputs)
    {
        var collector = new PlacementCollector();
        foreach (PSObject input in inputs) collector.Add(input);
        PlacementMap[] placements = [.. collector.Complete()];
        return placements.Length == 1
            ? placements[0]
            : throw new EplbException(EplbError.PlacementInvalid, $"There are {placements.Length} placements where one is wanted.", inputs);
    }

    /// <summary>Takes one object.</summary>
    /// <param name="input">A PlacementMap, a PhysicalExpert, or an object with their properties.</param>
    /// <exception cref="EplbException">None of them, or a property that does not fit.</exception>
    public void Add(PSObject input)
    {
        switch (input.BaseObject)
        {
            case PlacementMap map:
                _inOrder.Add(map);
                break;
            case PhysicalExpert row:
                AddRow(row);
                break;
            case ExpertLoad:
                throw new EplbException(EplbError.FormatInvalid, "Loads came in where a placement is needed: make one of them with Get-EplbPlacement.", input);
            default:
                if (input.Properties["PhysicalToLogical"] is not null)
                    _inOrder.Add(PlacementConverter.ToMap(input));
                else
                    AddRow(PlacementConverter.ToPhysicalExpert(input));
                break;
        }
    }

    /// <summary>The placements that came in, in their order; slots of one live plan are one placement, all other slots together another.</summary>
    /// <exception cref="EplbException">Nothing came in, or slots that do not make whole layers.</exception>
    public IEnumerable<PlacementMap> Complete() => Each().Select(placement => placement());

    /// <summary>The same, each made when it is called for: slots that do not make whole layers cost only their own placement.</summary>
    /// <exception cref="EplbException">Nothing came in.</exception>
    public IEnumerable<Func<PlacementMap>> Each() => _inOrder.Count == 0
        ? throw new EplbException(EplbError.PlacementInvalid, "No placement came in.")
        : _inOrder.Select<object, Func<PlacementMap>>(entry => () => entry as PlacementMap ?? PlacementRows.ToMap((List<PhysicalExpert>)entry));

    private void AddRow(PhysicalExpert row)
    {
        if (_current is null || _current[0].Map != row.Map)
        {
            _current = row.Map is null ? _loose : FindRowsOf(row.Map);
            if (_current.Count == 0) _inOrder.Add(_current);
        }

        _current.Add(row);
    }

    private List<PhysicalExpert> FindRowsOf(PlacementMap map) =>
        _inOrder.OfType<List<PhysicalExpert>>().FirstOrDefault(rows => rows[0].Map == map) ?? [];
}
