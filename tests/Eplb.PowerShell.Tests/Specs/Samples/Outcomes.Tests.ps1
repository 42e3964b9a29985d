Describe 'outcomes' {
    It 'passes' { 1 | Should -Be 1 }
    It 'fails by an assertion' { 1 | Should -Be 2 -Because 'one is not two' }
    It 'fails by an error' { throw 'broken' }
    It 'fails by a command that is not there' { Get-Nothing }
    It 'does not fail by an error that does not terminate' { Get-Command Get-Nothing -ErrorAction SilentlyContinue }
    It 'is skipped' -Skip { throw 'never runs' }
    It 'is not skipped' -Skip:$false { }
    It 'skips itself' { Set-ItResult -Skipped -Because 'it wants to'; throw 'never runs' }
    It 'stops at the first failure' { 1 | Should -Be 2; throw 'never runs' }
    It 'keeps a stray break inside' { break }
    It 'keeps a return inside' { return; throw 'never runs' }

    Context 'skipped as a whole' -Skip {
        BeforeAll { throw 'never runs' }
        It 'one' { }
        Context 'and inside' { It 'two' { } }
    }

    Context 'all tests skipped' {
        BeforeAll { throw 'never runs' }
        It 'one' -Skip { }
    }
}
