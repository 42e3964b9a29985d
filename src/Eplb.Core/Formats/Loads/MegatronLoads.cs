using System.IO.Compression;
using System.Text;

namespace Eplb;

/// <summary>Reads the expert-load dump of a rank that Megatron-core writes as .npz: loads [layers, forwards, experts].</summary>
internal static class MegatronLoads
{
    private const string Version = "mcore_ep_load_dump_v1";

    /// <summary>Whether an archive is such a dump.</summary>
    /// <param name="archive">The archive.</param>
    public static bool IsDump(CheckedArchive archive) => archive.Find("dump_version.npy") is not null && archive.Find("loads.npy") is not null;

    /// <summary>Reads the dump.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="sums">Takes the loads: windows are forward passes, layers are as the dump numbers them.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <returns>The rank that wrote the dump, and of how many.</returns>
    /// <exception cref="EplbException">Another version, or arrays that are missing or disagree.</exception>
    public static RecordingPart Read(CheckedArchive archive, LoadSums sums, CancellationToken cancellation)
    {
        CheckVersion(archive);
        int[] layers = ReadInts(archive, "layer_numbers");
        int[] forwards = ReadInts(archive, "forward_counts");
        int rank = ReadInts(archive, "ep_rank")[0];
        int? rankCount = FindInt(archive, "ep_size"), slots = FindInt(archive, "num_global_physical_experts");
        if (rank >= rankCount)
            throw new EplbException(EplbError.FormatInvalid, $"ep_rank is {rank} and ep_size {rankCount}; ranks are counted from 0, so that the last is ep_size - 1.", rank);
        if (layers.Distinct().Count() != layers.Length) throw new EplbException(EplbError.FormatInvalid, "layer_numbers has a layer twice.");
        foreach (int layer in layers) LoadSums.CheckLayer(layer);
        int columns = archive.Read(Find(archive, "loads"), (stream, length) => ReadLoads(stream, length, layers, forwards, sums, cancellation));
        return columns == (slots ?? columns)
            ? new RecordingPart(rank, RankCount: rankCount)
            : throw new EplbException(EplbError.RowLengthMismatch, $"loads has {columns} columns, but num_global_physical_experts is {slots}; there is one column a physical expert.", columns);
    }

    private static int ReadLoads(Stream stream, long length, int[] layers, int[] forwards, LoadSums sums, CancellationToken cancellation)
    {
        NpyHeader header = NpyHeader.Read(stream);
        bool isShaped = header.Shape.Count == 3 && header.Shape[0] == layers.Length && layers.Length == forwards.Length && !header.IsFortranOrder;
        if (!isShaped || header.DataLength != length - header.DataOffset)
        {
            throw new EplbException(EplbError.FormatInvalid,
                $"loads has the shape {header.ShapeText} in {length - header.DataOffset} bytes; with {layers.Length} layer_numbers and {forwards.Length} forward_counts, [layers, forwards, experts] is right.");
        }

        (_, int passes, int experts) = LoadSums.CheckShape(header.Shape);
        ArrayRows.Read(stream, header.Type, (long)layers.Length * passes, experts, (row, loads) =>
        {
            int position = (int)(row / passes);
            long pass = row % passes;
            // Behind a layer's own count the buffer was never written.
            if (pass < forwards[position]) sums.Add(pass, layers[position], loads);
        }, cancellation);
        return experts;
    }

    private static void CheckVersion(CheckedArchive archive)
    {
        // NumPy pads each character of a text with zeros to four bytes.
        byte[] array = archive.Read(Find(archive, "dump_version"), (stream, length) => stream.ReadExactly((int)Math.Min(1 << 12, length), "dump_version"));
        string text = Encoding.ASCII.GetString([.. array.Where(next => next != 0)]);
        if (!text.EndsWith(Version, StringComparison.Ordinal))
            throw new EplbException(EplbError.FormatUnknown, $"The dump_version is not {Version}, the only one that is known.");
    }

    private static int[] ReadInts(CheckedArchive archive, string name) => archive.Read(Find(archive, name), (stream, length) =>
    {
        NpyHeader header = NpyHeader.Read(stream);
        long count = header.DataLength / header.Type.Size();
        if (header.Shape.Count > 1 || count is < 1 or > LoadSums.MaxLayerCount || header.DataLength != length - header.DataOffset)
            throw new EplbException(EplbError.FormatInvalid, $"{name} has the shape {header.ShapeText}; one whole number a layer or rank is right.");
        int[] values = [];
        ArrayRows.Read(stream, header.Type, 1, (int)count, (_, row) => values = Array.ConvertAll(row, value => AsInt(value, name)), default);
        return values;
    });

    private static int? FindInt(CheckedArchive archive, string name) => archive.Find(name + ".npy") is null ? null : ReadInts(archive, name)[0];

    private static int AsInt(double value, string name) => value is >= 0 and <= int.MaxValue && value == Math.Floor(value)
        ? (int)value
        : throw new EplbException(EplbError.FormatInvalid, FormattableString.Invariant($"{name} holds {value:R}; whole numbers of 0 or more are right."));

    private static ZipArchiveEntry Find(CheckedArchive archive, string name) => archive.Find(name + ".npy")
        ?? throw new EplbException(EplbError.FormatInvalid, $"The dump has no array {name}.");
}
