namespace Eplb;

/// <summary>Input that breaks a rule. The message says what was wrong, where, and what would be right.</summary>
/// <remarks>Everything in the core that rejects input throws this type, so that a caller catches one type and reads one id.</remarks>
public sealed class EplbException : Exception
{
    /// <summary>Makes the exception for one broken rule.</summary>
    /// <param name="error">The rule that was broken; its name is the stable error id.</param>
    /// <param name="message">What was wrong, where, and what would be right, in one or two sentences.</param>
    /// <param name="target">The offending object: a file, a value, a layer; null where there is none.</param>
    /// <param name="innerException">The failure underneath, if there was one.</param>
    public EplbException(EplbError error, string message, object? target = null, Exception? innerException = null)
        : base(ErrorText.Clean(message), innerException)
    {
        Error = error;
        Target = target;
    }

    /// <inheritdoc cref="EplbException(EplbError, string, object?, Exception?)"/>
    internal EplbException(EplbError error, InvariantText message, object? target = null, Exception? innerException = null)
        : this(error, message.ToString(), target, innerException)
    {
    }

    /// <summary>The rule that was broken. Its name is the stable error id.</summary>
    public EplbError Error { get; }

    /// <summary>The offending object: a file, a value, a layer; null where there is none.</summary>
    public object? Target { get; }

    /// <summary>The same error with the place put in front of its message, for a caller that knows more about where it happened.</summary>
    /// <param name="place">A file, with a line or key where known.</param>
    /// <param name="target">The offending object, usually the file's path.</param>
    internal EplbException At(string place, object? target) => new(Error, $"{place}: {Message}", target, InnerException);
}
