namespace Eplb;

/// <summary>What a report is written as.</summary>
public enum ReportFormat
{
    /// <summary>One self-contained page for a browser.</summary>
    Html,

    /// <summary>Text for a ticket or a pull request; tables instead of charts.</summary>
    Markdown,
}
