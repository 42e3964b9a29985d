using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Makes placements from objects that only have their properties: from a job, a remote session, Import-Csv or ConvertFrom-Json.</summary>
internal static class PlacementConverter
{
    /// <summary>A slot from an object with the properties of PhysicalExpert.</summary>
    /// <param name="row">The object.</param>
    /// <exception cref="EplbException">A property is missing or does not convert.</exception>
    public static PhysicalExpert ToPhysicalExpert(PSObject row) => new(
        PropertyReader.Int32(row, nameof(PhysicalExpert.Layer)),
        PropertyReader.Int32(row, nameof(PhysicalExpert.PhysicalExpert)),
        PropertyReader.Int32(row, nameof(PhysicalExpert.LogicalExpert)),
        PropertyReader.Int32(row, nameof(PhysicalExpert.Replica)),
        FindInt32(row, nameof(PhysicalExpert.ReplicaCount)) ?? RowClaims.Unsaid,
        PropertyReader.Int32(row, nameof(PhysicalExpert.Node)),
        PropertyReader.Int32(row, nameof(PhysicalExpert.Gpu)),
        FindInt32(row, nameof(PhysicalExpert.Slot)) ?? RowClaims.Unsaid,
        FindDouble(row, nameof(PhysicalExpert.Load)) ?? 0,
        FindInt32(row, nameof(PhysicalExpert.GroupCount)),
        PropertyReader.Find(row, nameof(PhysicalExpert.Policy)) is { } policy ? PropertyReader.Enum<PlacementPolicy>(policy, nameof(PhysicalExpert.Policy)) : null,
        FindDouble(row, nameof(PhysicalExpert.GpuSpeed)))
    {
        ExpertLoad = FindDouble(row, nameof(PhysicalExpert.ExpertLoad)),
    };

    /// <summary>A plan from an object with the properties of PlacementMap.</summary>
    /// <param name="input">The object.</param>
    /// <exception cref="EplbException">A property is missing or does not convert, or the plan breaks a rule.</exception>
    public static PlacementMap ToMap(PSObject input)
    {
        int[] layers = Array<int>(input, nameof(PlacementMap.Layer));
        int[][] slots = Array<int[]>(input, nameof(PlacementMap.PhysicalToLogical));
        int[][][] inverse = Array<int[][]>(input, nameof(PlacementMap.LogicalToPhysical));
        int[][] counts = Array<int[]>(input, nameof(PlacementMap.ExpertCount));
        double[][]? loads = Optional<double[]>(input, nameof(PlacementMap.Load));
        if (slots.Length != layers.Length || inverse.Length != layers.Length || counts.Length != layers.Length || (loads is not null && loads.Length != layers.Length))
            throw new EplbException(EplbError.PlacementInvalid, "The arrays of the placement have different numbers of layers.", input);

        // A map that was a file has no list of excluded GPUs: their slots are empty.
        var all = new ClusterShape(
            PropertyReader.Int32(input, nameof(PlacementMap.ReplicaCount)),
            PropertyReader.Int32(input, nameof(PlacementMap.GpuCount)),
            PropertyReader.Int32(input, nameof(PlacementMap.NodeCount)),
            PropertyReader.Int32(input, nameof(PlacementMap.GroupCount)));
        var shape = new ClusterShape(all.ReplicaCount, all.GpuCount, all.NodeCount, all.GroupCount,
            Optional<int>(input, nameof(PlacementMap.ExcludedGpu)) ?? LiveSlots.FindEmptyGpus(slots, all), Optional<double>(input, nameof(PlacementMap.GpuSpeed)));
        PlacementPolicy policy = PropertyReader.Enum<PlacementPolicy>(PropertyReader.Find(input, nameof(PlacementMap.Policy)), nameof(PlacementMap.Policy));
        return new PlacementMap(
            [.. layers.Select((layer, i) => LayerPlacement.Create(layer, slots[i], counts[i].Length, loads?[i], Replicas(slots[i], inverse[i]), allowsEmpty: true))],
            shape, policy, Optional<string>(input, nameof(PlacementMap.Sources)));
    }

    private static int? FindInt32(PSObject row, string name) => PropertyReader.Find(row, name) is null ? null : PropertyReader.Int32(row, name);

    private static double? FindDouble(PSObject row, string name) => PropertyReader.Find(row, name) is null ? null : PropertyReader.Double(row, name);

    private static T[] Array<T>(PSObject input, string name) => PropertyReader.Array<T>(
        PropertyReader.Find(input, name) ?? throw new EplbException(EplbError.FormatInvalid, $"The placement has no {name}.", input), name);

    private static T[]? Optional<T>(PSObject input, string name) =>
        PropertyReader.Find(input, name) is { } value ? PropertyReader.Array<T>(value, name) : null;

    private static int[] Replicas(int[] slots, int[][] inverse) =>
        [.. slots.Select((expert, slot) => (uint)expert < (uint)inverse.Length ? System.Array.IndexOf(inverse[expert], slot) : -1)];
}
