using System.Management.Automation;

namespace Eplb.Commands;

/// <summary>Brings the module's objects back to life after a job, a remote session or Export-Clixml.</summary>
public sealed class EplbTypeConverter : PSTypeConverter
{
    /// <inheritdoc/>
    public override bool CanConvertFrom(object sourceValue, Type destinationType) => sourceValue is PSObject && Find(destinationType) is not null;

    /// <inheritdoc/>
    public override object ConvertFrom(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase)
    {
        try
        {
            return Find(destinationType)!((PSObject)sourceValue);
        }
        catch (EplbException broken)
        {
            throw new PSInvalidCastException(broken.Message, broken);
        }
    }

    /// <inheritdoc/>
    public override bool CanConvertTo(object sourceValue, Type destinationType) => false;

    /// <inheritdoc/>
    public override object ConvertTo(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        throw new PSInvalidCastException($"{sourceValue} does not convert to {destinationType}.");

    private static Func<PSObject, object>? Find(Type type) => type switch
    {
        _ when type == typeof(ExpertLoad) => LoadCollector.FromProperties,
        _ when type == typeof(PhysicalExpert) => PlacementConverter.ToPhysicalExpert,
        _ when type == typeof(PlacementMap) => PlacementConverter.ToMap,
        _ => null,
    };
}
