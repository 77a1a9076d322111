using System.Globalization;
using Tongban.Contracts.Notices;
using Tongban.Kernel;

namespace Tongban.Notices;

/// <summary>
/// The number of an official document: the issuing body's word, the kind, the year in hexagonal brackets (GB/T 9704) and a
/// run of the body, kind and year: 皖医保受〔2026〕000123号.
/// </summary>
static class DocumentNumber
{
    /// <summary>Name of the gapless run the number comes from: what is printed before the number, so that no two runs print the same.</summary>
    public static string Run(string division, string department, NoticeKind kind, int year) => $"notice:{Head(division, department, kind, year)}";

    public static string Of(string division, string department, NoticeKind kind, int year, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{Head(division, department, kind, year)}{number:D6}号");

    static string Head(string division, string department, NoticeKind kind, int year) =>
        string.Create(CultureInfo.InvariantCulture, $"{Province(division)}{Body(department)}{Word(kind)}〔{year}〕");

    static string Province(string division) => Divisions.Province(division) switch
    {
        "310000" => "沪",
        "320000" => "苏",
        "330000" => "浙",
        "340000" => "皖",
        _ => division,
    };

    static string Body(string department) => department[(department.IndexOf('-', StringComparison.Ordinal) + 1)..] switch
    {
        "police" => "公",
        "civil" => "民",
        "estate" => "自然资",
        "hrss" => "人社",
        "fund" => "公积金",
        "medical" => "医保",
        "market" => "市监",
        "credit" => "信用",
        _ => "政务",
    };

    static string Word(NoticeKind kind) => kind switch
    {
        NoticeKind.Accepted => "受",
        NoticeKind.Supplement => "补",
        NoticeKind.NotAccepted => "不受",
        NoticeKind.Approved => "准",
        NoticeKind.Refused => "驳",
        NoticeKind.Delivery => "送",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
