using System.Globalization;
using System.Text.Json;
using Tongban.Contracts.Cases;
using Tongban.Kernel;

namespace Tongban.Registry.Departments;

/// <summary>
/// From the effect a case names to the change in the department's system, and from what came of it to the values that
/// later steps and the certificate use. The keys are listed in the room's README. A refusal is the department's answer;
/// only <see cref="ErrorKind.Unavailable"/> is worth trying again.
/// </summary>
static class ApplyEffect
{
    /// <summary>What came from another node is whole or refused: a missing member must not become a null.</summary>
    static readonly JsonSerializerOptions Whole = new() { RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    /// <param name="on">Civil date of the change.</param>
    public static Result<IReadOnlyDictionary<string, string>> Run(DepartmentSystem departments, EffectDue due, DateOnly on)
    {
        var id = due.Applicant.CitizenId;
        var (number, inputs) = (due.CaseNumber, new Inputs(due));
        return due.Effect switch
        {
            TransferPensionOut.Effect => TransferPensionOut.Run(departments, number, id, on).Map(Told),
            TransferPensionIn.Effect => inputs.Handed<PensionTransfer>("transfer").Then(t => Of(id, t.CitizenId, t))
                .Then(t => TransferPensionIn.Run(departments, number, t, on)).Map(Told),
            MoveHouseholdOut.Effect => inputs.Needed("toDivision")
                .Then(to => MoveHouseholdOut.Run(departments, number, id, to, inputs.Or("reason", Joining), on)).Map(Told),
            MoveHouseholdIn.Effect => inputs.Handed<HouseholdMove>("page").Then(p => Of(id, p.CitizenId, p))
                .Then(page => MoveHouseholdIn.Run(departments, number, page, inputs.Sponsor(id), inputs.Maybe("toHousehold"), inputs.Or("reason", Joining), on)).Map(Told),
            FileOffsiteTreatment.Effect => inputs.Needed("treatmentDivision").Then(place => inputs.Needed("filingKind").Then(kind => inputs.Date("startDate", on).Then(from =>
                FileOffsiteTreatment.Run(departments, number, id, place, KindOf(kind), from, on)))).Map(Told),
            RepairCredit.Effect => inputs.Needed("matter").Then(matter => inputs.Needed("determinedOn").Then(_ => inputs.Date("determinedOn", on)).Then(date =>
                RepairCredit.Run(departments, number, id, matter, date, on))).Map(Told),
            WithdrawHousingFund.Effect => Withdraw(departments, number, id, inputs, on).Map(Told),
            _ => Error.Unsupported("effect.unknown", $"部门系统不支持此操作：{due.Effect}", $"No department system does this: {due.Effect}", "effect"),
        };
    }

    const string Joining = "夫妻投靠";

    static readonly string[] Property = ["property", "spouse-property"];

    /// <summary>The account, the home and its price are what the registers say; only where nothing was found there, what was entered.</summary>
    static Result<FundWithdrawn> Withdraw(DepartmentSystem departments, string caseNumber, string id, Inputs inputs, DateOnly on)
    {
        var amount = inputs.Needed("amount").Then(text => Inputs.Fen("amount", text));
        if (!amount.Ok)
            return amount.Error;
        var account = inputs.Held("accountNumber", "fund-account");
        return inputs.Held("unitNumber", Property).Then(unit => inputs.Held("price", Property).Then(text => Inputs.Fen("price", text)).Map(fen => new Home(unit, fen)))
            .Then(home => WithdrawHousingFund.Run(departments, caseNumber, id, account.Ok ? account.Value : null, amount.Value, inputs.Or("reason", "购买自住住房"), home, on));
    }

    /// <summary>The form's choice in the department's own words; those words themselves are taken as they are.</summary>
    static string KindOf(string choice) => choice switch
    {
        "retired" => "异地安置退休人员",
        "residing" => "异地长期居住人员",
        "working" => "常驻异地工作人员",
        "referral" => "异地转诊人员",
        _ => choice,
    };

    /// <summary>A ledger or a page of somebody else is never booked for the applicant.</summary>
    static Result<T> Of<T>(string applicant, string subject, T handed) => applicant == subject
        ? handed
        : Error.Conflict("effect.other-person", "移交的数据不属于申请人", "What was handed over is not about the applicant");

    static IReadOnlyDictionary<string, string> Told(PensionTransfer t) => new Dictionary<string, string>
    {
        ["transfer"] = JsonSerializer.Serialize(t),
        ["transferredMonths"] = Text(t.Months),
        ["personalFen"] = Text(t.PersonalFen),
        ["pooledFen"] = Text(t.PooledFen),
        ["fromDivision"] = t.FromDivision,
    };

    static IReadOnlyDictionary<string, string> Told(PensionJoined j) => new Dictionary<string, string>
    {
        ["transferredMonths"] = Text(j.TransferredMonths),
        ["months"] = Text(j.Months),
        ["balanceFen"] = Text(j.BalanceFen),
    };

    static IReadOnlyDictionary<string, string> Told(HouseholdMove m) => new Dictionary<string, string>
    {
        ["page"] = JsonSerializer.Serialize(m),
        ["fromDivision"] = m.FromDivision,
        ["fromAddress"] = m.FromAddress,
    };

    static IReadOnlyDictionary<string, string> Told(HouseholdJoined j) => new Dictionary<string, string>
    {
        ["householdNumber"] = j.HouseholdNumber,
        ["division"] = j.Division,
        ["address"] = j.Address,
        ["headName"] = j.HeadName,
        ["relation"] = j.Relation,
    };

    static IReadOnlyDictionary<string, string> Told(OffsiteFiled f) => new Dictionary<string, string>
    {
        ["filingNumber"] = f.FilingNumber,
        ["filingKind"] = f.Kind,
        ["treatmentDivision"] = f.Division,
        ["from"] = f.From,
    };

    static IReadOnlyDictionary<string, string> Told(FundWithdrawn w) => new Dictionary<string, string>
    {
        ["accountNumber"] = w.AccountNumber,
        ["amountFen"] = Text(w.AmountFen),
        ["balanceFen"] = Text(w.BalanceFen),
    };

    static IReadOnlyDictionary<string, string> Told(CreditRepaired r) => new Dictionary<string, string>
    {
        ["creditCode"] = r.CreditCode,
        ["matter"] = r.Matter,
        ["determinedOn"] = r.DeterminedOn,
        ["repairedOn"] = r.RepairedOn,
    };

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>What the case hands over: results of earlier steps first, then the form.</summary>
    readonly struct Inputs(EffectDue due)
    {

        public string? Maybe(string key) =>
            due.Data.GetValueOrDefault(key) is { Length: > 0 } handed ? handed : due.Form.GetValueOrDefault(key) is { Length: > 0 } entered ? entered : null;

        public string Or(string key, string otherwise) => Maybe(key) ?? otherwise;

        public Result<string> Needed(string key) => Maybe(key) is { } value ? value : Missing(key);

        /// <summary>What evidence for one of these requirements says; where there is none, what was entered.</summary>
        public Result<string> Held(string key, params IReadOnlyList<string> requirements)
        {
            foreach (var requirement in requirements)
            {
                if (due.Data.GetValueOrDefault($"{requirement}.{key}") is { Length: > 0 } found)
                    return found;
            }
            return Needed(key);
        }

        /// <summary>Money in a form is whole fen, as everywhere inside; pages show yuan.</summary>
        public static Result<long> Fen(string key, string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var fen)
            ? fen
            : Error.Invalid("effect.amount", "金额应以整数分计", "The amount must be whole fen", key);

        public Result<DateOnly> Date(string key, DateOnly otherwise)
        {
            if (Maybe(key) is not { } text)
                return otherwise;
            return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
                ? date
                : Error.Invalid("effect.date", "日期格式应为 2026-11-23", "A date is written 2026-11-23", key);
        }

        /// <summary>Whom the applicant moves to, from evidence and not from what was typed: the spouse's own register, or the other name on the marriage.</summary>
        public string? Sponsor(string applicant)
        {
            foreach (var key in (ReadOnlySpan<string>)["spouse-register.citizenId", "marriage.husbandId", "marriage.wifeId"])
            {
                if (due.Data.GetValueOrDefault(key) is { Length: > 0 } id && id != applicant)
                    return id;
            }
            return null;
        }

        public Result<T> Handed<T>(string key)
        {
            var needed = Needed(key);
            if (!needed.Ok)
                return needed.Error;
            try
            {
                return JsonSerializer.Deserialize<T>(needed.Value, Whole) is { } value ? value : Missing(key);
            }
            catch (JsonException)
            {
                return Error.Invalid("effect.unreadable", "前一步骤移交的数据无法读取", "What the earlier step handed over cannot be read", key);
            }
        }

        static Error Missing(string key) =>
            Error.Invalid("effect.missing", $"缺少办理所需的数据：{key}", $"A value this needs is missing: {key}", key);
    }
}
