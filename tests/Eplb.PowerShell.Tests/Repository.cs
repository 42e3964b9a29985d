namespace Eplb.Tests;

/// <summary>Where the checkout under test lies.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        DirectoryInfo at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Eplb.psd1"))) at = at.Parent!;
        return at.FullName;
    }
}
