Describe 'templates' {
    BeforeAll { $late = 'from BeforeAll' }

    It 'adds <A> and <B>' -ForEach @(
        @{ A = 1; B = 2; Sum = 3 }
        @{ A = 3; B = 4; Sum = 7 }
    ) {
        $A + $B | Should -Be $Sum
        $_.A | Should -Be $A
    }

    It 'takes values: <_>' -ForEach 'x', 'yy' { $_.Length | Should -BeLessThan 3 }
    It 'takes members: <_.Length> <_.Name.Length>' -TestCases @(@{ Name = 'abc' }) { $Name | Should -Be 'abc' }
    It 'takes variables: <late>' { }
    It 'leaves `<this> and "that" and $late as they are' { }
    It 'has nothing for <missing>' { }
    It 'shows arrays: <_>' -ForEach @(, @(1, 2)) { $_ | Should -HaveCount 2 }

    Context 'block of <Name>' -ForEach @(@{ Name = 'one'; Items = 1, 2 }, @{ Name = 'two'; Items = 3 }) {
        BeforeAll { $length = $Name.Length; $own = $_ }
        It 'sees its data' { $Name.Length | Should -Be $length }
        It 'has item <_> of <own.Name>' -ForEach $Items { $_ | Should -BeGreaterThan 0 }
        It 'keeps $_ of the block' { $_.Name | Should -Be $Name }
    }
}
