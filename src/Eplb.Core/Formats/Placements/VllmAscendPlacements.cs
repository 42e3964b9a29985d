namespace Eplb;

/// <summary>vllm-ascend's expert_map_path: the experts of each device of each MoE layer, by position.</summary>
/// <remarks>The server loses the second replica of an expert on one device, and miscounts the replicas.</remarks>
internal sealed class VllmAscendPlacements : IPlacementReader, IPlacementWriter
{
    private const string LayerCount = "moe_layer_count", LayerList = "layer_list", LayerId = "layer_id";
    private const string DeviceCount = "device_count", DeviceList = "device_list", DeviceId = "device_id", DeviceExpert = "device_expert";

    public bool Recognises(PlacementSource source) => source.IsJson && source.Json[0].Has(LayerList);

    public PlacementTable Read(PlacementSource source)
    {
        JsonValue document = source.SingleJson;
        JsonValue layers = document.Member(LayerList);
        CheckCount(document, LayerCount, layers);
        CheckOrder(layers, LayerId);
        PlacementTable? table = null;
        int devices = 0, position = 0;
        foreach (JsonValue layer in layers.Elements())
        {
            int[][] experts = ReadDevices(layer);
            if (table is null) devices = experts.Length;
            if (experts.Length != devices)
                throw layer.Invalid(EplbError.FormatInvalid, $"has {experts.Length} devices, but the first layer has {devices}");
            table ??= new PlacementTable { GpuCount = devices };
            table.Add(position++, [.. experts.SelectMany(device => device)]);
        }

        return table ?? throw layers.Invalid(EplbError.FormatInvalid, "is empty; a placement needs at least one layer");
    }

    public void Write(PlacementMap map, IReadOnlyList<PlacementRow> rows, Stream output)
    {
        using var text = new InvariantWriter(output);
        text.WriteLine($"{{\"{LayerCount}\":{rows.Count},\"{LayerList}\":[");
        int[] devices = [.. Enumerable.Range(0, map.GpuCount)];
        int length = map.ReplicaCount / map.GpuCount;
        text.WriteLines(rows, "", row =>
        {
            text.WriteLine($"{{\"{LayerId}\":{row.Layer},\"{DeviceCount}\":{devices.Length},\"{DeviceList}\":[");
            text.WriteLines(devices, "  ", device =>
            {
                text.Write($"{{\"{DeviceId}\":{device},\"{DeviceExpert}\":");
                text.WriteArray(row.Experts.AsSpan(device * length, length).ToArray());
                text.Write('}');
            });
            text.Write("]}");
        });
        text.WriteLine("]}");
    }

    private static int[][] ReadDevices(JsonValue layer)
    {
        JsonValue list = layer.Member(DeviceList);
        CheckCount(layer, DeviceCount, list);
        CheckOrder(list, DeviceId);
        int[][] experts = [.. list.Elements().Select(device => device.Member(DeviceExpert).Int32Array())];
        if (experts.Length == 0) throw list.Invalid(EplbError.FormatInvalid, "is empty; a layer needs at least one device");
        int uneven = Array.FindIndex(experts, device => device.Length != experts[0].Length);
        if (uneven >= 0)
            throw list.Invalid(EplbError.FormatInvalid, $"has {experts[uneven].Length} experts on device {uneven}, but {experts[0].Length} on device 0; all devices need the same number");
        return experts;
    }

    // The server goes by position: ids in another order are of other layers or devices than it takes them for.
    private static void CheckOrder(JsonValue list, string name)
    {
        int last = -1;
        foreach (JsonValue entry in list.Elements())
        {
            if (entry.Find(name)?.Int32() is not { } id) continue;
            if (id <= last) throw entry.Invalid(EplbError.FormatInvalid, $"has the \"{name}\" {id} after {last}; the server goes by position, so that they must ascend");
            last = id;
        }
    }

    private static void CheckCount(JsonValue parent, string name, JsonValue list)
    {
        if (parent.Find(name)?.Int32() is { } count && count != list.Count)
            throw parent.Invalid(EplbError.FormatInvalid, $"says \"{name}\" {count}, but the list has {list.Count}");
    }
}
