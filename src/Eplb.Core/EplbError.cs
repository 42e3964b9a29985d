namespace Eplb;

/// <summary>The rules that input can break. A member's name is the error id that scripts may rely on; it never changes.</summary>
public enum EplbError
{
    /// <summary>A load is NaN or infinite, or does not fit the float32 range that the algorithm plans in.</summary>
    LoadNotFinite,

    /// <summary>A load is below zero.</summary>
    LoadNegative,

    /// <summary>There is no load at all: no input, no layer or no expert.</summary>
    LoadMissing,

    /// <summary>The rows of one table have different lengths, or the layers of one plan different numbers of experts.</summary>
    RowLengthMismatch,

    /// <summary>The same expert of the same layer (and window) is given twice in one source, or more often than the others.</summary>
    ExpertDuplicate,

    /// <summary>An expert between 0 and the highest one has no load, or a row with one was refused.</summary>
    ExpertMissing,

    /// <summary>An expert, layer or slot number is out of its range.</summary>
    IndexOutOfRange,

    /// <summary>A layer of the placement has no load, one of two placements lacks a layer of the other, or a layer is wanted that the source does not have.</summary>
    LayerMissing,

    /// <summary>A count that must be at least one is zero or negative.</summary>
    CountNotPositive,

    /// <summary>A count is not a multiple of another one, or there are fewer slots than GPUs.</summary>
    CountNotDivisible,

    /// <summary>There are fewer slots than logical experts, so some expert would live nowhere.</summary>
    TooFewReplicas,

    /// <summary>A shape is larger than anything the module plans for, or than the file that claims it can hold.</summary>
    ShapeTooLarge,

    /// <summary>No file is at the path, or none matches its wildcards.</summary>
    FileNotFound,

    /// <summary>The file cannot be opened or read.</summary>
    FileUnreadable,

    /// <summary>The file is empty.</summary>
    FileEmpty,

    /// <summary>The file's content is none of the formats that the module knows.</summary>
    FormatUnknown,

    /// <summary>A file breaks the rules of its format, or an object that came in lacks a property or has another value in it than it should.</summary>
    FormatInvalid,

    /// <summary>A placement breaks a rule: slots that disagree about their cluster, missing or repeated slots; or it is of another cluster than wanted, or not the only one.</summary>
    PlacementInvalid,

    /// <summary>The placement breaks a rule of the server that it is written for.</summary>
    PlacementUnsuitable,

    /// <summary>A parameter is needed, since the input does not tell its value.</summary>
    ParameterMissing,

    /// <summary>Two parameters do not go together.</summary>
    ParameterConflict,

    /// <summary>The file to write is there already and is not to be replaced.</summary>
    FileExists,

    /// <summary>The file cannot be written: no such directory, no permission, read-only, no space.</summary>
    FileUnwritable,

    /// <summary>A label of a metric has a name that Prometheus does not take, or that the module sets itself.</summary>
    LabelInvalid,

    /// <summary>Two reports would give the same series of a metric two values.</summary>
    MetricDuplicate,

    /// <summary>Weights that do not match the workloads: another number of them, a negative one, or none above 0.</summary>
    WeightInvalid,

    /// <summary>A GPU's relative speed is no number from 1e-38 to 3.4e38, there is another number of speeds than of GPUs, or speeds are given where they cannot be taken into account.</summary>
    SpeedInvalid,

    /// <summary>Loads carry no windows, or fewer than a back-test or a plan for windows needs.</summary>
    WindowMissing,
}
