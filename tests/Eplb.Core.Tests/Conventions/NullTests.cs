using System.Reflection;

namespace Eplb.Tests;

/// <summary>The library's edge: what its signatures say must not be null is refused at once, by name.</summary>
public class NullTests
{
    private static readonly ExpertLoad[] Loads = [.. Enumerable.Range(0, 2).Select(window => new ExpertLoad(0, [1, 2, 3, 4], window))];
    private static readonly LoadMatrix Matrix = LoadMatrix.Combine(Loads);
    private static readonly ClusterShape Shape = new(4, 2);
    private static readonly PlacementMap Map = Planner.Plan(Matrix, Shape);
    private static readonly LoadRecording Recording = ExpertLoadReader.ReadRecording(TestData.PathOf("formats/plain-i4.npy"));

    // One of each type that is not null where another parameter is.
    private static readonly object[] Samples =
    [
        Loads, Matrix, Shape, Map, Recording, "path", new double[] { 1, 2 }, new int[] { 2 }, new BalanceReport(), new BalanceEvaluator(Map),
        new RebalanceGate(), new ReplicaSizing(Matrix, 0.9), new PrometheusText(), new PlacementExport(Map, PlacementFormat.Json),
        new List<BacktestStep>(), new List<LayerPlacement>(), new List<PhysicalExpert>(), new ModelLayers(),
    ];

    public static TheoryData<string, string> NotNullable()
    {
        var rows = new TheoryData<string, string>();
        foreach (MethodBase method in Members())
        {
            foreach (ParameterInfo parameter in method.GetParameters().Where(MustNotBeNull)) rows.Add(Describe(method), parameter.Name!);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(NotNullable))]
    public void Null_is_refused_by_name(string member, string parameter)
    {
        MethodBase method = Members().Single(method => Describe(method) == member);
        object?[] arguments = [.. method.GetParameters().Select(other => other.Name == parameter ? null : Sample(other))];
        object? target = method.IsStatic || method is ConstructorInfo ? null : Samples.First(method.DeclaringType!.IsInstanceOfType);

        TargetInvocationException refused = Assert.Throws<TargetInvocationException>(() =>
            method is ConstructorInfo constructor ? constructor.Invoke(arguments) : method.Invoke(target, arguments));
        Assert.Equal(parameter, Assert.IsType<ArgumentNullException>(refused.InnerException).ParamName);
    }

    private static IEnumerable<MethodBase> Members() => typeof(Planner).Assembly.GetExportedTypes()
        // An exception must not fail for want of a message.
        .Where(type => !typeof(Exception).IsAssignableFrom(type))
        .SelectMany(type => type.GetMembers(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        .OfType<MethodBase>()
        .Where(method => method is ConstructorInfo || !method.IsSpecialName)
        .Where(method => !Array.Exists(method.GetParameters(), parameter => parameter.ParameterType.IsByRefLike));

    private static bool MustNotBeNull(ParameterInfo parameter) =>
        !parameter.ParameterType.IsValueType && new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.NotNull;

    private static object? Sample(ParameterInfo parameter) => parameter.HasDefaultValue && !MustNotBeNull(parameter)
        ? parameter.ParameterType.IsValueType && parameter.DefaultValue is null ? Activator.CreateInstance(parameter.ParameterType) : parameter.DefaultValue
        : parameter.ParameterType.IsValueType
            ? Activator.CreateInstance(parameter.ParameterType)
            : Samples.First(parameter.ParameterType.IsInstanceOfType);

    private static string Describe(MethodBase method) =>
        $"{method.DeclaringType!.Name}.{method.Name}({string.Join(", ", method.GetParameters().Select(parameter => parameter.ParameterType.Name))})";
}
