using System.Text.RegularExpressions;

namespace Eplb;

/// <summary>TensorRT-LLM's moe_config.load_balancer: YAML with the slots of each MoE layer under its absolute id.</summary>
/// <remarks>
/// The server rejects keys that it does not know. Its report scripts want ep_size, the number of GPUs, so that is read too, never written.
/// The server's own configuration may hold the placement under moe_config or load_balancer, among keys that say nothing of it.
/// </remarks>
internal sealed class TensorRTLLMPlacements : IPlacementReader, IPlacementWriter
{
    private const string SlotCount = "num_slots", Updates = "layer_updates_per_iter", Assignments = "initial_global_assignments", GpuCount = "ep_size";
    private const string Configuration = "moe_config", Balancer = "load_balancer";

    public bool Recognises(PlacementSource source) => source.HeadText.Contains(Assignments) && !source.IsJson;

    public PlacementTable Read(PlacementSource source)
    {
        string text = source.ReadText();
        var yaml = new YamlReader(text);
        var numbers = new Dictionary<string, int>();
        Dictionary<int, int[]>? layers = null;
        int start = Math.Max(0, yaml.PeekIndent());
        if (Regex.IsMatch(text, $"^ *['\"]?{Balancer}['\"]?:", RegexOptions.Multiline | RegexOptions.CultureInvariant))
            ReadConfiguration(start);
        else
            ReadBalancer(start);
        yaml.End();
        if (layers is null) throw yaml.Invalid($"the file has no {Assignments}; without it the server places the experts by itself");
        var table = new PlacementTable { Numbering = LayerNumbering.MoeLayers, GpuCount = numbers.TryGetValue(GpuCount, out int gpus) ? gpus : null };
        foreach (KeyValuePair<int, int[]> layer in layers)
        {
            if (numbers.TryGetValue(SlotCount, out int slots) && slots != layer.Value.Length)
                throw new EplbException(EplbError.RowLengthMismatch, $"Layer {layer.Key} has {layer.Value.Length} slots, but {SlotCount} is {slots}.", layer.Key);
            table.Add(layer.Key, layer.Value);
        }

        return table;

        void ReadConfiguration(int indent)
        {
            while (yaml.TryReadKey(indent, out string key))
            {
                if (key == Configuration)
                    ReadConfiguration(yaml.EnterMapping(indent));
                else if (key == Balancer)
                    ReadBalancer(yaml.EnterMapping(indent));
                else
                    yaml.SkipValue(indent);
            }
        }

        void ReadBalancer(int indent)
        {
            while (yaml.TryReadKey(indent, out string key))
            {
                if (numbers.ContainsKey(key) || (key == Assignments && layers is not null)) throw yaml.Invalid($"the key {key} is there twice");
                if (key is SlotCount or Updates or GpuCount)
                    numbers.Add(key, yaml.ReadInt32());
                else if (key == Assignments)
                    layers = ReadLayers(yaml, yaml.EnterMapping(indent), source.Cancellation);
                else
                    throw yaml.Invalid($"the key {key} is not known; the server takes {SlotCount}, {Updates} and {Assignments}");
            }
        }
    }

    public void Write(PlacementMap map, IReadOnlyList<PlacementRow> rows, Stream output)
    {
        using var text = new InvariantWriter(output);
        text.WriteLine($"{SlotCount}: {map.ReplicaCount}");
        text.WriteLine($"{Updates}: 0");
        text.WriteLine($"{Assignments}:");
        foreach (PlacementRow row in rows)
        {
            text.Write($"  {row.Layer}: ");
            text.WriteArray(row.Experts, ", ");
            text.WriteLine();
        }
    }

    private static Dictionary<int, int[]> ReadLayers(YamlReader yaml, int indent, CancellationToken cancellation)
    {
        var layers = new Dictionary<int, int[]>();
        while (yaml.TryReadKey(indent, out string key))
        {
            cancellation.ThrowIfCancellationRequested();
            int layer = yaml.ToInt32(key);
            if (layers.ContainsKey(layer)) throw yaml.Invalid($"layer {layer} is there twice");
            layers.Add(layer, yaml.ReadInt32List(indent));
        }

        return layers;
    }
}
