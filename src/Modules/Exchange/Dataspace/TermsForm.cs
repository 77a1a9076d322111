using System.Globalization;
using Microsoft.AspNetCore.Http;
using Tongban.Kernel;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>Terms as a steward enters them: what to ask for, or what to offer instead.</summary>
static class TermsForm
{
    const long MostQueries = 100_000_000;
    const int LongestYears = 50;
    static readonly char[] Parting = [' ', '\n', '\r', ',', '，', '、'];

    /// <param name="standing">What stays as it stands: who, which resource, the relation to persons beside the one who consents.</param>
    public static Result<AgreementTerms> Read(IFormCollection form, ResourceOffer offer, AgreementTerms standing, TimeProvider clock)
    {
        var fields = form["fields"].OfType<string>().ToList();
        if (fields.Count == 0 || fields.Exists(f => offer.Field(f) is null))
            return Wrong("fields", "请至少选择一个字段", "Choose at least one field");
        var purposes = Text(form, "purposes").Split(Parting, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal).ToList();
        if (purposes.Count is 0 or > 500 || purposes.Exists(p => p != "*" && (p.Length is < 4 or > 64 || !p.All(char.IsAsciiLetterOrDigit))))
            return Wrong("purposes", "请填写事项基本编码，每行一个；不限事项填 *", "Enter base codes of items, one a line; * is any item");
        if (Number(form, "quota") is not { } quota || quota is <= 0 or > MostQueries)
            return Wrong("quota", "请填写每天最多查询次数（正整数）", "Enter how many queries a day (a whole number)");
        if (!Optional(form, "rate", out var rate))
            return Wrong("rate", "请填写正整数，或留空", "Enter a whole number, or leave it empty");
        if (!Optional(form, "retention", out var retention) || retention > 36_500)
            return Wrong("retention", "请填写天数，或留空", "Enter days, or leave it empty");
        if (!Optional(form, "fee", out var fee))
            return Wrong("fee", "请填写正整数（分），或留空", "Enter a whole number (fen), or leave it empty");
        if (!Optional(form, "feePer", out var per))
            return Wrong("feePer", "请填写正整数，或留空", "Enter a whole number, or leave it empty");
        var unit = Text(form, "priceUnit") is { Length: > 0 } chosen ? chosen : PricePlan.Call;
        if (fee is not null && PricePlan.Of(unit, fee, per ?? 1) is null)
            return Wrong("priceUnit", "请选择计价方式；只有按行计价可以写每多少行", "Choose how it is charged; only rows are sold by the so many");
        var use = Text(form, "useClass");
        if (use.Length > 0 && !UseClass.All.Contains(use))
            return Wrong("useClass", "请选择用途类别", "Choose whom the use is for");
        var group = Number(form, "leastGroup");
        if (offer.Aggregate is { } shape && (group is null or > AggregateShape.MostAllowed || group < (shape.LeastGroup ?? AggregateShape.LeastAllowed)))
            return Wrong("leastGroup", $"最小组应为 {shape.LeastGroup ?? AggregateShape.LeastAllowed} 以上的整数", $"The least group is a whole number of {shape.LeastGroup ?? AggregateShape.LeastAllowed} or more");
        if (offer.Aggregate?.DepthOf(fields).Error is { } level)
            return level;
        var place = Text(form, "place");
        if (place.Length > 0 && (place.Length is < 6 or > 12 || !place.All(char.IsAsciiDigit)))
            return Wrong("place", "请填写 6–12 位行政区划代码，或留空", "Enter a division code of 6 to 12 digits, or leave it empty");
        var until = 0L;
        if (Text(form, "until") is { Length: > 0 } last)
        {
            if (!DateOnly.TryParseExact(last, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) || day < clock.Today() || day > clock.Today().AddYears(LongestYears))
                return Wrong("until", $"请填写今天以后 {LongestYears} 年以内的日期，或留空", $"Enter a day to come, within {LongestYears} years, or leave it empty");
            until = new DateTimeOffset(day.AddDays(1).ToDateTime(TimeOnly.MinValue), LocalTime.Zone.BaseUtcOffset).ToUnixTimeMilliseconds();
        }
        var basis = Basis(form, standing.Basis);
        if (!basis.Ok)
            return basis.Error;
        if (form["bulk"] == "true" && basis.Value.IsConsent)
            return Wrong("bulk", "以当事人同意为依据的协议不能批量取数", "An agreement that rests on consent grants nothing in bulk");
        var terms = standing with
        {
            Fields = fields,
            Purposes = purposes,
            CaseRequired = form["case"] == "true",
            Basis = basis.Value,
            QuotaPerDay = quota,
            RatePerMinute = rate,
            RetentionDays = (int?)retention,
            NoOnwardUse = form["noOnward"] == "true",
            Place = place.Length > 0 ? place : null,
            FenPerCall = unit == PricePlan.Call ? fee : null,
            Price = unit == PricePlan.Call || fee is null ? null : PricePlan.Of(unit, fee, per ?? 1),
            UseClass = use.Length > 0 ? use : null,
            Processing = form["processing"] == "true",
            Subscription = form["subscription"] == "true",
            Bulk = form["bulk"] == "true",
            LeastGroup = offer.Aggregate is null ? null : (int?)group,
            ValidFrom = 0,
            ValidUntil = until,
        };
        return UseClass.Refuses(terms) is { } free ? free with { Kind = ErrorKind.Invalid } : terms;
    }

    static Result<AgreementBasis> Basis(IFormCollection form, AgreementBasis standing)
    {
        var kind = Text(form, "basis");
        if (kind is not (AgreementBasis.Consent or AgreementBasis.Legal))
            return Wrong("basis", "请选择依据", "Choose the basis");
        var (zh, en) = (Text(form, "basisText"), Text(form, "basisTextEn"));
        if (zh.Length > 500 || en.Length > 500)
            return Wrong("basisText", "依据不超过 500 字", "At most 500 characters");
        if (zh.Length == 0)
            return kind == standing.Kind ? standing : new AgreementBasis(kind, kind == AgreementBasis.Consent ? StandingOffer.ByConsent.Text : StandingOffer.ByLaw.Text);
        return new AgreementBasis(kind, new Words(zh, en.Length > 0 ? en : zh));
    }

    static string Text(IFormCollection form, string name) => form[name].ToString().Trim();

    static long? Number(IFormCollection form, string name) => long.TryParse(Text(form, name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    static bool Optional(IFormCollection form, string name, out long? number)
    {
        number = Number(form, name);
        return Text(form, name).Length == 0 || number is > 0 and <= MostQueries;
    }

    static Error Wrong(string where, string zh, string en) => Error.Invalid("negotiation.terms", zh, en, where, "改正后重新提交", "Correct it and submit again");
}
