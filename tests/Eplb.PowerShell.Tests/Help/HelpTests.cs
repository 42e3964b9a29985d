using System.Collections;
using System.Management.Automation;
using Eplb.Tests.Engines;

namespace Eplb.Tests.Help;

/// <summary>What Get-Help says, asked as a user asks it.</summary>
[Collection(EngineTests.Name)]
public sealed class HelpTests(Engine engine)
{
    private static readonly string[] Topics = ["about_Eplb", "about_Eplb_Errors", "about_Eplb_Evaluation"];

    [Fact]
    public void Every_cmdlet_says_what_it_does()
    {
        foreach (CmdletInfo cmdlet in engine.Cmdlets)
        {
            PSObject help = HelpOf(cmdlet);
            Assert.EndsWith(".", help.Properties["Synopsis"].Value.ToString(), StringComparison.Ordinal);
            Assert.NotEmpty(Texts(help.Properties["description"].Value));
        }
    }

    [Fact]
    public void Every_cmdlet_shows_at_least_two_examples_with_code_and_remarks()
    {
        foreach (CmdletInfo cmdlet in engine.Cmdlets)
        {
            PSObject[] examples = Items(Value(HelpOf(cmdlet), "examples", "example"));
            Assert.True(examples.Length >= 2, $"{cmdlet.Name} has {examples.Length} examples.");
            Assert.All(examples, example =>
            {
                Assert.Contains(cmdlet.Name, example.Properties["code"].Value.ToString(), StringComparison.Ordinal);
                Assert.NotEmpty(Texts(example.Properties["remarks"].Value));
            });
        }
    }

    [Fact]
    public void Every_parameter_is_described_under_its_own_name()
    {
        foreach (CmdletInfo cmdlet in engine.Cmdlets)
        {
            Dictionary<string, PSObject> described = Items(Value(HelpOf(cmdlet), "parameters", "parameter")).ToDictionary(parameter => parameter.Properties["name"].Value.ToString()!);
            Assert.Equal(Conventions.CmdletTests.OwnParameters(cmdlet).Select(parameter => parameter.Name).Order(), described.Keys.Except(["WhatIf", "Confirm"]).Order());
            Assert.All(described.Values, parameter => Assert.NotEmpty(Texts(parameter.Properties["description"].Value)));
        }
    }

    [Fact]
    public void Every_type_that_goes_in_or_out_is_described()
    {
        foreach (CmdletInfo cmdlet in engine.Cmdlets)
        {
            PSObject help = HelpOf(cmdlet);
            PSObject[] types = [.. Items(Value(help, "inputTypes", "inputType")), .. Items(Value(help, "returnValues", "returnValue"))];
            Assert.True(types.Length >= 2, $"{cmdlet.Name} names {types.Length} types.");
            Assert.All(types, type => Assert.NotEmpty(Texts(type.Properties["description"].Value)));
        }
    }

    [Fact]
    public void Every_cmdlet_links_to_its_page_first()
    {
        foreach (CmdletInfo cmdlet in engine.Cmdlets)
        {
            PSObject first = Items(Value(HelpOf(cmdlet), "relatedLinks", "navigationLink"))[0];
            Assert.StartsWith("https://", first.Properties["uri"].Value.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void All_topics_are_found_filled_and_fit_100_columns()
    {
        foreach (string topic in Topics)
        {
            string text = engine.Invoke($"Get-Help {topic}").Single().ToString();
            Assert.DoesNotMatch(@"(?m)^\s*\{[\w.]+\}\s*$", text);
            Assert.All(text.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 100));
        }
    }

    [Fact]
    public void Every_error_id_is_documented_with_its_category_and_what_to_do()
    {
        string[] lines = engine.Invoke("Get-Help about_Eplb_Errors").Single().ToString().ReplaceLineEndings("\n").Split('\n');
        foreach (string id in engine.Invoke("[Enum]::GetNames([Eplb.EplbError])").Select(id => id.ToString()))
        {
            int at = Array.FindIndex(lines, line => line.StartsWith($"    {id} (", StringComparison.Ordinal));
            Assert.True(at > 0, $"{id} is not there.");
            Assert.True(lines[(at + 1)..].TakeWhile(line => line.Length > 0).Count(line => line.EndsWith('.')) >= 2, $"{id} needs its meaning and what to do.");
        }
    }

    [Fact]
    public void The_tour_names_every_cmdlet_and_every_object()
    {
        string tour = engine.Invoke("Get-Help about_Eplb").Single().ToString();
        Assert.All(engine.Cmdlets, cmdlet =>
        {
            Assert.Contains($"\n    {cmdlet.Name} ", tour, StringComparison.Ordinal);
            Assert.All(cmdlet.OutputType.Where(type => type.Name.StartsWith("Eplb.", StringComparison.Ordinal)), type => Assert.Contains($"\n    {type.Name}\n", tour, StringComparison.Ordinal));
        });
    }

    private PSObject HelpOf(CmdletInfo cmdlet) => engine.Invoke($"Get-Help {cmdlet.Name} -Full").Single();

    private static object? Value(PSObject help, string outer, string inner) => (help.Properties[outer]?.Value as PSObject)?.Properties[inner]?.Value;

    private static PSObject[] Items(object? value) => value switch
    {
        null => [],
        PSObject { BaseObject: IEnumerable list and not string } => [.. list.Cast<object>().Select(PSObject.AsPSObject)],
        IEnumerable list and not string => [.. list.Cast<object>().Select(PSObject.AsPSObject)],
        _ => [PSObject.AsPSObject(value)],
    };

    private static string[] Texts(object? value) => [.. Items(value).Select(item => item.Properties["Text"]?.Value as string ?? "").Where(text => text.Length > 0)];
}
