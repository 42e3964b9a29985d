namespace Eplb.Tests.Specs;

/// <summary>The outcomes that an It can have, named as Pester names them.</summary>
internal enum SpecOutcome
{
    Passed,
    Failed,
    Skipped,
}
