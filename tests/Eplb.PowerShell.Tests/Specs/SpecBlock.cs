using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>A Describe or Context, or the file itself, as discovery found it.</summary>
internal sealed class SpecBlock(SpecBlock? parent, string name, SpecData data, bool skip)
{
    public SpecBlock? Parent { get; } = parent;
    public string Name { get; } = name;
    public SpecData Data { get; } = data;
    public bool Skip { get; } = skip || parent?.Skip == true;

    /// <summary>Blocks and tests in the order of the file.</summary>
    public List<object> Children { get; } = [];
    public List<ScriptBlock> BeforeAll { get; } = [];
    public List<ScriptBlock> BeforeEach { get; } = [];
    public List<ScriptBlock> AfterEach { get; } = [];
    public List<ScriptBlock> AfterAll { get; } = [];

    /// <summary>The names from the outermost block down, joined by dots, templates as written.</summary>
    public string Path => Parent is null or { Parent: null } ? Name : $"{Parent.Path}.{Name}";

    /// <summary>This block and those around it, outermost first.</summary>
    public IEnumerable<SpecBlock> Lineage => Parent is null ? [this] : Parent.Lineage.Append(this);

    public IEnumerable<SpecTest> Tests => Children.SelectMany(child => child is SpecBlock block ? block.Tests : [(SpecTest)child]);
}
