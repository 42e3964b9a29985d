using System.Security.Cryptography;
using System.Text;

namespace Eplb.Tests.Balancing;

/// <summary>A hash of what was found, short enough to be written down in a test.</summary>
internal static class ShortHash
{
    /// <summary>The first 16 hexadecimal digits of the SHA-256 of a text.</summary>
    /// <param name="text">ASCII text.</param>
    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)))[..16];

    /// <summary>That of rows of numbers.</summary>
    /// <param name="rows">The rows.</param>
    public static string Of(IEnumerable<int[]> rows) => Of(string.Concat(rows.Select(row => string.Join(',', row) + ";")));
}
