using System.Globalization;

namespace Tongban.Kernel;

/// <summary>A citizen identity number (GB 11643-1999): 6 digits division, 8 birth date, 3 sequence (odd is male), 1 check.</summary>
public readonly record struct CitizenId
{
    static readonly int[] Weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const string CheckCharacters = "10X98765432";

    readonly string text;

    CitizenId(string text) => this.text = text;

    public string Division => text[..6];

    public DateOnly BirthDate => DateOnly.ParseExact(text.AsSpan(6, 8), "yyyyMMdd", CultureInfo.InvariantCulture);

    public bool IsMale => (text[16] - '0') % 2 == 1;

    /// <summary>Whole years at a civil date.</summary>
    public int AgeAt(DateOnly date)
    {
        var birth = BirthDate;
        var age = date.Year - birth.Year;
        return birth.AddYears(age) > date ? age - 1 : age;
    }

    /// <summary>For lists where the whole number is not needed: first 6, last 2.</summary>
    public string Masked => $"{text[..6]}**********{text[16..]}";

    public override string ToString() => text;

    /// <param name="input">18 characters; a lower-case x is accepted.</param>
    /// <param name="today">A birth date after this day is refused.</param>
    public static Result<CitizenId> Parse(string? input, DateOnly today)
    {
        var text = input?.Trim().ToUpperInvariant() ?? "";
        if (text.Length != 18)
            return Wrong("citizen-id.length", $"身份证号应为 18 位，现为 {text.Length} 位", $"A citizen id has 18 characters; this one has {text.Length}");
        for (var i = 0; i < 17; i++)
        {
            if (!char.IsAsciiDigit(text[i]))
                return Wrong("citizen-id.character", $"身份证号第 {i + 1} 位应为数字", $"Character {i + 1} of a citizen id must be a digit");
        }
        if (!DateOnly.TryParseExact(text.AsSpan(6, 8), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var birth))
            return Wrong("citizen-id.birth-date", "身份证号第 7–14 位不是有效的出生日期", "Characters 7–14 of the citizen id are not a date");
        if (birth > today)
            return Wrong("citizen-id.birth-date-future", "身份证号中的出生日期晚于今天", "The birth date in the citizen id lies in the future");
        if (text[17] != CheckCharacter(text.AsSpan(0, 17)))
            return Wrong("citizen-id.check", "身份证号校验位不对，可能有一位输错", "The check digit does not match: one character is probably mistyped");
        return new CitizenId(text);

        static Error Wrong(string code, string detail, string detailEn) =>
            Error.Invalid(code, detail, detailEn, "citizenId", "请对照身份证核对后重新输入", "Compare it with the card and enter it again");
    }

    /// <summary>Reads a number this system stored itself; a malformed one is a bug.</summary>
    public static CitizenId Stored(string text) => Parse(text, DateOnly.MaxValue).Value;

    public static CitizenId Make(string division, DateOnly birth, int sequence)
    {
        var body = $"{division}{birth.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}{sequence:D3}";
        return new CitizenId(body + CheckCharacter(body));
    }

    public static char CheckCharacter(ReadOnlySpan<char> first17)
    {
        var sum = 0;
        for (var i = 0; i < 17; i++)
            sum += (first17[i] - '0') * Weights[i];
        return CheckCharacters[sum % 11];
    }
}
