namespace Eplb.Hosting;

/// <summary>What the caller asked for: the script to run and the module to load.</summary>
internal sealed record CommandLine(string Script, string? Manifest, string? Edition)
{
    private const string Usage = """
        Runs PowerShell with the module Eplb loaded, on machines without pwsh.

        Eplb.Host [options] script.ps1 [arguments of the script]
        Eplb.Host [options] -Command text

          -Manifest path   load the module from this manifest (else: Eplb.psd1 in the program's folder or above it)
          -Edition name    Core (default) or Desktop: the build that Windows PowerShell 5.1 would load
        """;

    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        string? manifest = null;
        string? edition = null;
        for (int i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i].ToUpperInvariant())
            {
                case "-MANIFEST":
                    manifest = Value(arguments, ++i);
                    break;
                case "-EDITION":
                    edition = Value(arguments, ++i);
                    break;
                case "-COMMAND":
                    Value(arguments, i + 1);
                    return new CommandLine(ScriptText.OfCommand(string.Join(' ', arguments.Skip(i + 1))), manifest, edition);
                case ['-', ..]:
                    throw new UsageException($"Unknown option {arguments[i]}.\n\n{Usage}");
                default:
                    return new CommandLine(ScriptText.OfFile(arguments[i], arguments.Skip(i + 1)), manifest, edition);
            }
        }
        throw new UsageException(Usage);
    }

    private static string Value(IReadOnlyList<string> arguments, int index) => index < arguments.Count
        ? arguments[index]
        : throw new UsageException($"{arguments[index - 1]} needs a value.\n\n{Usage}");
}
