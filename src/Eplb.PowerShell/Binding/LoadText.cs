using System.Globalization;

namespace Eplb.Commands;

/// <summary>Loads as the table views show them, in seven characters at most: whole numbers exactly up to a million, else four digits and a unit.</summary>
public static class LoadText
{
    private const string Units = "MGTP";

    /// <summary>The text of one load.</summary>
    /// <param name="load">A load, 0 or higher.</param>
    public static string Of(double load)
    {
        if (load < 999_999.5)
            return load.ToString(load == Math.Floor(load) || load >= 999.95 ? "#,0" : FourDigits(load), CultureInfo.InvariantCulture);

        double scaled = load / 1e6;
        int unit = 0;
        for (; scaled >= 999.95 && unit < Units.Length; unit++) scaled /= 1000;
        return unit < Units.Length
            ? scaled.ToString(FourDigits(scaled), CultureInfo.InvariantCulture) + Units[unit]
            : load.ToString("0.00e0", CultureInfo.InvariantCulture);
    }

    private static string FourDigits(double number) => number switch
    {
        >= 99.995 => "0.0",
        >= 9.9995 => "0.00",
        >= 0.99995 => "0.000",
        >= 1e-3 => "0.0000",
        _ => "0.0e-0",
    };
}
