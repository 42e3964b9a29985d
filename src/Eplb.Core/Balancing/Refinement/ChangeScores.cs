namespace Eplb;

/// <summary>Scores what changes of one or two slots make of a plan: the sum of a high power of the GPU times, which sees all hot GPUs and the hottest one most.</summary>
/// <remarks>
/// Of a slot that is written over, what the others of its expert gain in load is worked out once, and of an expert that gets a replica,
/// what its others lose: where the two have no GPU in common, their scores add up. So most changes cost one power.
/// </remarks>
internal sealed class ChangeScores
{
    private readonly GpuAssignment _plan;
    private readonly double[] _power;      // [gpus]: power of the time
    private readonly double[] _gain;       // [experts]: change of the score when it has one replica more, but for that one
    private readonly double[] _share;      // [experts]: load of a replica when there is one more
    private readonly int[] _gainOf;        // [experts]: look that the gain and the share are of
    private readonly int[] _mark;          // [gpus]: choice of a slot that changes its load
    private readonly int[] _seen;          // [gpus]: expert that it was seen to hold
    private readonly double[] _change;     // [gpus]: load that the change at hand brings
    private readonly int[] _touched;       // [slots + 1]: GPUs whose load it changes
    private TimePower _powers;
    private int _look, _marks, _seens;
    private int _slot, _gpu;
    private double _rest, _others;
    private bool _isPlain;

    /// <summary>Makes the scores of a plan, which is not changed.</summary>
    /// <param name="plan">The plan.</param>
    public ChangeScores(GpuAssignment plan)
    {
        _plan = plan;
        _power = new double[plan.GpuCount];
        _gain = new double[plan.ExpertCount];
        _share = new double[plan.ExpertCount];
        _gainOf = new int[plan.ExpertCount];
        _mark = new int[plan.GpuCount];
        _seen = new int[plan.GpuCount];
        _change = new double[plan.GpuCount];
        _touched = new int[plan.SlotCount + 1];
    }

    /// <summary>Score of the plan as it is.</summary>
    public double Score { get; private set; }

    /// <summary>Time that no GPU may reach; a change that makes one that slow scores infinity.</summary>
    public double Limit { get; set; }

    /// <summary>Sets the time that counts as 1.</summary>
    /// <param name="time">The time, above 0.</param>
    public void SetUnit(double time) => _powers = new TimePower(time);

    /// <summary>Looks at the plan afresh, after it has changed.</summary>
    public void Look()
    {
        _look++;
        Score = 0;
        for (int gpu = 0; gpu < _power.Length; gpu++) Score += _power[gpu] = Power(_plan.Time[gpu]);
    }

    /// <summary>Score of the plan without two GPUs.</summary>
    /// <param name="gpu">One GPU.</param>
    /// <param name="other">The other GPU.</param>
    public double Without(int gpu, int other) => Score - _power[gpu] - _power[other];

    /// <summary>Score of the plan with the experts of two slots of different GPUs exchanged; infinity where one reaches the limit.</summary>
    /// <param name="slot">One slot.</param>
    /// <param name="other">The other slot.</param>
    public double OfSwapping(int slot, int other)
    {
        int gpu = _plan.GpuOf[slot], otherGpu = _plan.GpuOf[other];
        double change = _plan.SlotLoad[other] - _plan.SlotLoad[slot];
        double time = (_plan.GpuLoad[gpu] + change) * _plan.Pace[gpu], otherTime = (_plan.GpuLoad[otherGpu] - change) * _plan.Pace[otherGpu];
        return time >= Limit || otherTime >= Limit ? double.PositiveInfinity : Without(gpu, otherGpu) + Power(time) + Power(otherTime);
    }

    /// <summary>Part of a GPU in the score.</summary>
    /// <param name="time">Its time.</param>
    public double Power(double time) => _powers.Of(time);

    /// <summary>Chooses the slot to be written over, whose expert has other replicas.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>False when a GPU with another replica of its expert would reach the limit.</returns>
    public bool Choose(int slot)
    {
        int giver = _plan.Expert[slot];
        double raise = (_plan.Load[giver] / (_plan.Count[giver] - 1)) - _plan.Share[giver];
        _slot = slot;
        _gpu = _plan.GpuOf[slot];
        _rest = _plan.GpuLoad[_gpu] - _plan.SlotLoad[slot];
        _others = Score - _power[_gpu];
        _isPlain = true;
        _mark[_gpu] = ++_marks;
        for (int held = _plan.HeadOf(giver); held >= 0; held = _plan.Next(held))
        {
            if (held == slot) continue;
            int gpu = _plan.GpuOf[held];
            double time = (_plan.GpuLoad[gpu] + raise) * _plan.Pace[gpu];
            if (gpu != _gpu && time >= Limit) return false;
            _isPlain &= _mark[gpu] != _marks;
            _mark[gpu] = _marks;
            _others += Power(time) - _power[gpu];
        }

        return true;
    }

    /// <summary>Score of the plan with another expert in the chosen slot, as if no GPU had more than one change, which is nearly always so; infinity where the slot's GPU reaches the limit.</summary>
    /// <param name="expert">The expert, of which the slot's GPU has no replica.</param>
    public double EstimateOfWriting(int expert)
    {
        if (_gainOf[expert] != _look) FindGain(expert);
        double time = (_rest + _share[expert]) * _plan.Pace[_gpu];
        return time >= Limit ? double.PositiveInfinity : _others + Power(time) + _gain[expert];
    }

    /// <summary>Score of the plan with another expert in the chosen slot; infinity where a GPU reaches the limit.</summary>
    /// <param name="expert">The expert, of which the slot's GPU has no replica.</param>
    public double OfWriting(int expert)
    {
        double estimate = EstimateOfWriting(expert);
        if (!_isPlain) return Exactly(expert);
        _seens++;
        for (int held = _plan.HeadOf(expert); held >= 0; held = _plan.Next(held))
        {
            int gpu = _plan.GpuOf[held];
            if (_mark[gpu] == _marks || _seen[gpu] == _seens) return Exactly(expert);
            _seen[gpu] = _seens;
        }

        return estimate;
    }

    private void FindGain(int expert)
    {
        double share = _plan.Load[expert] / (_plan.Count[expert] + 1), fall = share - _plan.Share[expert], gain = 0;
        for (int held = _plan.HeadOf(expert); held >= 0; held = _plan.Next(held))
        {
            int gpu = _plan.GpuOf[held];
            gain += Power((_plan.GpuLoad[gpu] + fall) * _plan.Pace[gpu]) - _power[gpu];
        }

        _gainOf[expert] = _look;
        _share[expert] = share;
        _gain[expert] = gain;
    }

    // Adds up all changes GPU by GPU, since some GPU has more than one.
    private double Exactly(int expert)
    {
        int giver = _plan.Expert[_slot], touched = 0;
        double raise = (_plan.Load[giver] / (_plan.Count[giver] - 1)) - _plan.Share[giver], share = _share[expert], fall = share - _plan.Share[expert];
        Touch(_gpu, share - _plan.SlotLoad[_slot], ref touched);
        for (int held = _plan.HeadOf(giver); held >= 0; held = _plan.Next(held))
        {
            if (held != _slot) Touch(_plan.GpuOf[held], raise, ref touched);
        }

        for (int held = _plan.HeadOf(expert); held >= 0; held = _plan.Next(held)) Touch(_plan.GpuOf[held], fall, ref touched);
        double score = Score;
        bool fits = true;
        for (int i = 0; i < touched; i++)
        {
            int gpu = _touched[i];
            double time = (_plan.GpuLoad[gpu] + _change[gpu]) * _plan.Pace[gpu];
            fits &= time < Limit;
            score += Power(time) - _power[gpu];
            _change[gpu] = 0;
        }

        return fits ? score : double.PositiveInfinity;
    }

    private void Touch(int gpu, double change, ref int touched)
    {
        // Changes that cancel out list a GPU twice; it is counted once all the same, since its change is cleared when it is counted.
        if (_change[gpu] == 0) _touched[touched++] = gpu;
        _change[gpu] += change;
    }
}
