namespace Eplb;

/// <summary>Finds the GPU whose free slots have the most load to bring, where replicas are dealt out the largest first.</summary>
internal static class NeediestGpu
{
    /// <summary>The GPU with room that is short of the most load per free slot, the first on ties; one that got the expert last only where all others are full.</summary>
    /// <remarks>The replicas of an expert come one after another, so that no GPU that has one is taken but for want of room.</remarks>
    /// <param name="mean">Load of a GPU of speed 1.</param>
    /// <param name="load">Load of each GPU so far: [GPUs].</param>
    /// <param name="speed">Speed of each GPU: [GPUs].</param>
    /// <param name="room">Free slots of each GPU: [GPUs].</param>
    /// <param name="latest">Expert that each GPU got last, or -1: [GPUs].</param>
    /// <param name="expert">Expert to deal out.</param>
    public static int Of(double mean, double[] load, double[] speed, int[] room, int[] latest, int expert)
    {
        int neediest = -1;
        double most = 0;
        for (int gpu = 0; gpu < room.Length; gpu++)
        {
            if (room[gpu] == 0) continue;
            double need = ((mean * speed[gpu]) - load[gpu]) / room[gpu];
            bool isRepeated = latest[gpu] == expert;
            if (neediest >= 0 && (isRepeated == (latest[neediest] == expert) ? need <= most : isRepeated)) continue;
            neediest = gpu;
            most = need;
        }

        return neediest;
    }
}
