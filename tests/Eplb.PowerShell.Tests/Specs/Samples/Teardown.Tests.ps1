BeforeAll { $global:teardowns = 0 }

Describe 'BeforeAll that throws' {
    BeforeAll { throw 'no set-up' }
    AfterAll { $global:teardowns++ }
    It 'fails each test' { }
    It 'does not fill in <_>' -ForEach 1, 2 { }
    It 'skips all the same' -Skip { }
    Context 'inner <_>' -ForEach 1 { It 'fails too' { } }
}

Describe 'BeforeEach that throws' {
    BeforeEach { throw 'no set-up' }
    AfterEach { $global:teardowns++ }
    It 'fails each test' { }
    It 'does not fill in <_>' -ForEach 1 { }
}

Describe 'AfterEach that throws' {
    AfterEach { throw 'no teardown' }
    It 'fails its test' { }
}

Describe 'teardown' {
    It 'ran after every failure' { $global:teardowns | Should -Be 3 }
}
