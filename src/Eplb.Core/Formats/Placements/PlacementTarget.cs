namespace Eplb;

/// <summary>What a format asks of a placement.</summary>
internal sealed class PlacementTarget
{
    private PlacementTarget(string server, LayerNumbering numbering, IPlacementWriter? writer)
    {
        Server = server;
        Numbering = numbering;
        Writer = writer;
    }

    /// <summary>Who reads the files, as messages name it.</summary>
    public string Server { get; }

    /// <summary>Which layers the files have.</summary>
    public LayerNumbering Numbering { get; }

    /// <summary>Writes the files.</summary>
    public IPlacementWriter? Writer { get; }

    /// <summary>Whether two replicas of an expert on one GPU are lost or cannot be written down.</summary>
    public bool ForbidsDuplicates { get; private init; }

    /// <summary>Whether a slot may be empty, and a GPU have fewer slots than another.</summary>
    public bool AllowsGaps { get; private init; }

    /// <summary>Whether the server takes loads and plans by itself.</summary>
    public bool TakesLoads { get; private init; }

    /// <summary>What any placement must hold, whoever reads it.</summary>
    public static PlacementTarget Any { get; } = new("a placement", LayerNumbering.AsGiven, null) { AllowsGaps = true };

    /// <summary>The rules of a format.</summary>
    /// <param name="format">Any format but Auto.</param>
    public static PlacementTarget Of(PlacementFormat format) => format switch
    {
        PlacementFormat.SGLang => new("SGLang", LayerNumbering.EveryHiddenLayer, new SGLangPlacements()),
        PlacementFormat.TensorRTLLM => new("TensorRT-LLM", LayerNumbering.MoeLayers, new TensorRTLLMPlacements()),
        PlacementFormat.VllmAscend => new("vllm-ascend", LayerNumbering.Positions, new VllmAscendPlacements()) { ForbidsDuplicates = true },
        PlacementFormat.Vllm => new("vLLM", LayerNumbering.Positions, new VllmPlacements()),
        PlacementFormat.VllmArray => new("vLLM", LayerNumbering.Positions, new VllmArrayPlacements()),
        PlacementFormat.FastDeploy => new("FastDeploy", LayerNumbering.EveryHiddenLayer, new FastDeployPlacements()) { TakesLoads = true },
        PlacementFormat.OmniInfer => new("omni-infer", LayerNumbering.Positions, new OmniInferPlacements()) { ForbidsDuplicates = true },
        PlacementFormat.Csv => new("CSV", LayerNumbering.AsGiven, new CsvPlacements()) { AllowsGaps = true },
        PlacementFormat.Json => new("JSON", LayerNumbering.AsGiven, new JsonPlacements()) { AllowsGaps = true },
        _ => throw new EplbException(EplbError.FormatUnknown, "A file is written in one format: name it, Auto is for reading.", format),
    };
}
