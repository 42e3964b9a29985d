using System.Text.Json;

namespace Eplb;

/// <summary>Reads loads from JSON: the shapes of SGLang, ADRS and FastDeploy, and bare arrays.</summary>
internal sealed class JsonLoads
{
    private readonly JsonTokens _tokens;
    private readonly LoadSums _sums;
    private double[] _row = new double[256];
    private int _layerCount;

    private JsonLoads(JsonTokens tokens, LoadSums sums)
    {
        _tokens = tokens;
        _sums = sums;
    }

    /// <summary>Reads a document.</summary>
    /// <param name="stream">UTF-8 text.</param>
    /// <param name="sums">Takes the loads.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="EplbException">The text is not JSON, holds no loads, or breaks their rules.</exception>
    public static void Read(Stream stream, LoadSums sums, CancellationToken cancellation)
    {
        var tokens = new JsonTokens(stream, cancellation);
        var loads = new JsonLoads(tokens, sums);
        // Only a text that starts with one of the two brackets is taken for JSON.
        if (tokens.Next() == JsonTokenType.StartArray)
            loads.ReadTables("the array");
        else
            loads.ReadObject();

        // Anything but white space behind the document is an error of the reader.
        tokens.Read();
    }

    private void ReadObject()
    {
        string? found = null;
        var others = new List<string>();
        while (_tokens.Next() == JsonTokenType.PropertyName)
        {
            string key = _tokens.Text!;
            if (!IsLoads(key))
            {
                if (others.Count < 8) others.Add(key);
                _tokens.Skip();
                continue;
            }

            if (found is not null) throw _tokens.Invalid($"the object holds loads twice, in \"{found}\" and \"{key}\"");
            found = key;
            if (_tokens.Next() != JsonTokenType.StartArray) throw _tokens.Invalid($"\"{key}\" must be an array");
            if (key == "load_history")
                ReadHistory();
            else
                ReadTables($"\"{key}\"", areRanks: key == "data", isRingBuffer: key == "logical_count");
        }

        if (found is null) throw NoLoads(others);
    }

    private static bool IsLoads(string key) => key is "logical_count" or "load_history" or "tokens_per_expert_stats_list" or "data";

    private static EplbException NoLoads(List<string> keys)
    {
        if (keys.Exists(key => key is "physical_to_logical_map" or "layer_list" or "initial_global_assignments" or nameof(PlacementMap.PhysicalToLogical)))
            return FormatRecognition.Placement();
        if (keys.Contains("Sha256"))
            return new EplbException(EplbError.FormatUnknown, "The file is the side-car that describes a placement, and holds no loads.");
        string had = keys.Count == 0 ? "no key" : "the keys " + string.Join(", ", keys);
        return new EplbException(EplbError.FormatUnknown,
            $"The JSON object has {had}; loads are in logical_count, load_history, tokens_per_expert_stats_list or data.");
    }

    /// <summary>An array [layers][experts], or [windows or ranks][layers][experts].</summary>
    private void ReadTables(string name, bool areRanks = false, bool isRingBuffer = false)
    {
        OpenRow(name);
        if (_tokens.Peek() != '[')
        {
            ReadLayers(window: 0);
            return;
        }

        _sums.IsRingBuffer = isRingBuffer;
        long window = 0;
        do
        {
            OpenRow(name);
            ReadLayers(window: areRanks ? 0 : window);
            window++;
        }
        while (NextArray());
    }

    private void ReadHistory()
    {
        long window = 0;
        while (_tokens.Next() == JsonTokenType.StartObject)
        {
            bool isFound = false;
            while (_tokens.Next() == JsonTokenType.PropertyName)
            {
                if (_tokens.Text != "logical_expert_load")
                {
                    _tokens.Skip();
                    continue;
                }

                if (isFound) throw _tokens.Invalid($"step {window} of \"load_history\" holds \"logical_expert_load\" twice");
                if (_tokens.Next() != JsonTokenType.StartArray) throw _tokens.Invalid("\"logical_expert_load\" must be an array");
                OpenRow("\"logical_expert_load\"");
                ReadLayers(window);
                isFound = true;
            }

            if (!isFound) throw _tokens.Invalid($"step {window} of \"load_history\" has no \"logical_expert_load\"");
            window++;
        }

        if (_tokens.TokenType != JsonTokenType.EndArray) throw _tokens.Invalid("\"load_history\" must be an array of objects");
    }

    /// <summary>The rows of one window; the bracket of the first has been read, that behind the last is read here.</summary>
    private void ReadLayers(long window)
    {
        int layer = 0;
        do
        {
            int count = ReadRow(window, layer);
            _sums.Add(window, layer, _row.AsSpan(0, count));
            layer++;
        }
        while (NextArray());
        if (_layerCount == 0) _layerCount = layer;
        if (layer == _layerCount) return;
        throw new EplbException(EplbError.LayerMissing,
            $"Line {_tokens.Line}: a table has {layer} layers, but the first has {_layerCount}; every window and rank needs the same layers.");
    }

    private int ReadRow(long window, int layer)
    {
        try
        {
            return _tokens.ReadNumbers(ref _row, LoadSums.MaxExpertCount);
        }
        catch (EplbException broken)
        {
            // Files of one line are common: the line alone says nothing.
            throw broken.At(window > 0 ? $"Window {window}, layer {layer}" : $"Layer {layer}", null);
        }
    }

    private void OpenRow(string name)
    {
        switch (_tokens.Next())
        {
            case JsonTokenType.StartArray:
                return;
            case JsonTokenType.EndArray:
                throw new EplbException(EplbError.LoadMissing, $"Line {_tokens.Line}: {name} is empty; it needs at least one layer with one expert.");
            default:
                throw _tokens.Invalid($"{name} must hold arrays: [layers][experts] or [windows][layers][experts]");
        }
    }

    private bool NextArray() => _tokens.Next() switch
    {
        JsonTokenType.StartArray => true,
        JsonTokenType.EndArray => false,
        _ => throw _tokens.Invalid("another array must follow here, or the closing bracket; arrays and single values cannot be mixed"),
    };
}
