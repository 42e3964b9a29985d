namespace Eplb.Tests.Balancing;

/// <summary>Every case that was made with the reference comes out equal to the element.</summary>
public sealed class GoldenTests
{
    // A file of further cases, made with the reference by whoever wants more of them than the repository holds.
    private static readonly string? MoreCases = Environment.GetEnvironmentVariable("EPLB_GOLDEN_CASES");

    private static readonly IReadOnlyDictionary<string, GoldenCase> Cases = GoldenCase.Read(MoreCases ?? TestData.PathOf("golden-cases.jsonl"));

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Plan_equals_the_reference(string name)
    {
        GoldenCase golden = Cases[name];
        PlacementMap map = Planner.Plan(golden.Loads, golden.Shape, golden.Policy);
        Assert.Equal(golden.PhysicalToLogical, map.PhysicalToLogical);
        Assert.Equal(golden.LogicalToPhysical, map.LogicalToPhysical);
        Assert.Equal(golden.ExpertCount, map.ExpertCount);
    }
}
