using static Eplb.ChartFrame;

namespace Eplb;

/// <summary>Draws the load of each GPU in each layer: a row a layer, a column a GPU.</summary>
/// <remarks>A cell is one unit wide and high and scaled by its group, and its size comes from the style: thousands of them must stay a small page.</remarks>
internal static class HeatMapSvg
{
    private const int Top = 34, Bottom = 6;

    /// <summary>Draws one map.</summary>
    /// <param name="html">Page to write to.</param>
    /// <param name="block">The map.</param>
    public static void Write(HtmlWriter html, HeatMapBlock block)
    {
        JudgedPlacement placement = block.Placement;
        int gpus = placement.Map.GpuCount, layers = placement.GpuLoads.Count;
        int cellWidth = Math.Max(6, Math.Min(32, Width / gpus)), cellHeight = layers > 40 ? 9 : layers > 16 ? 13 : 20;
        string balance = $"balancedness {Display.Balancedness(placement.Summary.Balancedness)}";
        Open(html, $"{block.Caption} ({balance})", $"{block.Caption}: load of {Display.Count(gpus, "GPU")} in {Display.Count(layers, "layer")} over the mean; {balance}",
            Left + (gpus * cellWidth) + Right, Top + (layers * cellHeight) + Bottom);
        WriteAxes(html, placement, cellWidth, cellHeight);
        html.Open("g", ("class", "cells"), ("transform", $"translate({Left} {Top}) scale({cellWidth} {cellHeight})")).Line();
        for (int i = 0; i < layers; i++) WriteRow(html, placement.GpuLoads[i], i);
        html.Close();
        WriteNodeBorders(html, placement.Map.Shape, cellWidth, layers * cellHeight);
        ChartFrame.Close(html);
    }

    private static void WriteRow(HtmlWriter html, LayerGpuLoad layer, int row)
    {
        string id = Text(layer.Placement.Layer);
        html.Open("g", ("class", "row"), ("transform", $"translate(0 {Text(row)})"));
        if (layer.IsIdle)
        {
            html.Open("rect", ("class", "idle"), ("width", Text(layer.Gpu.Length))).Element("title", $"layer {id}: idle").Close();
        }
        else
        {
            double mean = layer.Mean;
            for (int gpu = 0; gpu < layer.Gpu.Length; gpu++)
            {
                if (layer.Shape.IsExcluded(gpu)) continue;
                double ratio = layer.Gpu[gpu] / mean;
                html.Open("rect", ("x", Text(gpu)), ("class", ColourScale.ClassOf(ratio)))
                    .Element("title", $"layer {id}, GPU {Text(gpu)}: {Display.Load(layer.Gpu[gpu])} ({Display.Ratio(ratio)})").Close();
            }
        }

        html.Close().Line();
    }

    private static void WriteAxes(HtmlWriter html, JudgedPlacement placement, int cellWidth, int cellHeight)
    {
        ClusterShape shape = placement.Map.Shape;
        int nodeWidth = shape.GpusPerNode * cellWidth;
        html.Open("g", ("class", "axis"), ("aria-hidden", "true"));
        for (int node = 0; node < shape.NodeCount && nodeWidth >= 48; node++)
            WriteLabel(html, Left + (node * nodeWidth) + (nodeWidth / 2), 12, $"node {Text(node)}");
        int every = cellWidth >= 20 ? 1 : Math.Max(4, shape.GpusPerNode % 8 == 0 && cellWidth * 8 >= 24 ? 8 : shape.GpusPerNode);
        for (int gpu = 0; gpu < shape.GpuCount; gpu += every)
            WriteLabel(html, Left + (gpu * cellWidth) + (cellWidth / 2), 28, Text(gpu));
        int step = cellHeight >= 13 ? 1 : 5;
        for (int i = 0; i < placement.GpuLoads.Count; i += step)
            WriteLabel(html, Left - 6, Top + (i * cellHeight) + (cellHeight / 2) + 4, Text(placement.Map.Layer[i]), anchor: "end");
        html.Close().Line();
    }

    private static void WriteNodeBorders(HtmlWriter html, ClusterShape shape, int cellWidth, int height)
    {
        html.Open("g", ("class", "border"), ("aria-hidden", "true"));
        for (int node = 1; node < shape.NodeCount; node++)
        {
            string x = Text(Left + (node * shape.GpusPerNode * cellWidth));
            html.Open("path", ("d", $"M{x} {Top}v{Text(height)}")).Close();
        }

        html.Close();
    }
}
