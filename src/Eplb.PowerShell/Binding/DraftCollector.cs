using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Gathers placements in any state from what comes down a pipeline, to be judged: nothing but the properties must be there.</summary>
/// <param name="expertCount">Number of logical experts, or null to find it.</param>
internal sealed class DraftCollector(int? expertCount)
{
    private static readonly object Loose = new();

    // What a row may leave out here only; with them it is a whole slot.
    private static readonly string[] Details = [nameof(PhysicalExpert.Gpu), nameof(PhysicalExpert.Node), nameof(PhysicalExpert.Replica)];

    private readonly List<object> _inOrder = [];
    private readonly Dictionary<object, List<DraftSlot>> _slots = [];
    private readonly List<PhysicalExpert> _looseRows = [];  // those that make a placement elsewhere

    /// <summary>Takes one object.</summary>
    /// <param name="input">A PlacementMap, a PhysicalExpert, or an object with Layer and LogicalExpert, or Layer and PhysicalToLogical.</param>
    /// <exception cref="EplbException">None of them, or a property that does not fit.</exception>
    public void Add(PSObject input)
    {
        if (input.BaseObject is PlacementMap map)
            _inOrder.Add(PlacementDraft.From(map, expertCount));
        else if (input.BaseObject is PhysicalExpert row)
            AddSlot(row);
        else if (input.Properties[nameof(PlacementMap.PhysicalToLogical)] is not null)
            _inOrder.Add(ToDraft(input));
        else
            AddRow(input, SlotsOf(Loose));
    }

    /// <summary>The placements that came in, in their order; slots of one live plan are one placement, all other slots together another.</summary>
    /// <exception cref="EplbException">Nothing came in.</exception>
    public IEnumerable<PlacementDraft> Complete()
    {
        if (_inOrder.Count == 0) throw new EplbException(EplbError.PlacementInvalid, "No placement came in.");
        foreach (object entry in _inOrder)
        {
            yield return entry as PlacementDraft
                ?? (entry == Loose ? ToDraftOfRows() : PlacementDraft.From(_slots[entry], expertCount ?? ((PlacementMap)entry).ExpertCount[0].Length));
        }
    }

    private PlacementDraft ToDraftOfRows()
    {
        EplbException? refusal = null;
        try
        {
            if (_looseRows.Count == _slots[Loose].Count) return PlacementDraft.From(PlacementRows.ToMap(_looseRows), expertCount);
        }
        catch (EplbException broken)
        {
            refusal = broken;
        }

        PlacementDraft draft = PlacementDraft.From(_slots[Loose], expertCount);
        draft.Refusal = refusal;
        return draft;
    }

    private List<DraftSlot> SlotsOf(object owner)
    {
        if (_slots.TryGetValue(owner, out List<DraftSlot>? slots)) return slots;
        _inOrder.Add(owner);
        return _slots[owner] = [];
    }

    private void AddSlot(PhysicalExpert row)
    {
        SlotsOf(row.Map ?? Loose).Add(new DraftSlot(row.Layer, row.PhysicalExpert, row.LogicalExpert, row.Gpu, row.Load));
        if (row.Map is null) _looseRows.Add(row);
    }

    private void AddRow(PSObject row, List<DraftSlot> slots)
    {
        if (Array.TrueForAll(Details, name => PropertyReader.Find(row, name) is not null))
        {
            AddSlot(PlacementConverter.ToPhysicalExpert(row));
            return;
        }

        int layer = PropertyReader.Int32(row, nameof(PhysicalExpert.Layer));
        int slot = PropertyReader.Int32(row, nameof(PhysicalExpert.PhysicalExpert));
        int gpu = PropertyReader.Int32(row, nameof(PhysicalExpert.Gpu));
        double load = PropertyReader.Find(row, nameof(PhysicalExpert.Load)) is null ? 0 : PropertyReader.Double(row, nameof(PhysicalExpert.Load));
        slots.Add(new DraftSlot(layer, slot, PropertyReader.Int32(row, nameof(PhysicalExpert.LogicalExpert)), gpu, load));
    }

    private PlacementDraft ToDraft(PSObject input)
    {
        try
        {
            return PlacementDraft.From(PlacementConverter.ToMap(input), expertCount);
        }
        catch (EplbException)
        {
            // Broken: what can be judged are its slots.
            return ToDraftOfSlots(input);
        }
    }

    private PlacementDraft ToDraftOfSlots(PSObject input)
    {
        int[] layers = PropertyReader.Array<int>(Require(input, nameof(PlacementMap.Layer)), nameof(PlacementMap.Layer));
        int[][] rows = PropertyReader.Array<int[]>(Require(input, nameof(PlacementMap.PhysicalToLogical)), nameof(PlacementMap.PhysicalToLogical));
        int gpuCount = PropertyReader.Int32(input, nameof(PlacementMap.GpuCount));
        CountRules.CheckPositive(gpuCount, nameof(PlacementMap.GpuCount));
        if (layers.Length != rows.Length)
            throw new EplbException(EplbError.PlacementInvalid, $"The placement has {layers.Length} layer ids, but {rows.Length} rows of slots.", input);
        return PlacementDraft.From(layers.Select((layer, i) => PlacementRow.Of(layer, rows[i], gpuCount)), expertCount);
    }

    private static object Require(PSObject input, string name) => PropertyReader.Find(input, name)
        ?? throw new EplbException(EplbError.FormatInvalid, $"The placement has no {name}.", input);
}
