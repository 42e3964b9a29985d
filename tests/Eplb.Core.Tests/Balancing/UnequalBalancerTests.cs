using CsCheck;

namespace Eplb.Tests.Balancing;

/// <summary>The plan that refinement starts from where GPUs or nodes differ.</summary>
public sealed class UnequalBalancerTests
{
    [Fact]
    public void Groups_go_to_the_node_where_they_end_earliest_in_every_layer_anew() =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 2], Gen.Int[1, 4].Array[6], Gen.Int[0, 50].Array[12].Array[2]).Sample((groupsPerNode, groupSize, speed, layers) =>
        {
            int groups = 3 * groupsPerNode, experts = groups * groupSize;
            var shape = new ClusterShape(6 * ((experts / 6) + 2), 6, 3, groups, gpuSpeed: [.. speed.Select(value => value / 2.0)]);
            var balancer = new UnequalBalancer(PlacementPolicy.Hierarchical, experts, shape);
            foreach (int[] layer in layers)
            {
                float[] load = [.. Enumerable.Range(0, experts).Select(expert => (float)layer[expert % layer.Length])];
                int[] slots = new int[shape.ReplicaCount], replica = new int[shape.ReplicaCount], count = new int[experts];
                balancer.Balance(load, slots, replica, count);
                int[] nodeOfGroup = NodesOf([.. load.Chunk(groupSize).Select(group => (double)group.Sum())], shape, groupsPerNode);
                Assert.Equal(Enumerable.Range(0, experts), slots.Distinct().Order());
                for (int slot = 0; slot < slots.Length; slot++) Assert.Equal(nodeOfGroup[slots[slot] / groupSize], shape.NodeOf(shape.GpuOf(slot)));
                Assert.Equal(count, Enumerable.Range(0, experts).Select(expert => slots.Count(held => held == expert)));
                foreach (IGrouping<int, int> expert in Enumerable.Range(0, slots.Length).GroupBy(slot => slots[slot]))
                    Assert.Equal(Enumerable.Range(0, count[expert.Key]), expert.Select(slot => replica[slot]).Order());
            }
        });

    [Fact]
    public void Replicas_go_to_the_GPU_that_is_short_of_the_most_load_per_free_slot_the_first_on_ties()
    {
        // Speeds 1 and 2 want 20/3 and 40/3, in two slots each: 8 to the fast one, which then wants 5.3 in one slot, more than 3.3 in each of two: 6 too.
        Assert.Equal([1, 0, 3, 2], Plan([2, 4, 6, 8], new ClusterShape(4, 2, gpuSpeed: [1, 2])));
        // Five of 3 in three slots and two, 7.5 for each GPU: the one of two slots is short of more per slot until it is full.
        Assert.Equal([2, 3, 4, 0, 1], Plan([3, 3, 3, 3, 3], new ClusterShape(5, 2)));
        // The fast GPU is short of the most even after its replica of 8 / 2, but gets no second one while the other has room.
        Assert.Equal([0, 1, 0], Plan([8, 1], new ClusterShape(3, 2, gpuSpeed: [8, 1])));

        static int[] Plan(float[] load, ClusterShape shape)
        {
            int[] slots = new int[shape.ReplicaCount];
            new UnequalBalancer(PlacementPolicy.Global, load.Length, shape).Balance(load, slots, new int[slots.Length], new int[load.Length]);
            return slots;
        }
    }

    private static int[] NodesOf(double[] group, ClusterShape shape, int groupsPerNode)
    {
        double[] load = new double[shape.NodeCount];
        int[] room = [.. Enumerable.Repeat(groupsPerNode, shape.NodeCount)], nodeOf = new int[group.Length];
        foreach (int next in Enumerable.Range(0, group.Length).OrderByDescending(i => group[i]))
        {
            int node = Enumerable.Range(0, shape.NodeCount).Where(i => room[i] > 0).MinBy(i => (load[i] + group[next]) / shape.SpeedOfNode(i));
            load[node] += group[next];
            room[node]--;
            nodeOf[next] = node;
        }

        return nodeOf;
    }
}
