using System.Buffers.Binary;
using System.Text;

namespace Eplb;

/// <summary>omni-infer's pattern: a NumPy array [ranks][MoE layers][experts] of int32, 1 where the rank holds the expert.</summary>
/// <remarks>The order of a rank's slots and a second replica on one rank cannot be written down; on reading, a rank's experts come in ascending order.</remarks>
internal sealed class OmniInferPlacements : IPlacementReader, IPlacementWriter
{
    public bool Recognises(PlacementSource source) => NpyHeader.IsNpy(source.Head.Span);

    public PlacementTable Read(PlacementSource source)
    {
        Stream stream = source.Rewind();
        NpyHeader header = NpyHeader.Read(stream);
        Check(header, stream.Length);
        int ranks = (int)header.Shape[0], layers = (int)header.Shape[1], experts = (int)header.Shape[2];
        var slots = new List<int>[layers];
        for (int layer = 0; layer < layers; layer++) slots[layer] = [];
        byte[] bytes = new byte[experts * header.Type.Size()];
        double[] pattern = new double[experts];
        int[] expected = new int[layers];
        for (int rank = 0; rank < ranks; rank++)
        {
            source.Cancellation.ThrowIfCancellationRequested();
            for (int layer = 0; layer < layers; layer++)
            {
                stream.ReadExactly(bytes, bytes.Length, "the pattern");
                header.Type.Decode(bytes, pattern);
                int count = Take(pattern, slots[layer], rank, layer);
                if (rank == 0) expected[layer] = count;
                if (count == expected[0]) continue;
                throw new EplbException(EplbError.PlacementInvalid,
                    $"Rank {rank} holds {count} experts of layer {layer}, but rank 0 holds {expected[0]} of layer 0; all ranks need the same number in all layers.", layer);
            }
        }

        var table = new PlacementTable { GpuCount = ranks, ExpertCount = experts };
        for (int layer = 0; layer < layers; layer++) table.Add(layer, [.. slots[layer]]);
        return table;
    }

    public void Write(PlacementMap map, IReadOnlyList<PlacementRow> rows, Stream output)
    {
        int experts = map.ExpertCount[0].Length, length = map.ReplicaCount / map.GpuCount;
        WriteHeader(output, map.GpuCount, rows.Count, experts);
        byte[] pattern = new byte[experts * sizeof(int)];
        for (int rank = 0; rank < map.GpuCount; rank++)
        {
            foreach (PlacementRow row in rows)
            {
                Array.Clear(pattern, 0, pattern.Length);
                for (int slot = rank * length; slot < (rank + 1) * length; slot++) pattern[row.Experts[slot] * sizeof(int)] = 1;
                output.Write(pattern, 0, pattern.Length);
            }
        }
    }

    private static int Take(double[] pattern, List<int> slots, int rank, int layer)
    {
        int before = slots.Count;
        for (int expert = 0; expert < pattern.Length; expert++)
        {
            if (pattern[expert] == 0) continue;
            if (pattern[expert] != 1)
            {
                throw new EplbException(EplbError.FormatInvalid,
                    FormattableString.Invariant($"Rank {rank}, layer {layer}, expert {expert} is {pattern[expert]}; a pattern holds 0 and 1 only."), pattern[expert]);
            }

            slots.Add(expert);
        }

        return slots.Count - before;
    }

    private static void Check(NpyHeader header, long length)
    {
        if (header.Shape.Count != 3 || header.IsFortranOrder)
        {
            throw new EplbException(EplbError.FormatInvalid,
                $"The array has the shape {header.ShapeText}{(header.IsFortranOrder ? " in Fortran order" : "")}; a pattern is (ranks, MoE layers, experts) in C order.");
        }

        if (header.Shape.Contains(0)) throw new EplbException(EplbError.PlacementInvalid, $"The array of {header.ShapeText} is empty.");
        if (header.DataOffset + header.DataLength > length)
        {
            throw new EplbException(EplbError.FormatInvalid,
                $"The array of {header.ShapeText} needs {header.DataLength} bytes, but the file has {length - header.DataOffset} behind its header.");
        }
    }

    private static void WriteHeader(Stream output, int ranks, int layers, int experts)
    {
        // NumPy pads the header with spaces so that the data starts at a multiple of 64.
        string text = $"{{'descr': '<i4', 'fortran_order': False, 'shape': ({ranks}, {layers}, {experts}), }}";
        const int Start = 10;
        text = text.PadRight(((Start + text.Length + 1 + 63) / 64 * 64) - Start - 1) + "\n";
        byte[] header = new byte[Start + text.Length];
        byte[] mark = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];
        mark.CopyTo(header, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)text.Length);
        Encoding.ASCII.GetBytes(text, 0, text.Length, header, Start);
        output.Write(header, 0, header.Length);
    }
}
