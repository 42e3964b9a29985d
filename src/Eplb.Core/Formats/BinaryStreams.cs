namespace Eplb;

/// <summary>Reads whole pieces of a binary file; a file that ends too early is one clear error.</summary>
internal static class BinaryStreams
{
    /// <summary>Reads bytes into a new array. The caller has checked the count against what the file can hold.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="count">Number of bytes.</param>
    /// <param name="what">What is read, for the error.</param>
    /// <exception cref="EplbException">The file ends too early.</exception>
    public static byte[] ReadExactly(this Stream stream, int count, string what)
    {
        byte[] bytes = new byte[count];
        stream.ReadExactly(bytes, count, what);
        return bytes;
    }

    /// <summary>Fills the start of an array.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="bytes">Takes the bytes.</param>
    /// <param name="count">Number of bytes.</param>
    /// <param name="what">What is read, for the error.</param>
    /// <exception cref="EplbException">The file ends too early.</exception>
    public static void ReadExactly(this Stream stream, byte[] bytes, int count, string what)
    {
        int read = stream.ReadUpTo(bytes, count);
        if (read < count)
            throw new EplbException(EplbError.FormatInvalid, $"The file ends inside {what}: {count - read} of {count} bytes are missing.");
    }

    /// <summary>Fills the start of an array as far as the file goes.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="bytes">Takes the bytes.</param>
    /// <param name="count">Most bytes.</param>
    /// <returns>Number of bytes read.</returns>
    public static int ReadUpTo(this Stream stream, byte[] bytes, int count)
    {
        int total = 0;
        while (total < count)
        {
            int read = stream.Read(bytes, total, count - total);
            if (read == 0) break;
            total += read;
        }

        return total;
    }
}
