using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>Numbers that carry a check of their own: what a department gives as one is one.</summary>
static class Identifiers
{
    public const string CitizenIds = "person.citizen-id";
    public const string CreditCodes = "firm.credit-code";
    const string CertificateNumbers = "certificate.number";

    /// <summary>The data element of what is asked by.</summary>
    public static string? ElementOf(ResourceParameter parameter) => parameter.Type switch { "citizen-id" => CitizenIds, "credit-code" => CreditCodes, _ => null };

    public static bool Checks(string? element) => element is CitizenIds or CreditCodes or CertificateNumbers;

    /// <summary>What is wrong with it, in words without the number itself.</summary>
    public static Words? Wrong(string? element, string value) => element switch
    {
        CitizenIds => Judge(CitizenId.Parse(value, DateOnly.MaxValue), value),
        CreditCodes => Judge(CreditCode.Parse(value), value),
        CertificateNumbers => Judge(CertificateNumber.Parse(value), value),
        _ => null,
    };

    /// <summary>In the form in which it is looked for: nobody finds a number with a space behind it.</summary>
    static Words? Judge<T>(Result<T> read, string value) where T : struct =>
        read.Error is { } error ? new Words(error.Detail, error.DetailEn)
        : read.Value.ToString() != value ? new Words("要去掉空格，字母用大写", "write it without spaces and with capital letters") : null;
}
