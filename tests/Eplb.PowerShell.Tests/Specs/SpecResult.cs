using System.Text.Json;

namespace Eplb.Tests.Specs;

/// <summary>How one It went; one line of JSON in the file that the child process leaves.</summary>
internal sealed record SpecResult(string Path, SpecOutcome Outcome, string Message = "")
{
    public string ToLine() => JsonSerializer.Serialize(this);

    public static SpecResult FromLine(string line) => JsonSerializer.Deserialize<SpecResult>(line)!;

    /// <summary>What a test report shows as the name.</summary>
    public override string ToString() => Path;
}
