BeforeDiscovery { $found = 'in discovery' }

BeforeAll {
    $file = 'file'
    $steps = [System.Collections.Generic.List[string]]::new()
    function Get-Twice($Number) { 2 * $Number }
}

Describe 'scopes' {
    $discoveryOnly = 'not there when tests run'

    BeforeAll { $block = "$file block" }
    BeforeEach { $each = 'outer'; $steps.Add('outer before') }
    AfterEach { $steps.Add("outer after $fromTest") }
    AfterAll { $steps.Add('after all') }

    It 'sees BeforeAll of the file and of the block' { "$file, $block" | Should -Be 'file, file block' }
    It 'sees functions of BeforeAll' { Get-Twice 4 | Should -Be 8 }
    It 'does not see what ran in discovery only' { "$discoveryOnly$found" | Should -BeNullOrEmpty }
    It 'sets a variable' { $block = 'changed'; $fromTest = 'of the test'; $block | Should -Be 'changed' }
    It 'does not see the variable of another test' { "$block$fromTest" | Should -Be 'file block' }
    It 'lets AfterEach see the variables of the test' { $steps | Should -Contain 'outer after of the test' }

    Context 'inner' {
        BeforeAll { $block += ' inner'; $steps.Clear() }
        BeforeEach { $inner = "$each inner"; $steps.Add('inner before') }
        AfterEach { $steps.Add('inner after') }

        It 'runs set-up from the outside in' { "$inner|$block" | Should -Be 'outer inner|file block inner' }
        It 'runs teardown from the inside out' {
            $steps -join ', ' | Should -Be 'outer before, inner before, inner after, outer after , outer before, inner before'
        }
    }

    It 'does not see the variables of an inner block' { $block | Should -Be 'file block' }

    It 'knows where it is' {
        [IO.Path]::GetFileName($PSScriptRoot) | Should -Be 'Samples'
        [IO.Path]::GetFileName($PSCommandPath) | Should -Be 'Scopes.Tests.ps1'
    }
}

Describe 'names' {
    It 'sees no variables of another block' { $block | Should -BeNullOrEmpty }
    It 'keeps what discovery found: <found>' -ForEach @(@{ found = $found }) { $found | Should -Be 'in discovery' }
}

Describe 'TestDrive' {
    BeforeAll { [IO.File]::WriteAllText("$TestDrive/block.txt", 'of the block') }

    It 'is a folder and a drive' {
        $TestDrive | Should -Exist
        'TestDrive:/block.txt' | Should -Exist
        'TestDrive:/block.txt' | Should -FileContentMatch 'OF THE'
    }

    Context 'inner' {
        It 'writes' { [IO.File]::WriteAllText("$TestDrive/inner.txt", '') }
        It 'finds what another test of the block wrote' { "$TestDrive/inner.txt" | Should -Exist }
    }

    It 'is cleaned after a block' {
        "$TestDrive/inner.txt" | Should -Not -Exist
        "$TestDrive/block.txt" | Should -Exist
    }
}
