namespace Eplb.Tests.Specs;

/// <summary>Ends a test that skips itself.</summary>
internal sealed class SkippedTestException(string message) : Exception(message);
