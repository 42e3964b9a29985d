using System.Security.Cryptography;
using System.Text;

namespace Eplb;

/// <summary>The style and the script that every page carries, and the policy that lets a browser run these and nothing else.</summary>
internal static class PageAssets
{
    /// <summary>The style.</summary>
    public static string Style { get; } = Read("report.css");

    /// <summary>The script: tooltips by mouse and keyboard. The page says all it has to say without it.</summary>
    public static string Script { get; } = Read("report.js");

    /// <summary>The content security policy: no network, and no style or script but ours, by their hashes.</summary>
    public static string Policy { get; } = $"default-src 'none'; style-src '{HashOf(Style)}'; script-src '{HashOf(Script)}'; base-uri 'none'; form-action 'none'";

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(PageAssets).Assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        // A checkout on Windows may have turned the line ends, and equal inputs give equal bytes.
        return reader.ReadToEnd().Replace("\r\n", "\n");
    }

    private static string HashOf(string text)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(text));
        return "sha256-" + Convert.ToBase64String(hash.GetHashAndReset());
    }
}
