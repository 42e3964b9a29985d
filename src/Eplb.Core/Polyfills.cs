#if !NET
namespace System.Runtime.CompilerServices;

// What the compiler asks for by name and netstandard2.0 lacks. A generator of such types would order them anew in every run of the
// compiler, so that no two builds would be equal.

/// <summary>Marks a property that can be set while its object is made, and not later.</summary>
internal static class IsExternalInit;

/// <summary>Marks a type that the compiler builds interpolated texts with.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
internal sealed class InterpolatedStringHandlerAttribute : Attribute;
#endif
