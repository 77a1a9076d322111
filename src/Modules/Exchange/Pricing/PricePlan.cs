namespace Tongban.Exchange;

/// <summary>What a use costs. Governance and use in the public interest are free; industry pays (发改价格〔2025〕65号).</summary>
/// <param name="Unit"><see cref="Call"/>, <see cref="Row"/> or <see cref="Month"/>.</param>
/// <param name="Fen">For so many units as <paramref name="Per"/> says.</param>
/// <param name="Per">1 unless rows are sold by the hundred or thousand.</param>
sealed record PricePlan(string Unit, long Fen, long Per = 1)
{
    public const string Call = "call";
    public const string Row = "row";
    public const string Month = "month";

    public static readonly string[] Units = [Call, Row, Month];

    /// <summary>Null when it can be kept.</summary>
    public static PricePlan? Of(string unit, long? fen, long? per) =>
        Units.Contains(unit) && fen is > 0 and <= Most && per is > 0 and <= Most && (per == 1 || unit == Row) ? new(unit, fen.Value, per.Value) : null;

    public const long Most = 100_000_000;
}

/// <summary>Whom a use is for; decides whether it may cost anything.</summary>
static class UseClass
{
    public const string Governance = "governance";
    public const string PublicInterest = "public-interest";
    public const string Industry = "industry";

    public static readonly string[] All = [Governance, PublicInterest, Industry];

    public static Kernel.Words Name(string? of) => of switch
    {
        Governance => new("治理", "governance"),
        PublicInterest => new("公益", "public interest"),
        Industry => new("产业", "industry"),
        _ => new("未注明", "not stated"),
    };

    /// <summary>Of an agreement from before classes were named a price stands as it was agreed.</summary>
    public static Kernel.Error? Refuses(AgreementTerms terms) => terms is { Plan: not null, UseClass: Governance or PublicInterest }
        ? new(Kernel.ErrorKind.Forbidden, "price.only-industry", "治理和公益用途免费，只有产业用途可以收费", "Governance and use in the public interest are free; only industry use is charged", "fee", "请改为免费，或注明产业用途", "Offer it free of charge, or say that the use is industry's")
        : null;
}
