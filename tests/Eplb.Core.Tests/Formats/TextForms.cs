using System.Text;

namespace Eplb.Tests.Formats;

/// <summary>The forms in which one text comes out of different systems.</summary>
internal static class TextForms
{
    /// <summary>Names of the forms.</summary>
    public static readonly string[] All = ["UTF-8 with a mark", "UTF-16", "UTF-16 with a mark", "UTF-16 big-endian"];

    /// <summary>A text as bytes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="form">Name of the form.</param>
    public static byte[] Encode(string text, string form)
    {
        Encoding encoding = form switch
        {
            "UTF-8 with a mark" => new UTF8Encoding(encoderShouldEmitUTF8Identifier: true),
            "UTF-16" => new UnicodeEncoding(bigEndian: false, byteOrderMark: false),
            "UTF-16 with a mark" => new UnicodeEncoding(bigEndian: false, byteOrderMark: true),
            _ => new UnicodeEncoding(bigEndian: true, byteOrderMark: true),
        };
        return [.. encoding.GetPreamble(), .. encoding.GetBytes(text)];
    }
}
