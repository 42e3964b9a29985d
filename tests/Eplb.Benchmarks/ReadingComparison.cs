using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Eplb.Benchmarks;

/// <summary>Times reading a recording, windows added up, against what Python users read the same file with.</summary>
internal static class ReadingComparison
{
    private const int Rounds = 2;
    private const int Windows = 1000;
    private const int Layers = 58;
    private const int Experts = 256;

    /// <summary>The table, line by line.</summary>
    /// <param name="folder">Where the files go.</param>
    public static IEnumerable<string> Table(string folder)
    {
        Peer? python = Peer.Python("time_reading.py");
        yield return "";
        yield return $"| read {Layers} x {Experts} x {Windows} windows | MB | ms | Python ms | ratio | sums |";
        yield return "|---|---|---|---|---|---|";
        long[][][] loads = MakeUp();
        foreach (string extension in (string[])["npy", "csv", "json"])
        {
            string file = Path.Combine(folder, $"recording.{extension}");
            Write(file, loads);
            Timing ours = OfOurs(file);
            Timing? theirs = null;
            for (int round = 0; round < Rounds; round++)
            {
                ours = ours.Better(OfOurs(file));
                if (python is not null) theirs = python.TimeReading(file).Better(theirs);
            }

            string sums = (theirs ?? ours).Checksum == ours.Checksum ? "equal" : "DIFFERENT";
            yield return $"| .{extension} | {new FileInfo(file).Length / 1_000_000} | {ours} | {theirs?.ToString() ?? "-"} | {theirs?.Over(ours) ?? "-"} | {sums} |";
        }
    }

    private static Timing OfOurs(string file)
    {
        double best = double.PositiveInfinity, total = 0;
        var watch = Stopwatch.StartNew();
        do
        {
            long start = Stopwatch.GetTimestamp();
            IReadOnlyList<ExpertLoad> loads = ExpertLoadReader.Read(file);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            total = loads.Sum(load => load.Total);
        }
        while (watch.ElapsedMilliseconds < 1000);

        return new Timing(best, total.ToString("F0", CultureInfo.InvariantCulture));
    }

    private static long[][][] MakeUp()
    {
        var random = new Random(Seed: 20);
        return [.. Enumerable.Range(0, Windows).Select(_ => (long[][])[.. Enumerable.Range(0, Layers)
            .Select(_ => (long[])[.. Enumerable.Range(0, Experts).Select(_ => (long)(400 * Math.Exp(3 * random.NextDouble())))])])];
    }

    private static void Write(string file, long[][][] loads)
    {
        switch (Path.GetExtension(file))
        {
            case ".npy":
                WriteNpy(file, loads);
                break;
            case ".csv":
                using (StreamWriter text = File.CreateText(file)) WriteCsv(text, loads);
                break;
            default:
                File.WriteAllBytes(file, JsonSerializer.SerializeToUtf8Bytes(new { logical_count = loads }));
                break;
        }
    }

    private static void WriteCsv(StreamWriter text, long[][][] loads)
    {
        text.WriteLine("window,layer,expert,load");
        for (int window = 0; window < Windows; window++)
        {
            for (int layer = 0; layer < Layers; layer++)
            {
                for (int expert = 0; expert < Experts; expert++)
                    text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{window},{layer},{expert},{loads[window][layer][expert]}"));
            }
        }
    }

    private static void WriteNpy(string file, long[][][] loads)
    {
        string header = $"{{'descr': '<i8', 'fortran_order': False, 'shape': ({Windows}, {Layers}, {Experts}), }}".PadRight(117) + "\n";
        using FileStream stream = File.Create(file);
        stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header)]);
        byte[] row = new byte[Experts * sizeof(long)];
        foreach (long[] loadsOfLayer in loads.SelectMany(window => window))
        {
            for (int expert = 0; expert < Experts; expert++) BinaryPrimitives.WriteInt64LittleEndian(row.AsSpan(expert * sizeof(long)), loadsOfLayer[expert]);
            stream.Write(row);
        }
    }
}
