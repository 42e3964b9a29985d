Describe 'Should' {
    It 'holds: <Text>' -ForEach @(
        @{ Text = '1 | Should -Be 1' }
        @{ Text = '"a" | Should -Be "A"' }
        @{ Text = '1 | Should -Be "1"' }
        @{ Text = '1, 2 | Should -Be 1, 2' }
        @{ Text = '@(1, 2), 3 | Should -Be @(1, 2), 3' }
        @{ Text = '$null | Should -Be $null' }
        @{ Text = '@() | Should -Be $null' }
        @{ Text = '"a" | Should -Not -Be "b"' }
        @{ Text = '"a" | Should -BeExactly "a"' }
        @{ Text = '"a" | Should -Not -BeExactly "A"' }
        @{ Text = '$true | Should -BeTrue' }
        @{ Text = '1 | Should -BeTrue' }
        @{ Text = '0 | Should -Not -BeTrue' }
        @{ Text = '"" | Should -BeFalse' }
        @{ Text = '$null | Should -BeFalse' }
        @{ Text = '$null | Should -BeNullOrEmpty' }
        @{ Text = '@() | Should -BeNullOrEmpty' }
        @{ Text = '"" | Should -BeNullOrEmpty' }
        @{ Text = '@{} | Should -BeNullOrEmpty' }
        @{ Text = '0 | Should -Not -BeNullOrEmpty' }
        @{ Text = '1 | Should -BeOfType int' }
        @{ Text = '1 | Should -BeOfType [int]' }
        @{ Text = '1 | Should -BeOfType ([ValueType])' }
        @{ Text = '1 | Should -Not -BeOfType string' }
        @{ Text = '2 | Should -BeGreaterThan 1' }
        @{ Text = '1, 2 | Should -BeGreaterOrEqual 1' }
        @{ Text = '1 | Should -BeLessThan 1.5' }
        @{ Text = '1 | Should -BeLessOrEqual 1' }
        @{ Text = '[double]::NaN | Should -BeGreaterThan 1' }
        @{ Text = '1 | Should -Not -BeGreaterThan 1' }
        @{ Text = '"abc" | Should -Match "^A"' }
        @{ Text = '"abc" | Should -MatchExactly "^a"' }
        @{ Text = '"abc" | Should -BeLike "A*"' }
        @{ Text = '1, 2 | Should -Contain 2' }
        @{ Text = '1, 2 | Should -Not -Contain 3' }
        @{ Text = '1 | Should -BeIn 1, 2' }
        @{ Text = '1, 2 | Should -HaveCount 2' }
        @{ Text = '@() | Should -HaveCount 0' }
        @{ Text = '$null | Should -HaveCount 1' }
        @{ Text = '{ throw "x" } | Should -Throw' }
        @{ Text = '{ throw "a message" } | Should -Throw "*message"' }
        @{ Text = '{ throw "a message" } | Should -Throw -ExpectedMessage "A mess*"' }
        @{ Text = '{ [int]"x" } | Should -Throw -ErrorId InvalidCastFromStringToInteger' }
        @{ Text = '{ [int]"x" } | Should -Throw -ErrorId "InvalidCast*" -ExceptionType ([System.Management.Automation.PSInvalidCastException])' }
        @{ Text = '({ throw "x" } | Should -Throw -PassThru).Exception.Message | Should -Be "x"' }
        @{ Text = '{ 1 } | Should -Not -Throw' }
        @{ Text = '$PSScriptRoot | Should -Exist' }
        @{ Text = '$PSCommandPath | Should -FileContentMatch "DESCRIBE .should"' }
        @{ Text = '"$PSScriptRoot/none" | Should -Not -Exist' }
    ) { . ([scriptblock]::Create($Text.Replace('$PSScriptRoot', "'$PSScriptRoot'").Replace('$PSCommandPath', "'$PSCommandPath'"))) }

    It 'fails: <Text>' -ForEach @(
        @{ Text = '1 | Should -Be 2' }
        @{ Text = '1 | Should -Not -Be 1' }
        @{ Text = '1, 2 | Should -Be 1' }
        @{ Text = '1, 2 | Should -Be 2, 1' }
        @{ Text = '"a" | Should -BeExactly "A"' }
        @{ Text = '$null | Should -Be 0' }
        @{ Text = '0 | Should -BeTrue' }
        @{ Text = '1 | Should -BeFalse' }
        @{ Text = '1 | Should -BeNullOrEmpty' }
        @{ Text = '@{ a = 1 } | Should -BeNullOrEmpty' }
        @{ Text = '$null | Should -Not -BeNullOrEmpty' }
        @{ Text = '"1" | Should -BeOfType int' }
        @{ Text = '1 | Should -BeOfType NoSuchType' }
        @{ Text = '1, 5 | Should -BeGreaterThan 1' }
        @{ Text = '1 | Should -BeGreaterOrEqual 2' }
        @{ Text = '1 | Should -BeLessThan 1' }
        @{ Text = '2 | Should -BeLessOrEqual 1' }
        @{ Text = '"abc" | Should -Match "^b"' }
        @{ Text = '"abc" | Should -MatchExactly "^A"' }
        @{ Text = '"abc" | Should -BeLike "b*"' }
        @{ Text = '1, 2 | Should -Contain 3' }
        @{ Text = '3 | Should -BeIn 1, 2' }
        @{ Text = '1 | Should -HaveCount 2' }
        @{ Text = '{ 1 } | Should -Throw' }
        @{ Text = '{ throw "a" } | Should -Throw -ExpectedMessage "b*"' }
        @{ Text = '{ throw "a" } | Should -Throw -ErrorId "b*"' }
        @{ Text = '{ throw "a" } | Should -Throw -ExceptionType ([ArgumentException])' }
        @{ Text = '{ throw "a" } | Should -Not -Throw' }
        @{ Text = '1 | Should -Throw' }
        @{ Text = '"/no/such/path" | Should -Exist' }
        @{ Text = '"$PSCommandPath" | Should -FileContentMatch "no such (text)"' }
    ) { . ([scriptblock]::Create($Text.Replace('$PSCommandPath', $PSCommandPath))) }
}
