namespace Eplb;

/// <summary>A piece of a section: data that each writer shows in its own way. No text in it is markup.</summary>
internal abstract record ReportBlock;

/// <summary>A paragraph.</summary>
/// <param name="Text">Its text.</param>
internal sealed record TextBlock(string Text) : ReportBlock;

/// <summary>Text that is shown as it is, such as a command.</summary>
/// <param name="Text">Its text.</param>
internal sealed record CodeBlock(string Text) : ReportBlock;

/// <summary>The figures that one looks at first.</summary>
/// <param name="Figures">Figures in their order.</param>
internal sealed record FigureBlock(IReadOnlyList<Figure> Figures) : ReportBlock;

/// <summary>One figure.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">Its value.</param>
/// <param name="Note">How to read it.</param>
internal sealed record Figure(string Name, string Value, string Note);

/// <summary>A table; the first cell of a row names it.</summary>
/// <param name="Caption">What the table shows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Rows">Cells: [row][column].</param>
internal sealed record TableBlock(string Caption, IReadOnlyList<TableColumn> Columns, IReadOnlyList<IReadOnlyList<string>> Rows) : ReportBlock;

/// <summary>One column of a table.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="IsText">True for words, aligned left; false for numbers.</param>
internal sealed record TableColumn(string Name, bool IsText = false);

/// <summary>Which colour of a heat map stands for what; one for all maps.</summary>
internal sealed record ColourLegendBlock : ReportBlock;

/// <summary>Load of each GPU in each layer, as colours.</summary>
/// <param name="Caption">What it shows.</param>
/// <param name="Placement">The placement.</param>
internal sealed record HeatMapBlock(string Caption, JudgedPlacement Placement) : ReportBlock;

/// <summary>How the loads of the GPUs spread in each layer.</summary>
/// <param name="Caption">What it shows.</param>
/// <param name="Spreads">The layers.</param>
internal sealed record SpreadBlock(string Caption, IReadOnlyList<LayerSpread> Spreads) : ReportBlock;

/// <summary>Values over a row of labels, as lines.</summary>
/// <param name="Caption">What it shows.</param>
/// <param name="Labels">Labels of the horizontal axis.</param>
/// <param name="Series">Lines.</param>
internal sealed record LineBlock(string Caption, IReadOnlyList<string> Labels, IReadOnlyList<LineSeries> Series) : ReportBlock;

/// <summary>One line of a chart.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Values">Its values, one a label; null where it has a gap.</param>
internal sealed record LineSeries(string Name, IReadOnlyList<double?> Values);
