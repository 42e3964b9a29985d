using System.Security.Cryptography;

namespace Eplb.Tests;

public class PlacementHashTests
{
    private static readonly int[] Slots = [0, 1, 1, 2];

    [Fact]
    public void The_hash_is_that_of_the_text_that_its_help_describes()
    {
        var map = new PlacementMap([LayerPlacement.Create(3, Slots, 3), LayerPlacement.Create(7, [2, 1, 0, 0], 3)], new ClusterShape(4, 2), PlacementPolicy.Global);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("2 1\n3:0,1,1,2\n7:2,1,0,0\n"u8)), PlacementHash.Of(map));
    }

    [Fact]
    public void The_hash_tells_what_slots_hold_not_how_it_came_about()
    {
        string hash = Of(Slots, new ClusterShape(4, 2, 2, 1));
        Assert.Equal(hash, Of(Slots, new ClusterShape(4, 2, 2, 8), PlacementPolicy.Hierarchical, [1, 2, 3]));
        Assert.NotEqual(hash, Of([1, 0, 1, 2], new ClusterShape(4, 2, 2, 1)));
        Assert.NotEqual(hash, Of(Slots, new ClusterShape(4, 4, 2, 1)));
        Assert.NotEqual(hash, Of(Slots, new ClusterShape(4, 2, 1, 1)));
    }

    private static string Of(int[] slots, ClusterShape shape, PlacementPolicy policy = PlacementPolicy.Global, double[]? load = null) =>
        PlacementHash.Of(new PlacementMap([LayerPlacement.Create(0, slots, 3, load)], shape, policy));
}
