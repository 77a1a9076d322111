namespace Tongban.Kernel;

/// <summary>A unified social credit code (GB 32100-2015): 17 characters and a check character, base 31.</summary>
public readonly record struct CreditCode
{
    public const string Alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    static readonly int[] Weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

    readonly string text;

    CreditCode(string text) => this.text = text;

    /// <summary>The registering authority's division, characters 3–8.</summary>
    public string Division => text[2..8];

    public override string ToString() => text;

    public static Result<CreditCode> Parse(string? input)
    {
        var text = input?.Trim().ToUpperInvariant() ?? "";
        if (text.Length != 18)
            return Wrong("credit-code.length", $"统一社会信用代码应为 18 位，现为 {text.Length} 位", $"A unified social credit code has 18 characters; this one has {text.Length}");
        for (var i = 0; i < 18; i++)
        {
            if (!Alphabet.Contains(text[i]))
                return Wrong("credit-code.character", $"统一社会信用代码第 {i + 1} 位不是允许的字符", $"Character {i + 1} is not allowed in a unified social credit code");
        }
        if (text[17] != CheckCharacter(text.AsSpan(0, 17)))
            return Wrong("credit-code.check", "统一社会信用代码校验位不对，可能有一位输错", "The check character does not match: one character is probably mistyped");
        return new CreditCode(text);

        static Error Wrong(string code, string detail, string detailEn) =>
            Error.Invalid(code, detail, detailEn, "creditCode", "请对照营业执照核对后重新输入", "Compare it with the licence and enter it again");
    }

    public static CreditCode Make(string first17) => new(first17 + CheckCharacter(first17));

    public static char CheckCharacter(ReadOnlySpan<char> first17)
    {
        var sum = 0;
        for (var i = 0; i < 17; i++)
            sum += Alphabet.IndexOf(first17[i]) * Weights[i];
        return Alphabet[(31 - sum % 31) % 31];
    }
}
