namespace Eplb;

/// <summary>The columns of this module's table, and what its lines make together.</summary>
internal sealed class PlacementCsvTable
{
    /// <summary>Columns in the order in which they are written.</summary>
    public static readonly IReadOnlyList<string> Columns =
    [
        nameof(PhysicalExpert.Layer), nameof(PhysicalExpert.PhysicalExpert), nameof(PhysicalExpert.LogicalExpert), nameof(PhysicalExpert.Replica),
        nameof(PhysicalExpert.ReplicaCount), nameof(PhysicalExpert.Node), nameof(PhysicalExpert.Gpu), nameof(PhysicalExpert.Slot), nameof(PhysicalExpert.Load),
        nameof(PhysicalExpert.ExpertLoad), nameof(PhysicalExpert.GroupCount), nameof(PhysicalExpert.Policy),
    ];

    private readonly CsvRecords _records;
    private readonly Dictionary<string, int> _columns;
    private readonly List<PhysicalExpert> _rows = [];
    private int? _groupCount;
    private PlacementPolicy? _policy;

    /// <summary>Reads the header.</summary>
    /// <param name="records">The lines of the file.</param>
    /// <exception cref="EplbException">A column is missing or there twice.</exception>
    public PlacementCsvTable(CsvRecords records)
    {
        _records = records;
        if (!records.Read()) throw new EplbException(EplbError.FileEmpty, "The file is empty.");
        _columns = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (string name in records.GetTexts())
        {
            if (_columns.ContainsKey(name))
                throw new EplbException(EplbError.FormatInvalid, $"Line {records.Line}: the column '{name}' is there twice; remove one.", name);
            _columns.Add(name, _columns.Count);
        }
    }

    /// <summary>Reads all lines.</summary>
    /// <exception cref="EplbException">A line or the whole breaks a rule.</exception>
    public PlacementTable Read()
    {
        int layer = Require(nameof(PhysicalExpert.Layer)), slot = Require(nameof(PhysicalExpert.PhysicalExpert));
        int expert = Require(nameof(PhysicalExpert.LogicalExpert)), replica = Require(nameof(PhysicalExpert.Replica));
        int node = Require(nameof(PhysicalExpert.Node)), gpu = Require(nameof(PhysicalExpert.Gpu));
        int count = Find(nameof(PhysicalExpert.ReplicaCount)), place = Find(nameof(PhysicalExpert.Slot));
        int load = Find(nameof(PhysicalExpert.Load)), whole = Find(nameof(PhysicalExpert.ExpertLoad)), speed = Find(nameof(PhysicalExpert.GpuSpeed));
        int groups = Find(nameof(PhysicalExpert.GroupCount)), policy = Find(nameof(PhysicalExpert.Policy));
        string policyText = "";
        while (_records.Read())
        {
            _records.CheckFieldCount(_columns.Count);
            int id = Int32(layer), held = Int32(expert);
            _rows.Add(new PhysicalExpert(id, Int32(slot), held, Int32(replica), Has(count) ? Int32(count) : RowClaims.Unsaid, Int32(node), Int32(gpu),
                Has(place) ? Int32(place) : RowClaims.Unsaid, FindLoad(load, id, held) ?? 0, gpuSpeed: FindLoad(speed, id, held))
            {
                ExpertLoad = FindLoad(whole, id, held),
            });
            if (Has(groups)) _groupCount = Same(_groupCount, Int32(groups), nameof(PlacementMap.GroupCount));
            // Nearly all lines repeat the policy of the line before.
            if (!Has(policy) || (_policy is not null && _records.GetSpan(policy).SequenceEqual(policyText.AsSpan()))) continue;
            policyText = _records.GetSpan(policy).ToString();
            _policy = Same(_policy, PlacementTable.ParsePolicy(policyText) ?? throw Invalid(policy, $"is no policy; policies are {PlacementTable.Policies}"), nameof(PlacementMap.Policy));
        }

        return Assemble();
    }

    private PlacementTable Assemble()
    {
        PlacementMap map = PlacementRows.ToMap(_rows);
        var table = new PlacementTable
        {
            Numbering = LayerNumbering.AsGiven,
            ExpertCount = map.ExpertCount[0].Length,
            GpuCount = map.GpuCount,
            NodeCount = map.NodeCount,
            GroupCount = _groupCount,
            Policy = _policy,
            GpuSpeed = map.GpuSpeed,
            AllowsGaps = true,
        };
        foreach (LayerPlacement layer in map.Layers) table.Add(layer.Layer, layer.PhysicalToLogical, layer.Load, layer.Replica);
        return table;
    }

    private int Require(string name) => Find(name) is >= 0 and var column
        ? column
        : throw new EplbException(EplbError.FormatInvalid, $"Line {_records.Line}: there is no column '{name}'; a table of a placement has {string.Join(", ", Columns.Take(8))}.", name);

    // Export-Csv leaves the field of what is not known empty.
    private bool Has(int column) => column >= 0 && !_records.GetSpan(column).IsEmpty;

    private double? FindLoad(int column, int layer, int expert) => Has(column) ? _records.GetLoad(column, layer, expert) : null;

    private int Find(string name) => _columns.TryGetValue(name, out int column) ? column : -1;

    private int Int32(int column)
    {
        if (CsvNumber.TryParseId(_records.GetSpan(column), out long value) && value is >= -1 and <= ClusterShape.MaxReplicaCount) return (int)value;
        throw Invalid(column, $"is no whole number from -1 to {ClusterShape.MaxReplicaCount}");
    }

    private T Same<T>(T? before, T value, string name) where T : struct
    {
        if (before is null || before.Value.Equals(value)) return value;
        throw new EplbException(EplbError.PlacementInvalid, $"Line {_records.Line}: {name} is {value}, but {before} in the lines before; a file holds one placement.", value);
    }

    private EplbException Invalid(int column, string what)
    {
        string text = _records.GetSpan(column).ToString(), name = _columns.First(entry => entry.Value == column).Key;
        return new EplbException(EplbError.FormatInvalid, $"Line {_records.Line}: {name} '{text}' {what}.", text);
    }
}
