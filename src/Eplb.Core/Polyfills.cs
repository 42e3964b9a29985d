#if !NET
namespace System.Runtime.CompilerServices;

// What the compiler asks for by name and netstandard2.0 lacks. A generator of such types would order them anew in every run of the
// compiler, so that no two builds would be equal.

/// <summary>Marks a property that can be set while its object is made, and not later.</summary>
internal static class IsExternalInit;

/// <summary>Marks a type that the compiler builds interpolated texts with.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
internal sealed class InterpolatedStringHandlerAttribute : Attribute;

/// <summary>Names what the maker of such a type is given; the empty name is the object whose method takes it.</summary>
/// <param name="argument">Name of a parameter.</param>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class InterpolatedStringHandlerArgumentAttribute(string argument) : Attribute
{
    /// <summary>Names of the parameters.</summary>
    public string[] Arguments { get; } = [argument];
}
#endif
