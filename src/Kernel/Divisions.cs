namespace Tongban.Kernel;

/// <summary>Administrative division codes (GB/T 2260): province 2, prefecture 4, county 6, town 9, village 12 digits, zero-filled.</summary>
public static class Divisions
{
    /// <summary>The digits that all codes of the division's subtree begin with: 310000 → 31, 340100 → 3401, 310104 → 310104.</summary>
    public static string Prefix(string code)
    {
        if (code.Length == 6 && code.EndsWith("0000", StringComparison.Ordinal))
            return code[..2];
        if (code.Length == 6 && code.EndsWith("00", StringComparison.Ordinal))
            return code[..4];
        return code;
    }

    /// <summary>The province a code lies in, as six digits.</summary>
    public static string Province(string code) => code.Length < 2 ? "" : code[..2] + "0000";

    public static bool Contains(string ancestor, string code) => code.StartsWith(Prefix(ancestor), StringComparison.Ordinal);
}
