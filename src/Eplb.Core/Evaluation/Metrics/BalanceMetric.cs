namespace Eplb;

/// <summary>The figure by which a server or benchmark reports balance. mean and max are over the GPU loads of one layer unless said otherwise.</summary>
public enum BalanceMetric
{
    /// <summary>This module's balancedness: the mean over busy layers of mean / max. 1 is perfect.</summary>
    Eplb,

    /// <summary>SGLang: the mean over all layers of (mean + 1e-5) / (max + 1e-5). Idle layers count as 1, which flatters. 1 is perfect.</summary>
    SGLang,

    /// <summary>vLLM as shipped: for each GPU the mean and the maximum over layers; the sum of the means over the sum of the maxima. It compares layers, not GPUs: a GPU that is hot in every layer reads 1 (vLLM issues 36304 and 51784).</summary>
    Vllm,

    /// <summary>vLLM corrected: the sum over layers of mean over the sum over layers of max. 1 is perfect.</summary>
    VllmFixed,

    /// <summary>TensorRT-LLM: the mean over busy layers of max / mean - 1. 0 is perfect.</summary>
    TensorRTLLM,

    /// <summary>The ADRS benchmark: the sum over layers of the mean over the sum of the maximum of the loads of physical experts, not GPUs: it cannot tell a packed plan from an unpacked one. 1 is perfect.</summary>
    Adrs,
}
