using System.Text.Json;

namespace Eplb;

/// <summary>Reads vLLM's JSON lines: loads of physical experts with the map that was in force. Source: vLLM pull request 41141.</summary>
internal sealed class VllmLoads
{
    private readonly JsonTokens _tokens;
    private readonly LoadSums _sums;
    private double? _layerCount;

    private VllmLoads(JsonTokens tokens, LoadSums sums)
    {
        _tokens = tokens;
        _sums = sums;
    }

    /// <summary>Reads the lines; records of other types are left out.</summary>
    /// <param name="stream">UTF-8 text.</param>
    /// <param name="sums">Takes the loads.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="EplbException">The text is not JSON lines, holds no loads, or breaks their rules.</exception>
    public static void Read(Stream stream, LoadSums sums, CancellationToken cancellation)
    {
        var tokens = new JsonTokens(stream, cancellation);
        var loads = new VllmLoads(tokens, sums);
        bool isPlacement = false;
        for (bool isThere = tokens.Read(); isThere; isThere = tokens.NextDocument())
        {
            if (tokens.TokenType != JsonTokenType.StartObject) throw tokens.Invalid("each line must be a JSON object");
            isPlacement |= loads.ReadRecord() == "eplb_initial_mapping";
        }

        if (sums.RowCount > 0) return;
        throw isPlacement
            ? FormatRecognition.Placement()
            : new EplbException(EplbError.LoadMissing, "No line has the record_type eplb_load_stats.");
    }

    private string? ReadRecord()
    {
        string? type = null;
        double? step = null;
        double? version = null;
        double? layerCount = null;
        List<double[]>? loads = null;
        List<double[]>? map = null;
        while (_tokens.Next() == JsonTokenType.PropertyName)
        {
            switch (_tokens.Text)
            {
                case "record_type":
                    CheckFirst("record_type", type);
                    if (_tokens.Next() != JsonTokenType.String) throw _tokens.Invalid("\"record_type\" must be text");
                    type = _tokens.Text;
                    break;
                case "version":
                    version = ReadNumber("version", version);
                    break;
                case "step":
                    step = ReadNumber("step", step);
                    break;
                case "num_layers":
                    layerCount = ReadNumber("num_layers", layerCount);
                    break;
                case "expert_load":
                    loads = ReadTable("expert_load", loads);
                    break;
                case "p2l_map":
                    map = ReadTable("p2l_map", map);
                    break;
                default:
                    _tokens.Skip();
                    break;
            }
        }

        if (type == "eplb_load_meta") _layerCount = layerCount;
        if (type == "eplb_load_stats") Add(version, step, loads, map);
        return type;
    }

    private void Add(double? version, double? step, List<double[]>? loads, List<double[]>? map)
    {
        if (version is not (null or 1)) throw _tokens.Invalid($"version {version} of eplb_load_stats is unknown; 1 is read");
        if (step is not (>= 0 and <= int.MaxValue) || step != Math.Floor(step.Value)) throw _tokens.Invalid("\"step\" must be a whole number, 0 or higher");
        if (loads is null || map is null) throw _tokens.Invalid("a line of eplb_load_stats needs \"expert_load\" and \"p2l_map\"");
        if (loads.Count != map.Count) throw _tokens.Invalid($"\"expert_load\" has {loads.Count} layers, but \"p2l_map\" has {map.Count}");
        _layerCount ??= loads.Count;
        if (loads.Count != _layerCount)
        {
            throw new EplbException(EplbError.LayerMissing,
                $"Line {_tokens.Line}: step {step} has {loads.Count} layers, but the lines before it have or announce {_layerCount}; every step needs the same layers.", loads.Count);
        }

        try
        {
            var physical = new PhysicalLoads(map);
            for (int layer = 0; layer < loads.Count; layer++) _sums.Add((long)step.Value, layer, physical.ToLogical(layer, loads[layer]));
        }
        catch (EplbException broken)
        {
            throw broken.At($"Line {_tokens.Line}", null);
        }
    }

    private double ReadNumber(string name, double? before)
    {
        CheckFirst(name, before);
        return _tokens.Next() == JsonTokenType.Number ? _tokens.Number : throw _tokens.Invalid($"\"{name}\" must be a number");
    }

    private List<double[]> ReadTable(string name, List<double[]>? before)
    {
        CheckFirst(name, before);
        var rows = new List<double[]>();
        if (_tokens.Next() != JsonTokenType.StartArray) throw _tokens.Invalid($"\"{name}\" must be an array [layers][slots]");
        while (_tokens.Next() == JsonTokenType.StartArray) rows.Add(ReadRow(name, rows.Count));
        if (_tokens.TokenType != JsonTokenType.EndArray || rows.Count == 0) throw _tokens.Invalid($"\"{name}\" must be an array [layers][slots]");
        return rows;
    }

    private double[] ReadRow(string name, int layer)
    {
        double[] row = [];
        try
        {
            int count = _tokens.ReadNumbers(ref row, LoadSums.MaxExpertCount);
            return row.AsSpan(0, count).ToArray();
        }
        catch (EplbException broken)
        {
            throw broken.At($"\"{name}\", layer {layer}", null);
        }
    }

    private void CheckFirst(string name, object? before)
    {
        if (before is not null) throw _tokens.Invalid($"the object holds \"{name}\" twice");
    }
}
