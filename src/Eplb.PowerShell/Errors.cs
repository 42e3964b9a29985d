using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Every error that the module raises: its id is the name of the <see cref="EplbError"/> member, here are its category and what to do.</summary>
internal static class Errors
{
    private static readonly Dictionary<EplbError, (ErrorCategory Category, string Action)> Table = new()
    {
        [EplbError.LoadNotFinite] = (ErrorCategory.InvalidData, "Remove or repair the value; a recorder that overflows writes such values."),
        [EplbError.LoadNegative] = (ErrorCategory.InvalidData, "Loads are counts of tokens: check whether the file holds differences or logits instead."),
        [EplbError.LoadMissing] = (ErrorCategory.InvalidArgument, "Pipe loads from Import-ExpertLoad, or rows with Layer, Expert and Load."),
        [EplbError.RowLengthMismatch] = (ErrorCategory.InvalidData, "Check that all layers come from the same model and that no line was cut off."),
        [EplbError.ExpertDuplicate] = (ErrorCategory.InvalidData, "Give each expert once a layer, or tables of several ranks whole; Import-ExpertLoad reads their files."),
        [EplbError.ExpertMissing] = (ErrorCategory.InvalidData, "Give every expert a row, with load 0 where it got nothing, and repair those that were refused."),
        [EplbError.IndexOutOfRange] = (ErrorCategory.InvalidData, "Experts, layers, slots and GPUs are numbered from 0; give a number in the range that the message names."),
        [EplbError.LayerMissing] = (ErrorCategory.ObjectNotFound, "Give every layer, under the same ids: loads for each layer of a placement, a placement for each layer of a model. -FirstMoeLayer of Import-ExpertLoad and Import-EplbPlacement turns positions into absolute ids; rows are left out by Where-Object Layer."),
        [EplbError.CountNotPositive] = (ErrorCategory.InvalidArgument, "Give a count of 1 or more, and leave at least one GPU in use."),
        [EplbError.CountNotDivisible] = (ErrorCategory.InvalidArgument, "Choose counts that divide as the message says. Where a policy asks for it, -Policy Global does not; uneven slots take a plan with -Refine."),
        [EplbError.TooFewReplicas] = (ErrorCategory.InvalidArgument, "Raise -ReplicaCount as the message says, or exclude fewer GPUs."),
        [EplbError.ShapeTooLarge] = (ErrorCategory.LimitsExceeded, "Check the counts: they are beyond any real cluster or file."),
        [EplbError.FileNotFound] = (ErrorCategory.ObjectNotFound, "Check the path, and give the files of all ranks of a recording; use -LiteralPath where a path holds brackets."),
        [EplbError.FileUnreadable] = (ErrorCategory.ReadError, "Check that the path is a file that you may read and that no other program holds it."),
        [EplbError.FileEmpty] = (ErrorCategory.InvalidData, "Check whether the recorder was stopped before it wrote anything."),
        [EplbError.FormatUnknown] = (ErrorCategory.InvalidType, "See about_Eplb for the formats, or name one with -Format."),
        [EplbError.FormatInvalid] = (ErrorCategory.ParserError, "Repair the file at the place named or record it again, or leave out a -Format that it is not of; objects need the properties that the cmdlet takes."),
        [EplbError.PlacementInvalid] = (ErrorCategory.InvalidData, "Give one placement, of whole layers with every slot once, that fits the cluster and the policy as the message says; Import-EplbPlacement takes -GpuCount and -NodeCount."),
        [EplbError.PlacementUnsuitable] = (ErrorCategory.InvalidData, "See every place where a rule is broken with Test-EplbPlacement -Target and -Detailed, and plan anew."),
        [EplbError.ParameterMissing] = (ErrorCategory.InvalidArgument, "Give the parameter that the message names."),
        [EplbError.ParameterConflict] = (ErrorCategory.InvalidArgument, "Leave out one of the parameters that the message names."),
        [EplbError.FileExists] = (ErrorCategory.ResourceExists, "Give another -Path, or leave -NoClobber out."),
        [EplbError.FileUnwritable] = (ErrorCategory.WriteError, "Check the directory, its permissions and the free space."),
        [EplbError.LabelInvalid] = (ErrorCategory.InvalidArgument, "Give -Label names of letters, digits and underscores that are not the module's own."),
        [EplbError.MetricDuplicate] = (ErrorCategory.InvalidOperation, "Convert one set of reports a call, with a -Label that tells it from others; or pipe the placements, which their hashes tell apart."),
        [EplbError.WeightInvalid] = (ErrorCategory.InvalidArgument, "Give one weight of 0 or more for each source and window, in their order."),
        [EplbError.SpeedInvalid] = (ErrorCategory.InvalidArgument, "Give one speed above 0 for each GPU, such as 1 or 0.5; name lost GPUs with -ExcludeGpu."),
        [EplbError.WindowMissing] = (ErrorCategory.InvalidArgument, "Import the recording with -PerWindow, or plan on fewer windows."),
    };

    /// <summary>The error record of a broken rule.</summary>
    /// <param name="broken">What the core threw.</param>
    public static ErrorRecord From(EplbException broken)
    {
        (ErrorCategory category, string action) = Table[broken.Error];
        return new ErrorRecord(broken, broken.Error.ToString(), category, broken.Target)
        {
            ErrorDetails = new ErrorDetails(broken.Message) { RecommendedAction = action },
        };
    }
}
