namespace Tongban.Registry.Sample;

/// <summary>A county-level division with its towns.</summary>
/// <param name="Code">GB/T 2260, six digits.</param>
/// <param name="Prefecture">Name of the city; empty in a municipality.</param>
sealed record County(string Code, string Name, string ProvinceName, string Prefecture, string[] Towns)
{
    /// <summary>Two digits: 31, 32, 33 or 34.</summary>
    public string Province => Code[..2];

    public string PrefectureCode => Code[..4];

    /// <summary>
    /// The division that ids and credit codes of samples carry: county code 99, which GB/T 2260 has not allocated.
    /// Whoever bears it is nobody real.
    /// </summary>
    public string SampleDivision => PrefectureCode + "99";

    /// <summary>The city that people name: 上海市, 苏州市.</summary>
    public string City => Prefecture.Length == 0 ? ProvinceName : Prefecture;

    public string FullName => ProvinceName + Prefecture + Name;
}

/// <summary>The divisions of the region (data/reference/divisions.csv).</summary>
sealed class Places
{
    /// <summary>The provinces of the region; the order is that of every array of weights by province.</summary>
    public static readonly string[] Provinces = ["31", "32", "33", "34"];

    readonly Dictionary<string, County> byCode;
    readonly Dictionary<string, (County[] Counties, double[] Weights)> byProvince;

    Places(IReadOnlyCollection<County> counties)
    {
        byCode = counties.ToDictionary(c => c.Code);
        byProvince = counties.GroupBy(c => c.Province).ToDictionary(
            g => g.Key,
            g => (g.ToArray(), g.Select(c => (double)c.Towns.Length).ToArray()));
    }

    public County this[string code] => byCode[code];

    /// <summary>Counties count by their towns, for want of population by county in the reference data.</summary>
    public County Any(Dice dice, string province)
    {
        var (counties, weights) = byProvince[province];
        return counties[dice.Weighted(weights)];
    }

    public County AnyNear(Dice dice, County county)
    {
        for (var tries = 0; tries < 40; tries++)
        {
            var found = Any(dice, county.Province);
            if (found.PrefectureCode == county.PrefectureCode)
                return found;
        }
        return county;
    }

    /// <summary>Functional zones (a development zone's code) are left out: no household is registered there.</summary>
    public static Places Read(string divisionsCsv)
    {
        var names = new Dictionary<string, string>();
        var towns = new Dictionary<string, List<string>>();
        var codes = new List<string>();
        foreach (var line in File.ReadLines(divisionsCsv).Skip(1))
        {
            var cells = line.Split(',');
            var (code, name, level, parent, zone) = (cells[0], cells[1], cells[2], cells[3], cells[5]);
            names[code] = name;
            if (level == "county" && zone != "yes")
            {
                codes.Add(code);
                towns[code] = [];
            }
            else if (level == "town" && zone != "yes" && towns.TryGetValue(parent, out var list))
            {
                list.Add(name);
            }
        }
        return new Places([.. codes.Where(c => towns[c].Count > 0).Select(c => new County(
            c, names[c], names[c[..2] + "0000"],
            names[c[..4] + "00"] is "市辖区" ? "" : names[c[..4] + "00"],
            [.. towns[c]]))]);
    }
}
