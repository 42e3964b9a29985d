using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;

namespace Eplb.HelpBuilder;

/// <summary>Puts the help of a cmdlet's parameters together.</summary>
internal static class ParameterReader
{
    private static readonly Dictionary<string, string> EngineParameters = new()
    {
        ["WhatIf"] = "Says what would be done, and does nothing.",
        ["Confirm"] = "Asks before anything is done.",
    };

    private static readonly Dictionary<Type, string> ShortNames = new()
    {
        [typeof(string)] = "string",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(double)] = "double",
        [typeof(bool)] = "bool",
        [typeof(object)] = "object",
        [typeof(SwitchParameter)] = "switch",
    };

    /// <summary>The parameters of a cmdlet by name, without the common ones, as far as they are the same in all sets.</summary>
    /// <param name="command">A cmdlet of the module.</param>
    /// <param name="docs">Documentation of its class.</param>
    public static IReadOnlyDictionary<string, ParameterHelp> Read(CmdletInfo command, XmlDocs docs)
    {
        object instance = Activator.CreateInstance(command.ImplementingType)!;
        try
        {
            return command.Parameters.Values.Where(IsShown).ToDictionary(parameter => parameter.Name, parameter => Describe(parameter, instance, docs));
        }
        finally
        {
            (instance as IDisposable)?.Dispose();
        }
    }

    /// <summary>The parameters of one set, in the order in which one writes them.</summary>
    /// <param name="set">A parameter set.</param>
    /// <param name="parameters">What <see cref="Read"/> gave.</param>
    public static IReadOnlyList<ParameterHelp> InSet(CommandParameterSetInfo set, IReadOnlyDictionary<string, ParameterHelp> parameters) =>
        [.. set.Parameters.Where(use => parameters.ContainsKey(use.Name)).Select(use => Combine(parameters[use.Name], [use])).OrderBy(Order)];

    /// <summary>All parameters, each with what holds for it in any set.</summary>
    /// <param name="command">The cmdlet.</param>
    /// <param name="parameters">What <see cref="Read"/> gave.</param>
    public static IReadOnlyList<ParameterHelp> InAllSets(CmdletInfo command, IReadOnlyDictionary<string, ParameterHelp> parameters) =>
    [
        .. command.ParameterSets.SelectMany(set => set.Parameters)
            .Where(use => parameters.ContainsKey(use.Name))
            .GroupBy(use => use.Name)
            .Select(uses => Combine(parameters[uses.Key], [.. uses]))
            .OrderBy(Order),
    ];

    /// <summary>The type of one element, or the type itself where it is no array.</summary>
    /// <param name="type">A parameter's type.</param>
    public static Type ElementType(Type type)
    {
        Type element = type.IsArray ? type.GetElementType()! : type;
        return Nullable.GetUnderlyingType(element) ?? element;
    }

    private static bool IsShown(ParameterMetadata parameter) =>
        EngineParameters.ContainsKey(parameter.Name) || !(Cmdlet.CommonParameters.Contains(parameter.Name) || Cmdlet.OptionalCommonParameters.Contains(parameter.Name));

    private static ParameterHelp Describe(ParameterMetadata parameter, object instance, XmlDocs docs)
    {
        PropertyInfo? property = instance.GetType().GetProperty(parameter.Name);
        Type element = ElementType(parameter.ParameterType);
        return new ParameterHelp(
            parameter.Name,
            TypeName(parameter.ParameterType),
            property is null ? [EngineParameters[parameter.Name]] : DocText.Paragraphs(docs.Find(property)?.Element("summary")),
            element.IsEnum ? Members(element, docs) : [.. parameter.Attributes.OfType<ValidateSetAttribute>().SelectMany(set => set.ValidValues).Select(value => new TypeHelp(value, []))],
            [.. parameter.Aliases.Order(StringComparer.Ordinal)],
            property is null ? "None" : DefaultValue(property.GetValue(instance)),
            parameter.Attributes.OfType<SupportsWildcardsAttribute>().Any());
    }

    private static IReadOnlyList<TypeHelp> Members(Type type, XmlDocs docs) =>
        [.. type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(member => new TypeHelp(member.Name, DocText.Paragraphs(docs.Find(member)?.Element("summary"))))];

    private static ParameterHelp Combine(ParameterHelp parameter, IReadOnlyCollection<CommandParameterInfo> uses) => parameter with
    {
        IsMandatory = uses.All(use => use.IsMandatory),
        Position = uses.Max(use => use.Position) is >= 0 and int position ? position : null,
        ByValue = uses.Any(use => use.ValueFromPipeline),
        ByPropertyName = uses.Any(use => use.ValueFromPipelineByPropertyName),
        DefaultValue = uses.All(use => use.IsMandatory) ? "None" : parameter.DefaultValue,
    };

    // Positional parameters first, then the mandatory ones, -WhatIf and -Confirm last.
    private static int Order(ParameterHelp parameter) => parameter switch
    {
        { Position: int position } => position,
        { IsMandatory: true } => 1000,
        _ => EngineParameters.ContainsKey(parameter.Name) ? 3000 : 2000,
    };

    private static string TypeName(Type type)
    {
        Type element = ElementType(type);
        return ShortNames.GetValueOrDefault(element, element.Name) + (type.IsArray ? "[]" : "");
    }

    private static string DefaultValue(object? value) => value switch
    {
        null or "" or ICollection { Count: 0 } => "None",
        SwitchParameter => "False",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable list and not string => string.Join(", ", list.Cast<object>()),
        _ => value.ToString()!,
    };
}
