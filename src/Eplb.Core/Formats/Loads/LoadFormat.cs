namespace Eplb;

/// <summary>Formats that loads are read from.</summary>
public enum LoadFormat
{
    /// <summary>Recognised by the file's content.</summary>
    Auto,

    /// <summary>JSON: SGLang logical_count, a bare array [layers][experts] or [windows][layers][experts], ADRS load_history, FastDeploy's dump or its HTTP reply.</summary>
    Json,

    /// <summary>Text with commas, tabs or semicolons: long (layer, expert, load and optionally window columns, in any order) or wide (a row a layer, a column an expert). Without headings it is wide; a first line of 0, 1, 2 and so on is taken for headings from 8 columns on, and for loads below that.</summary>
    Csv,

    /// <summary>A NumPy array [layers, experts] or [windows, layers, experts].</summary>
    Npy,

    /// <summary>An archive of such NumPy arrays.</summary>
    Npz,

    /// <summary>A file of torch.save (.pt): SGLang's recorder in all its modes, KTransformers, or a tensor [layers, experts] or [windows, layers, experts].</summary>
    Torch,

    /// <summary>TensorRT-LLM: the directory with meta_info.json and one rank*.safetensors a rank, or such a safetensors file.</summary>
    TensorRTLLM,

    /// <summary>vLLM's JSON lines of eplb_load_stats.</summary>
    Vllm,

    /// <summary>Megatron-core's .npz, one file a rank.</summary>
    Megatron,

    /// <summary>omni-infer's activation_counts text, one file a step and rank, known by its name; the CSV made from it is Csv.</summary>
    OmniInfer,
}
