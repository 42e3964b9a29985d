using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>One It with one element of its -ForEach, as discovery found it.</summary>
internal sealed record SpecTest(SpecBlock Block, string Name, ScriptBlock Body, SpecData Data, bool Skip)
{
    public string Path => $"{Block.Path}.{Name}";
}
