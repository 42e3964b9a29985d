namespace Eplb;

/// <summary>Formats that placements are read from and written to.</summary>
public enum PlacementFormat
{
    /// <summary>Recognised by the file's content, for reading; where a placement is judged, the rules that hold in every format. Nothing is written in it.</summary>
    Auto,

    /// <summary>SGLang's --init-expert-location: JSON, or .pt for reading, with the one key physical_to_logical_map; a row for every hidden layer.</summary>
    SGLang,

    /// <summary>TensorRT-LLM's moe_config.load_balancer: YAML with num_slots and initial_global_assignments; absolute ids of the MoE layers. Read from the server's own configuration file too.</summary>
    TensorRTLLM,

    /// <summary>vllm-ascend's expert_map_path: JSON with a list of layers and their devices; MoE layers by position.</summary>
    VllmAscend,

    /// <summary>vLLM's mapping as JSON lines, as its pull request 41141 reads it (released versions read no file); MoE layers by position.</summary>
    Vllm,

    /// <summary>vLLM's mapping as a bare array [layers][slots], as its pull request 49572 reads it (released versions read no file); MoE layers by position.</summary>
    VllmArray,

    /// <summary>FastDeploy: its dump for reading; for writing the table of loads that it plans from by itself, since it takes no placement. A row for every hidden layer.</summary>
    FastDeploy,

    /// <summary>omni-infer's pattern: a NumPy array of 0 and 1, [ranks][MoE layers][experts]; the order of a rank's slots is not kept.</summary>
    OmniInfer,

    /// <summary>This module's table: one line a physical expert, everything kept but the names of the files of loads; also what Export-Csv writes, in cultures whose numbers have a decimal point.</summary>
    Csv,

    /// <summary>This module's map as JSON, everything kept; also what ConvertTo-Json -Depth 4 makes of a PlacementMap.</summary>
    Json,
}
