namespace Eplb;

/// <summary>Finds where a load ends earliest: on a GPU, or on a node.</summary>
internal static class EarliestEnd
{
    /// <summary>The place with room at which load over speed is lowest once it has more, the first on ties; -1 where none has room.</summary>
    /// <param name="load">Load of each place: [places].</param>
    /// <param name="more">What is to be added.</param>
    /// <param name="speed">Speed of each place, above 0: [places].</param>
    /// <param name="room">How much more each place takes, in numbers: [places].</param>
    public static int Of(double[] load, double more, double[] speed, int[] room)
    {
        int earliest = -1;
        double end = double.PositiveInfinity;
        for (int place = 0; place < load.Length; place++)
        {
            if (room[place] == 0 || (load[place] + more) / speed[place] >= end) continue;
            end = (load[place] + more) / speed[place];
            earliest = place;
        }

        return earliest;
    }
}
