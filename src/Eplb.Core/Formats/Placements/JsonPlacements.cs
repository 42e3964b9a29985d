using System.Text.Encodings.Web;
using System.Text.Json;

namespace Eplb;

/// <summary>This module's map as JSON: the properties of <see cref="PlacementMap"/>, so that nothing is lost and ConvertTo-Json's text reads as well.</summary>
/// <remarks>LogicalToPhysical is written without the padding that can make it far larger than the plan; both forms are read.</remarks>
internal sealed class JsonPlacements : IPlacementReader, IPlacementWriter
{
    public bool Recognises(PlacementSource source) => source.IsJson && source.Json[0].Has(nameof(PlacementMap.PhysicalToLogical));

    public PlacementTable Read(PlacementSource source)
    {
        JsonValue document = source.SingleJson;
        int[] layers = document.Member(nameof(PlacementMap.Layer)).Int32Array();
        JsonValue[] rows = [.. document.Member(nameof(PlacementMap.PhysicalToLogical)).Elements()];
        JsonValue[]? inverse = ReadLayers(document, nameof(PlacementMap.LogicalToPhysical), layers);
        JsonValue[]? counts = ReadLayers(document, nameof(PlacementMap.ExpertCount), layers);
        JsonValue[]? loads = ReadLayers(document, nameof(PlacementMap.Load), layers);
        if (rows.Length != layers.Length)
            throw document.Invalid(EplbError.FormatInvalid, $"has {layers.Length} layers, but {rows.Length} in \"{nameof(PlacementMap.PhysicalToLogical)}\"");
        var table = new PlacementTable
        {
            Numbering = LayerNumbering.AsGiven,
            ExpertCount = counts is { Length: > 0 } ? counts[0].Count : null,
            GpuCount = document.Find(nameof(PlacementMap.GpuCount))?.Int32(),
            NodeCount = document.Find(nameof(PlacementMap.NodeCount))?.Int32(),
            GroupCount = document.Find(nameof(PlacementMap.GroupCount))?.Int32(),
            GpuSpeed = document.Find(nameof(PlacementMap.GpuSpeed))?.Numbers(),
            ExcludedGpu = document.Find(nameof(PlacementMap.ExcludedGpu))?.Int32Array(),
            AllowsGaps = true,
            Policy = document.Find(nameof(PlacementMap.Policy))?.Policy(),
            Sources = document.Find(nameof(PlacementMap.Sources)) is { } sources ? [.. sources.Elements().Select(path => path.Text())] : [],
        };
        int? slots = document.Find(nameof(PlacementMap.ReplicaCount))?.Int32();
        for (int i = 0; i < layers.Length; i++)
        {
            int[] experts = rows[i].Int32Array();
            if (slots is not null && experts.Length != slots)
                throw rows[i].Invalid(EplbError.RowLengthMismatch, $"has {experts.Length} slots, but \"{nameof(PlacementMap.ReplicaCount)}\" is {slots}");
            if (counts is not null) ReplicaCounts.Check(experts, counts[i]);
            double[]? load = loads?[i].Loads(layers[i]);
            if (load is not null && table.ExpertCount is { } count && load.Length != count)
                throw loads![i].Invalid(EplbError.RowLengthMismatch, $"has {load.Length} loads, but there are {count} experts");
            table.Add(layers[i], experts, load, inverse is null ? null : NumberReplicas(experts, inverse[i]));
        }

        return table;
    }

    public void Write(PlacementMap map, IReadOnlyList<PlacementRow> rows, Stream output)
    {
        using var text = new InvariantWriter(output);
        text.WriteLine('{');
        text.Write($"\"{nameof(map.Layer)}\":");
        text.WriteArray([.. rows.Select(row => row.Layer)]);
        text.WriteLine($",\n\"{nameof(map.ReplicaCount)}\":{map.ReplicaCount},\n\"{nameof(map.GpuCount)}\":{map.GpuCount},");
        text.WriteLine($"\"{nameof(map.NodeCount)}\":{map.NodeCount},\n\"{nameof(map.GroupCount)}\":{map.GroupCount},\n\"{nameof(map.Policy)}\":\"{map.Policy}\",");
        if (map.GpuSpeed is not null)
        {
            text.Write($"\"{nameof(map.GpuSpeed)}\":");
            WriteNumbers(text, map.GpuSpeed);
            text.WriteLine(",");
        }

        text.WriteLine($"\"{nameof(map.Sources)}\":[{string.Join(",", map.Sources.Select(source => Quote(Path.GetFileName(source))))}],");
        WriteLayers(text, nameof(map.PhysicalToLogical), map.Layers, layer => text.WriteArray(layer.PhysicalToLogical));
        text.WriteLine(",");
        WriteLayers(text, nameof(map.LogicalToPhysical), map.Layers, layer => WriteInverse(text, layer));
        text.WriteLine(",");
        WriteLayers(text, nameof(map.ExpertCount), map.Layers, layer => text.WriteArray(layer.ExpertCount));
        if (map.Load is not null)
        {
            text.WriteLine(",");
            WriteLayers(text, nameof(map.Load), map.Layers, layer => WriteNumbers(text, layer.Load!));
        }

        text.WriteLine("\n}");
    }

    /// <summary>A text as JSON writes it.</summary>
    /// <param name="text">The text.</param>
    internal static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    private static JsonValue[]? ReadLayers(JsonValue document, string name, int[] layers)
    {
        JsonValue[]? rows = document.Find(name)?.Elements().ToArray();
        if (rows is not null && rows.Length != layers.Length)
            throw document.Invalid(EplbError.FormatInvalid, $"has {layers.Length} layers, but {rows.Length} in \"{name}\"");
        return rows;
    }

    /// <summary>Replica number of each slot: its place among the slots of its expert.</summary>
    /// <param name="experts">Logical expert in each slot.</param>
    /// <param name="inverse">Slots of each expert, padded with -1.</param>
    /// <exception cref="EplbException">A slot holds another expert, or is named twice.</exception>
    internal static int[] NumberReplicas(int[] experts, JsonValue inverse)
    {
        int[] replicas = new int[experts.Length];
        replicas.AsSpan().Fill(-1);
        int expert = 0;
        foreach (JsonValue slots in inverse.Elements())
        {
            int replica = 0;
            foreach (int slot in slots.Int32Array())
            {
                if (slot == -1) continue;
                if ((uint)slot >= (uint)experts.Length || experts[slot] != expert || replicas[slot] >= 0)
                    throw slots.Invalid(EplbError.PlacementInvalid, $"names slot {slot}, which does not hold expert {expert} or is named twice");
                replicas[slot] = replica++;
            }

            expert++;
        }

        return replicas;
    }

    private static void WriteLayers(InvariantWriter text, string name, IReadOnlyList<LayerPlacement> layers, Action<LayerPlacement> write)
    {
        text.WriteLine($"\"{name}\":[");
        text.WriteLines(layers, "", write);
        text.Write(']');
    }

    private static void WriteInverse(InvariantWriter text, LayerPlacement layer)
    {
        int[][] slots = [.. layer.ExpertCount.Select(count => new int[count])];
        for (int slot = 0; slot < layer.PhysicalToLogical.Length; slot++)
        {
            if (layer.PhysicalToLogical[slot] >= 0) slots[layer.PhysicalToLogical[slot]][layer.Replica[slot]] = slot;
        }

        text.Write('[');
        for (int expert = 0; expert < slots.Length; expert++)
        {
            if (expert > 0) text.Write(',');
            text.WriteArray(slots[expert]);
        }

        text.Write(']');
    }

    private static void WriteNumbers(InvariantWriter text, IReadOnlyList<double> numbers)
    {
        text.Write('[');
        for (int i = 0; i < numbers.Count; i++)
        {
            if (i > 0) text.Write(',');
            text.WriteNumber(numbers[i]);
        }

        text.Write(']');
    }
}
