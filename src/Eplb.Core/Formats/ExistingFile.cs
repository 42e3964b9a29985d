namespace Eplb;

/// <summary>What becomes of a file that is there already when another is written to its path.</summary>
public enum ExistingFile
{
    /// <summary>It is replaced, unless it is read-only.</summary>
    Replace,

    /// <summary>It is replaced even where it is read-only (-Force).</summary>
    ReplaceReadOnly,

    /// <summary>It is kept, and writing is an error (-NoClobber).</summary>
    Keep,
}
