namespace Eplb.Hosting;

/// <summary>The command line cannot be carried out; the message says what would be right.</summary>
internal sealed class UsageException(string message) : Exception(message);
