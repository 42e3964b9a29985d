namespace Eplb;

/// <summary>Finds what one layer breaks.</summary>
internal sealed class LayerRules(PlacementDraft draft, PlacementTarget target, PlacementRow row)
{
    /// <summary>The broken rules: those of the slots in their order, then those of the GPUs, then missing experts.</summary>
    public IEnumerable<PlacementFinding> Check() => CheckNumbering().Concat(CheckExperts()).Concat(CheckGpus(row.Gpus)).Concat(CheckCoverage());

    private IEnumerable<PlacementFinding> CheckNumbering()
    {
        int next = 0;
        for (int i = 0; i < row.Experts.Length; i++)
        {
            int slot = row.SlotOf(i);
            if (slot < 0)
            {
                yield return Find(PlacementRule.SlotOutOfRange, $"slot {slot} does not exist; slots are 0 to {draft.SlotCount - 1}", i);
                continue;
            }

            if (slot > next) yield return Find(PlacementRule.SlotMissing, $"{(slot == next + 1 ? $"slot {next} is" : $"slots {next} to {slot - 1} are")} missing", i, next);
            if (slot < next) yield return Find(PlacementRule.SlotRepeated, $"slot {slot} is there twice", i, slot);
            next = slot + 1;
        }

        if (next != draft.SlotCount)
            yield return new PlacementFinding(PlacementRule.RowLength, $"Layer {row.Layer} has {next} slots; the placement has {draft.SlotCount} a layer.", row.Layer);
    }

    private IEnumerable<PlacementFinding> CheckExperts()
    {
        for (int i = 0; i < row.Experts.Length; i++)
        {
            int expert = row.Experts[i];
            if (expert == PlacementRow.Empty)
            {
                if (!target.AllowsGaps) yield return Find(PlacementRule.SlotEmpty, $"slot {row.SlotOf(i)} is empty", i);
            }
            else if ((uint)expert >= (uint)draft.ExpertCount)
            {
                yield return Find(PlacementRule.ExpertOutOfRange, $"slot {row.SlotOf(i)} holds expert {expert}; experts are 0 to {draft.ExpertCount - 1}", i);
            }
        }
    }

    private IEnumerable<PlacementFinding> CheckGpus(int[] gpus)
    {
        int[] counts = new int[draft.GpuCount];
        for (int i = 0; i < gpus.Length; i++)
        {
            if ((uint)gpus[i] >= (uint)counts.Length)
                yield return Find(PlacementRule.GpuOutOfRange, $"slot {row.SlotOf(i)} is on GPU {gpus[i]}; GPUs are 0 to {counts.Length - 1}", i);
            else
                counts[gpus[i]]++;
            if (i > 0 && gpus[i] < gpus[i - 1])
            {
                yield return Find(PlacementRule.GpuOrder,
                    $"slot {row.SlotOf(i)} is on GPU {gpus[i]}, but slot {row.SlotOf(i - 1)} on GPU {gpus[i - 1]}", i);
            }
        }

        IEnumerable<PlacementFinding> findings = CheckEven(counts);
        foreach (PlacementFinding finding in target.ForbidsDuplicates ? findings.Concat(CheckDuplicates(gpus)) : findings) yield return finding;
    }

    private IEnumerable<PlacementFinding> CheckEven(int[] counts)
    {
        // An uneven plan differs by one slot, and only where its slots do not divide evenly.
        int fewest = draft.SlotCount / counts.Length;
        int most = (draft.SlotCount + counts.Length - 1) / counts.Length;
        if (!target.AllowsGaps && fewest < most)
        {
            yield return new PlacementFinding(PlacementRule.GpuUneven,
                $"Layer {row.Layer}: {draft.SlotCount} slots do not divide evenly over {counts.Length} GPUs.", row.Layer);
        }

        for (int gpu = 0; gpu < counts.Length; gpu++)
        {
            if (counts[gpu] >= fewest && counts[gpu] <= most) continue;
            string each = fewest == most ? $"{fewest}" : $"{fewest} or {most}";
            yield return new PlacementFinding(PlacementRule.GpuUneven,
                $"Layer {row.Layer}: GPU {gpu} has {counts[gpu]} slots; {draft.SlotCount} on {counts.Length} GPUs are {each} each.", row.Layer, gpu);
        }
    }

    private IEnumerable<PlacementFinding> CheckDuplicates(int[] gpus)
    {
        // Slots go GPU by GPU, so that the last slot of an expert is the only one that can be on the same GPU.
        int[] last = new int[draft.ExpertCount];
        last.AsSpan().Fill(-1);
        for (int i = 0; i < gpus.Length; i++)
        {
            int expert = row.Experts[i];
            if ((uint)expert >= (uint)last.Length) continue;
            if (last[expert] >= 0 && gpus[last[expert]] == gpus[i])
                yield return Find(PlacementRule.DuplicateOnGpu, $"GPU {gpus[i]} holds expert {expert} twice, in slots {row.SlotOf(last[expert])} and {row.SlotOf(i)}", i);
            last[expert] = i;
        }
    }

    private IEnumerable<PlacementFinding> CheckCoverage()
    {
        bool[] isThere = new bool[draft.ExpertCount];
        foreach (int expert in row.Experts)
        {
            if ((uint)expert < (uint)isThere.Length) isThere[expert] = true;
        }

        for (int expert = 0; expert < isThere.Length; expert++)
        {
            if (!isThere[expert])
                yield return new PlacementFinding(PlacementRule.ExpertMissing, $"Layer {row.Layer}: expert {expert} has no slot.", row.Layer);
        }
    }

    private PlacementFinding Find(PlacementRule rule, InvariantText what, int i, int? slot = null) =>
        new(rule, $"Layer {row.Layer}: {what.ToString()}.", row.Layer, row.Gpus[i], slot ?? row.SlotOf(i));
}
