using CsCheck;

namespace Eplb.Tests.Balancing;

/// <summary>The plan that refinement starts from where GPUs or nodes differ: the largest first, each to where it ends earliest.</summary>
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
    public void Replicas_go_to_the_GPU_where_they_end_earliest_the_first_on_ties()
    {
        // Four slots on GPUs of speed 1 and 2: 8 on the fast one, 6 on the slow one (6 < 7), 4 and 2 where they end earliest.
        Assert.Equal([2, 0, 3, 1], Plan([2, 4, 6, 8], new ClusterShape(4, 2, gpuSpeed: [1, 2])));
        Assert.Equal([0, 2, 4, 1, 3], Plan([3, 3, 3, 3, 3], new ClusterShape(5, 2)));

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
