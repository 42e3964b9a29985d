using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Eplb.Tests.Formats;

/// <summary>Damages a file as chance, a bad disk or an attacker would, the same for the same seed.</summary>
/// <remarks>Archives and UTF-16 texts are often damaged inside and then put together again, so that the damage gets past their own checks.</remarks>
internal static class Mutations
{
    // Damage multiplies what it finds; a file that grows beyond this says nothing new.
    private const int MaxLength = 1 << 16;

    private static readonly byte[] Punctuation = "0123456789-+.eE,;:[]{}()\"'# \t\r\n\\/\0\u0080\u00FF"u8.ToArray();
    private static readonly byte[] Opcodes = [.. "(.NKMJXG}]tuaseqrhjcRQbioP"u8, 0x80, 0x81, 0x82, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x93, 0x94, 0x95];

    private static readonly string[] Numbers =
    [
        "-1", "0", "-0", "1", "1.5", "255", "256", "65535", "65536", "1048575", "1048576", "16777217", "2147483647", "2147483648", "-2147483649", "4294967296",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "3.5e38", "1e308", "1e309", "-1e308", "1e-320", "NaN",
        "-Infinity", "99999999999999999999999999999999999999", "00", "0x10", "1_0", "1e", "٣",
    ];

    private static readonly string[] Words = ["null", "true", "{}", "[]", "\"\"", "\\ud800", "\u001B[2J", "\uFEFF", "\u202E", "#TYPE ", "--- ", "&a *a", "\u00C4\u0130", "__proto__"];

    private static readonly ulong[] Bits =
    [
        0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF,
        BitConverter.DoubleToUInt64Bits(double.NaN), BitConverter.DoubleToUInt64Bits(double.PositiveInfinity), BitConverter.DoubleToUInt64Bits(1e308),
        BitConverter.DoubleToUInt64Bits(-1), BitConverter.SingleToUInt32Bits(float.NaN), BitConverter.SingleToUInt32Bits(float.MaxValue), 0x7C00, 0x50403, 0x6054B50,
    ];

    /// <summary>A damaged copy of a file.</summary>
    /// <param name="content">The file.</param>
    /// <param name="random">Decides what is done.</param>
    public static byte[] Of(byte[] content, Random random)
    {
        if (ZipEntries.IsZip(content) && random.Next(4) > 0) return ZipMutations.Of(content, random);
        Encoding encoding = TextEncodings.Recognise(content);
        if (encoding is UTF8Encoding || random.Next(4) == 0) return OfBytes(content, random);
        byte[] text = Encoding.UTF8.GetBytes(encoding.GetString(content));
        return encoding.GetBytes(Encoding.UTF8.GetString(OfBytes(text, random)));
    }

    /// <summary>A damaged copy of bytes that are taken as they are.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="random">Decides what is done.</param>
    public static byte[] OfBytes(byte[] content, Random random)
    {
        List<byte> bytes = [.. content];
        for (int times = random.Next(16) == 0 ? random.Next(5, 40) : random.Next(1, 5); times > 0 && bytes.Count is > 0 and < MaxLength; times--) Change(bytes, random);
        return [.. bytes];
    }

    private static void Change(List<byte> bytes, Random random)
    {
        int place = random.Next(bytes.Count), rest = bytes.Count - place;
        switch (random.Next(12))
        {
            case 0:
                bytes[place] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[place] = (byte)random.Next(256);
                break;
            case 2:
                bytes[place] = Any(random.Next(2) == 0 ? Punctuation : Opcodes, random);
                break;
            case 3:
                bytes.Insert(place, Any(random.Next(2) == 0 ? Punctuation : Opcodes, random));
                break;
            case 4:
                bytes.RemoveRange(place, Math.Min(random.Next(1, 9), rest));
                break;
            case 5:
                bytes.RemoveRange(place, random.Next(4) == 0 ? rest : random.Next(rest));
                break;
            case 6:
                Repeat(bytes, place, random);
                break;
            case 7:
                Swap(bytes, place, random);
                break;
            case 8:
                bytes.InsertRange(place, Encoding.UTF8.GetBytes(Any(Words, random)));
                break;
            case 9:
                Overwrite(bytes, random.Next(2) == 0 ? place : place & ~7, random);
                break;
            default:
                ReplaceNumber(bytes, place, random);
                break;
        }
    }

    private static void Repeat(List<byte> bytes, int place, Random random)
    {
        List<byte> chunk = bytes.GetRange(place, random.Next(Math.Min(bytes.Count - place, 200)) + 1);
        int target = random.Next(2) == 0 ? place : random.Next(bytes.Count);
        for (int times = random.Next(8) == 0 ? random.Next(2, 100) : 1; times > 0 && bytes.Count < MaxLength; times--) bytes.InsertRange(target, chunk);
    }

    private static void Swap(List<byte> bytes, int place, Random random)
    {
        int other = random.Next(bytes.Count);
        (int first, int second) = (Math.Min(place, other), Math.Max(place, other));
        int length = Math.Min(random.Next(1, 64), Math.Min(second - first, bytes.Count - second));
        for (int i = 0; i < length; i++) (bytes[first + i], bytes[second + i]) = (bytes[second + i], bytes[first + i]);
    }

    private static void Overwrite(List<byte> bytes, int place, Random random)
    {
        byte[] value = new byte[8];
        ulong bits = Any(Bits, random);
        if (random.Next(4) == 0)
            BinaryPrimitives.WriteUInt64BigEndian(value, bits);
        else
            BinaryPrimitives.WriteUInt64LittleEndian(value, bits);
        int length = Math.Min(1 << random.Next(4), bytes.Count - place);
        for (int i = 0; i < length; i++) bytes[place + i] = value[i];
    }

    // The first number at or behind the place; half of the time without moving anything behind it, since binary headers count their bytes.
    private static void ReplaceNumber(List<byte> bytes, int place, Random random)
    {
        while (place < bytes.Count && !IsDigit(bytes[place])) place++;
        int end = place;
        while (end < bytes.Count && IsDigit(bytes[end])) end++;
        if (random.Next(2) == 0)
        {
            bool isNear = end - place < 9 && random.Next(2) == 0;
            string number = isNear && int.TryParse(Encoding.ASCII.GetString([.. bytes[place..end]]), out int value)
                ? (value + random.Next(-1, 2)).ToString(CultureInfo.InvariantCulture)
                : Any(Numbers, random);
            bytes.RemoveRange(place, end - place);
            bytes.InsertRange(place, Encoding.UTF8.GetBytes(number));
            return;
        }

        bool areNines = random.Next(3) == 0;
        for (; place < end; place++) bytes[place] = areNines ? (byte)'9' : (byte)('0' + random.Next(10));
    }

    private static bool IsDigit(byte value) => value is >= (byte)'0' and <= (byte)'9';

    private static T Any<T>(T[] values, Random random) => values[random.Next(values.Length)];
}
