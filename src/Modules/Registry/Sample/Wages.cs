namespace Tongban.Registry.Sample;

/// <summary>What wages and insurance rates were. Sample values in the shape of the published ones, not the published ones.</summary>
static class Wages
{
    static readonly Dictionary<string, long> MonthlyIn2025 = new()
    {
        ["31"] = 12_400_00,
        ["32"] = 9_600_00,
        ["33"] = 9_900_00,
        ["34"] = 8_300_00,
    };

    static readonly Dictionary<string, long> SquareMetre = new()
    {
        ["31"] = 52_000_00,
        ["32"] = 14_500_00,
        ["33"] = 17_500_00,
        ["34"] = 9_200_00,
    };

    /// <summary>The employee's part goes to the personal account in full: 8 % of the base (国发〔2005〕38号).</summary>
    public const decimal PersonalRate = 0.08m;

    /// <summary>Average monthly wage, fen, whole yuan.</summary>
    public static long Average(string province, int year) =>
        (long)(MonthlyIn2025[province] * Math.Pow(1.082, year - 2025) / 100) * 100;

    /// <summary>The contribution base: the wage, held between 60 % and 300 % of the average, fen a month.</summary>
    public static long Base(string province, int year, double factor) =>
        (long)(Average(province, year) * Math.Clamp(factor, 0.6, 3.0) / 100) * 100;

    /// <summary>Interest of a year on the balance carried into it.</summary>
    public static decimal Interest(int year) => year switch
    {
        < 2016 => 0.03m,
        2016 => 0.0831m,
        2017 => 0.0712m,
        2018 => 0.0829m,
        2019 => 0.0761m,
        2020 => 0.0604m,
        2021 => 0.0669m,
        2022 => 0.0612m,
        2023 => 0.0397m,
        2024 => 0.0262m,
        _ => 0.02m,
    };

    /// <summary>Price of a home when the contract was signed, fen a square metre, whole yuan.</summary>
    public static long HomePrice(string province, int year) =>
        (long)(SquareMetre[province] * Math.Pow(1.07, Math.Min(year, 2019) - 2019) / 100) * 100;
}
