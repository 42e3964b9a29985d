using System.Management.Automation;

namespace Eplb.Tests.Specs;

/// <summary>Discovery met an error: the file or block is not known as a whole.</summary>
internal sealed class SpecUnreadableException(ErrorRecord error) : RuntimeException(error.ToString(), error.Exception, error);
