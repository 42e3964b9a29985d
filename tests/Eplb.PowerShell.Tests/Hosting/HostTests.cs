namespace Eplb.Tests.Hosting;

/// <summary>The console program: exit codes, arguments, streams.</summary>
public sealed class HostTests
{
    [Theory]
    // The script decides
    [InlineData("exit 3", 3)]
    [InlineData("[int]'x'; 'went on'", 0)]
    // The script does not come to its end
    [InlineData("throw 'x'", 1)]
    [InlineData("if (", 1)]
    [InlineData("param([Parameter(Mandatory)] $Name)", 1)]
    public void A_script_gives_the_exit_code(string script, int exitCode) => Assert.Equal(exitCode, RunScript(script).ExitCode);

    [Theory]
    [InlineData("exit 3", 3)]
    [InlineData("Get-Command No-Such", 1)]
    [InlineData("Get-Command No-Such; 'went on'", 0)]
    [InlineData("1 |", 1)]
    public void A_command_gives_the_exit_code(string command, int exitCode) =>
        Assert.Equal(exitCode, DotnetProcess.RunHost("-Command", command).ExitCode);

    [Theory]
    [InlineData("needs a value", "-Command")]
    [InlineData("Unknown option -Nonsense", "-Nonsense")]
    [InlineData("no script", "no-such-script.ps1")]
    [InlineData("must be Core or Desktop", "-Edition", "Server", "-Command", "1")]
    [InlineData("no module manifest", "-Manifest", "no-such.psd1", "-Command", "1")]
    [InlineData("-Command text")]
    public void A_wrong_command_line_says_what_would_be_right(string message, params string[] arguments)
    {
        DotnetProcess host = DotnetProcess.RunHost(arguments);
        Assert.Equal(64, host.ExitCode);
        Assert.Contains(message, host.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_reach_the_parameters_of_a_script()
    {
        const string Script = """
            param([string] $Name, [int] $Count, [switch] $On, [switch] $Off, [Parameter(ValueFromRemainingArguments)] $Rest)
            "$Name|$Count|$On|$Off|$Rest|$([IO.Path]::GetFileName($PSCommandPath))|$($PSScriptRoot.Length -gt 0)"
            """;
        DotnetProcess host = RunScript(Script, "-Name", "it's $x", "-Count", "-3", "-On", "-Off:$false", "a", "b c");
        Assert.Matches(@"^it's \$x\|-3\|True\|False\|a b c\|[0-9a-f]{32}\.ps1\|True\s*$", host.Output);
    }

    [Fact]
    public void Objects_go_to_standard_output_and_messages_to_standard_error()
    {
        DotnetProcess host = RunScript("""
            'an object'
            $Host.UI.WriteWarningLine('a warning')
            Get-Command No-Such
            $VerbosePreference = 'Continue'
            Import-Module No-Such
            """);
        Assert.Equal("an object", host.Output.Trim());
        Assert.Contains("WARNING: a warning", host.Error, StringComparison.Ordinal);
        Assert.Contains("CommandNotFoundException,Microsoft.PowerShell.Commands.GetCommandCommand", host.Error, StringComparison.Ordinal);
        Assert.Matches(@"at .*\.ps1:3\n", host.Error);
    }

    [Fact]
    public void Redirected_output_has_no_colours_and_120_columns()
    {
        DotnetProcess host = DotnetProcess.RunHost("-Command", "[pscustomobject]@{ Text = 'x' * 300; Other = 1 }; $Host.UI.RawUI.BufferSize.Width");
        Assert.DoesNotContain('\e', host.Output);
        Assert.Contains("120", host.Output, StringComparison.Ordinal);
        Assert.All(host.Output.Split('\n'), line => Assert.InRange(line.TrimEnd('\r').Length, 0, 120));
    }

    [Fact]
    public void Nothing_is_asked()
    {
        DotnetProcess host = DotnetProcess.RunHost("-Command", "Get-EplbPlacement -ReplicaCount 4");
        Assert.Equal(1, host.ExitCode);
        Assert.Contains("MissingMandatoryParameter", host.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Core", ".NETCoreApp,Version=v8.0")]
    [InlineData("Desktop", ".NETStandard,Version=v2.0")]
    public void Each_edition_loads_its_own_build(string edition, string framework)
    {
        DotnetProcess host = DotnetProcess.RunHost("-Edition", edition, "-Command",
            "(Get-Command Get-EplbPlacement).ImplementingType.Assembly.GetCustomAttributes($true).FrameworkName");
        Assert.Equal(framework, host.Output.Trim());
    }

    [Fact]
    public void The_other_edition_leaves_no_copy_behind()
    {
        DotnetProcess host = DotnetProcess.RunHost("-Edition", "Desktop", "-Command", "(Get-Module Eplb).ModuleBase");
        Assert.False(Directory.Exists(host.Output.Trim()), host.Output);
    }

    private static DotnetProcess RunScript(string text, params string[] arguments)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.ps1");
        File.WriteAllText(path, text);
        try
        {
            return DotnetProcess.RunHost([path, .. arguments]);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
