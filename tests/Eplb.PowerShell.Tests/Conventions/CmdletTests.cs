using System.Management.Automation;
using System.Reflection;
using Eplb.Tests.Engines;

namespace Eplb.Tests.Conventions;

/// <summary>What PowerShell expects of cmdlets, as far as a test can check it.</summary>
[Collection(EngineTests.Name)]
public sealed class CmdletTests(Engine engine)
{
    private static readonly string[] ApprovedVerbs =
    [
        .. typeof(PSObject).Assembly.GetTypes().Where(type => type.IsPublic && type.Namespace == "System.Management.Automation" && type.Name.StartsWith("Verbs", StringComparison.Ordinal))
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static)).Select(verb => verb.Name),
    ];

    /// <summary>The parameters that a cmdlet declares itself.</summary>
    internal static IEnumerable<ParameterMetadata> OwnParameters(CmdletInfo cmdlet) => cmdlet.Parameters.Values
        .Where(parameter => !Cmdlet.CommonParameters.Contains(parameter.Name) && !Cmdlet.OptionalCommonParameters.Contains(parameter.Name));

    [Fact]
    public void Verbs_are_approved_and_nouns_are_singular_words_in_pascal_case() => Assert.All(engine.Cmdlets, cmdlet =>
    {
        Assert.Contains(cmdlet.Verb, ApprovedVerbs);
        Assert.Matches("^[A-Z][A-Za-z]*[^s]$", cmdlet.Noun);
    });

    [Fact]
    public void The_class_of_a_cmdlet_is_called_by_its_name() => Assert.All(engine.Cmdlets, cmdlet =>
        Assert.Equal($"Eplb.Commands.{cmdlet.Verb}{cmdlet.Noun}Command", cmdlet.ImplementingType.FullName));

    [Fact]
    public void Every_cmdlet_declares_what_it_emits() => Assert.All(engine.Cmdlets, cmdlet => Assert.NotEmpty(cmdlet.OutputType));

    [Fact]
    public void Whatever_writes_supports_WhatIf_and_Confirm_and_nothing_else_does() => Assert.All(engine.Cmdlets, cmdlet =>
        Assert.Equal(cmdlet.Verb == VerbsData.Export, cmdlet.ImplementingType.GetCustomAttribute<CmdletAttribute>()!.SupportsShouldProcess));

    [Fact]
    public void Parameters_are_in_pascal_case_and_choices_are_enums() => Assert.All(engine.Cmdlets.SelectMany(OwnParameters), parameter =>
    {
        Assert.Matches("^[A-Z][A-Za-z]*$", parameter.Name);
        Assert.NotEqual(typeof(bool), parameter.ParameterType);
        Assert.DoesNotContain(parameter.Attributes, attribute => attribute is ValidateSetAttribute);
    });

    [Fact]
    public void A_default_is_a_value_that_the_parameter_takes() => Assert.All(engine.Cmdlets, cmdlet =>
    {
        object instance = Activator.CreateInstance(cmdlet.ImplementingType)!;
        foreach (ParameterMetadata parameter in OwnParameters(cmdlet).Where(parameter => parameter.ParameterSets.Values.Any(set => !set.IsMandatory)))
        {
            if (cmdlet.ImplementingType.GetProperty(parameter.Name)!.GetValue(instance) is not IComparable value) continue;
            Assert.All(parameter.Attributes.OfType<ValidateRangeAttribute>(), range => Assert.True(
                value.CompareTo(range.MinRange) >= 0 && value.CompareTo(range.MaxRange) <= 0, $"{cmdlet.Name} -{parameter.Name}: {value} is not from {range.MinRange} to {range.MaxRange}."));
        }
    });

    [Fact]
    public void Whatever_reads_files_also_takes_literal_paths_and_the_files_of_Get_ChildItem()
    {
        CmdletInfo[] readers = [.. engine.Cmdlets.Where(cmdlet => cmdlet.Verb == VerbsData.Import)];
        Assert.NotEmpty(readers);
        Assert.All(readers, cmdlet =>
        {
            Assert.True(cmdlet.Parameters["Path"].Attributes.OfType<SupportsWildcardsAttribute>().Any(), $"{cmdlet.Name} -Path says nothing of wildcards.");
            ParameterMetadata literal = cmdlet.Parameters["LiteralPath"];
            Assert.Contains("PSPath", literal.Aliases);
            Assert.All(literal.ParameterSets.Values, set => Assert.True(set.ValueFromPipelineByPropertyName));
        });
    }

    [Fact]
    public void A_parameter_set_takes_one_parameter_from_the_pipeline_at_most() => Assert.All(engine.Cmdlets.SelectMany(cmdlet => cmdlet.ParameterSets), set =>
        Assert.InRange(set.Parameters.Count(parameter => parameter.ValueFromPipeline), 0, 1));

    [Fact]
    public void Positions_of_a_parameter_set_are_0_1_2_without_a_gap() => Assert.All(engine.Cmdlets.SelectMany(cmdlet => cmdlet.ParameterSets), set =>
    {
        int[] positions = [.. set.Parameters.Select(parameter => parameter.Position).Where(position => position >= 0).Order()];
        Assert.Equal(Enumerable.Range(0, positions.Length), positions);
    });

    [Fact]
    public void Every_cmdlet_of_the_assembly_is_exported()
    {
        Assembly assembly = engine.Cmdlets[0].ImplementingType.Assembly;
        Assert.Equal(
            assembly.GetExportedTypes().Where(type => !type.IsAbstract && type.GetCustomAttribute<CmdletAttribute>() is not null).Select(type => type.Name).Order(),
            engine.Cmdlets.Select(cmdlet => cmdlet.ImplementingType.Name).Order());
    }
}
