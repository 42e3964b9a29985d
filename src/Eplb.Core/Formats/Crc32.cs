using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Eplb;

/// <summary>The CRC-32 that zip archives keep of their entries, taken in steps of sixteen bytes with a table for each.</summary>
/// <remarks>System.IO.Hashing has one too, but would be one more assembly in every session.</remarks>
internal static class Crc32
{
    private const int StepLength = 16;
    private const int TableLength = 256;
    private const uint Polynomial = 0xEDB88320;

    // Table t: what a byte adds to the sum when t more bytes follow it in its step.
    private static readonly uint[] Tables = MakeTables();

    /// <summary>The checksum of what it was taken of so far and of more bytes behind that.</summary>
    /// <param name="checksum">Checksum so far; 0 of nothing.</param>
    /// <param name="bytes">The next bytes.</param>
    [MethodImpl(Jit.OptimizeAtOnce)]
    public static unsafe uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        uint sum = ~checksum;
        fixed (uint* tables = Tables)
        {
            for (; bytes.Length >= StepLength; bytes = bytes.Slice(StepLength))
            {
                ulong first = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ sum, second = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(8));
                sum = Fold(tables + (12 * TableLength), (uint)first) ^ Fold(tables + (8 * TableLength), (uint)(first >> 32))
                    ^ Fold(tables + (4 * TableLength), (uint)second) ^ Fold(tables, (uint)(second >> 32));
            }

            foreach (byte next in bytes) sum = (sum >> 8) ^ tables[(byte)(sum ^ next)];
        }

        return ~sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe uint Fold(uint* tables, uint word) =>
        tables[(3 * TableLength) + (byte)word] ^ tables[(2 * TableLength) + (byte)(word >> 8)] ^ tables[TableLength + (byte)(word >> 16)] ^ tables[word >> 24];

    private static uint[] MakeTables()
    {
        uint[] tables = new uint[StepLength * TableLength];
        for (uint value = 0; value < TableLength; value++)
        {
            uint sum = value;
            for (int bit = 0; bit < 8; bit++) sum = (sum & 1) == 0 ? sum >> 1 : (sum >> 1) ^ Polynomial;
            tables[value] = sum;
        }

        for (int i = TableLength; i < tables.Length; i++)
        {
            uint before = tables[i - TableLength];
            tables[i] = (before >> 8) ^ tables[(byte)before];
        }

        return tables;
    }
}
