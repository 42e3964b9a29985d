namespace Eplb;

/// <summary>One part of a report, whatever it is written as.</summary>
/// <param name="Id">Anchor, unique in the report.</param>
/// <param name="Heading">Heading.</param>
/// <param name="Blocks">What it holds, from top to bottom.</param>
internal sealed record ReportSection(string Id, string Heading, IReadOnlyList<ReportBlock> Blocks);
