using System.Management.Automation;
using System.Management.Automation.Language;

namespace Eplb.Tests.Specs;

/// <summary>The first of Pester's two phases: runs the file to learn its blocks and tests, and none of their set-up or bodies.</summary>
internal sealed class SpecDiscovery
{
    private SpecDiscovery(string file) => Block = new SpecBlock(null, System.IO.Path.GetFileName(file), SpecData.None, skip: false);

    /// <summary>The discovery under way. The words of a spec mean nothing outside of one.</summary>
    [System.Diagnostics.CodeAnalysis.AllowNull]
    public static SpecDiscovery Current
    {
        get => field ?? throw new InvalidOperationException("Blocks, tests and their set-up belong into a spec, outside of other tests and set-up.");
        private set;
    }

    /// <summary>The block that is being read.</summary>
    public SpecBlock Block { get; private set; }

    /// <summary>Reads one spec file; what the file throws goes through.</summary>
    public static SpecBlock Read(string file)
    {
        var discovery = new SpecDiscovery(file);
        Current = discovery;
        try
        {
            Run(ScriptBlock.Create($". '{CodeGeneration.EscapeSingleQuotedStringContent(file)}'"), SpecData.None);
            return discovery.Block;
        }
        finally
        {
            Current = null;
        }
    }

    public void ReadBlock(string name, ScriptBlock body, SpecData data, bool skip)
    {
        SpecBlock outer = Block;
        Block = new SpecBlock(outer, name, data, skip);
        outer.Children.Add(Block);
        try
        {
            Run(body, data);
        }
        finally
        {
            Block = outer;
        }
    }
    // One error ends it all: what was not read would be tests that nobody misses.
    private static void Run(ScriptBlock body, SpecData data)
    {
        if (SpecScope.Run(data, _ => [body]) is { } error) throw new SpecUnreadableException(error);
    }
}
