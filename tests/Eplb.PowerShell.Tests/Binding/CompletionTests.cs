using System.Management.Automation;
using Eplb.Tests.Conventions;
using Eplb.Tests.Engines;

namespace Eplb.Tests.Binding;

/// <summary>What the Tab key offers.</summary>
[Collection(EngineTests.Name)]
public sealed class CompletionTests(Engine engine)
{
    [Fact]
    public void Every_enum_parameter_offers_all_values()
    {
        foreach (CmdletInfo cmdlet in engine.Cmdlets)
        {
            foreach (ParameterMetadata parameter in CmdletTests.OwnParameters(cmdlet))
            {
                Type type = parameter.ParameterType.GetElementType() ?? parameter.ParameterType;
                type = Nullable.GetUnderlyingType(type) ?? type;
                if (!type.IsEnum) continue;
                Assert.Equal(Enum.GetNames(type).Order(), engine.Complete($"{cmdlet.Name} -{parameter.Name} ").Order());
            }
        }
    }

    [Theory]
    // The slots fill every GPU.
    [InlineData("Get-EplbPlacement -GpuCount 32 -ReplicaCount ", "32,64,96,128,160,192,224,256,288,320,352,384,416,448,480,512")]
    [InlineData("Get-EplbPlacement -GpuCount 32 -ReplicaCount 28", "288")]
    [InlineData("Get-EplbPlacement -NumGpus 6 -NumReplicas 1", "12,18")]
    // The GPUs divide the slots, the nodes the GPUs.
    [InlineData("Get-EplbPlacement -ReplicaCount 12 -GpuCount ", "1,2,3,4,6,12")]
    [InlineData("Get-EplbPlacement -GpuCount 32 -NodeCount ", "1,2,4,8,16,32")]
    // The groups divide evenly over the nodes.
    [InlineData("Get-EplbPlacement -NodeCount 3 -GroupCount ", "3,6,9,12,15,18,21,24")]
    public void Counts_offered_fit_those_already_typed(string line, string offered) => Assert.Equal(offered.Split(','), engine.Complete(line));

    [Theory]
    [InlineData("Get-EplbPlacement -ReplicaCount 0 -GpuCount ")]
    [InlineData("Get-EplbPlacement -GpuCount -4 -NodeCount ")]
    [InlineData("Get-EplbPlacement -GpuCount x -NodeCount ")]
    public void Counts_that_make_no_sense_offer_the_usual_ones(string line) => Assert.Equal(["1", "2", "4", "8", "16", "32", "64"], engine.Complete(line));
}
