using Tongban.Contracts.Registry;
using Tongban.Kernel;
using Tongban.Kernel.Time;

namespace Tongban.Registry.Departments;

/// <param name="DeterminedOn">ISO date.</param>
/// <param name="RepairedOn">ISO date.</param>
sealed record CreditRepaired(string CreditCode, string Matter, string DeterminedOn, string RepairedOn);

/// <summary>
/// Marks a credit record of an enterprise as repaired (国家发展改革委令第58号). It stays on the platform with that mark; a record
/// is published for three months before it can be repaired (sample rule).
/// </summary>
static class RepairCredit
{
    public const string Effect = "credit-repair";

    const int MonthsPublished = 3;

    /// <param name="matter">As the record names it.</param>
    public static Result<CreditRepaired> Run(DepartmentSystem departments, string caseNumber, string creditCode, string matter, DateOnly determinedOn, DateOnly on) =>
        determinedOn.AddMonths(MonthsPublished) is var from && from > on
            ? Error.Conflict("credit.too-early", $"失信记录公示满三个月后才能修复，{DepartmentWrite.Iso(from)} 起可以申请", $"A record is published for three months before it is repaired; apply from {DepartmentWrite.Iso(from)} on",
                "请到期后再申请", "Apply then")
            : departments.Once("credit.db", caseNumber, Effect, creditCode, on, write => Mark(write, creditCode, matter, determinedOn, on));

    static Result<CreditRepaired> Mark(DepartmentWrite write, string creditCode, string matter, DateOnly determinedOn, DateOnly on)
    {
        var records = write.All(
            "SELECT id, xiufu_zt FROM shixin WHERE zhuti_leixing = '法人' AND zhuti_dm = @code AND shixiang = @matter AND rending_rq = @date ORDER BY xiufu_zt = '已修复', id",
            r => (Id: r.GetInt64(0), Repair: r.GetString(1)), ("code", creditCode), ("matter", matter), ("date", DepartmentWrite.Iso(determinedOn)));
        if (records.Count == 0)
            return Error.NotFound("credit.no-record", "信用平台上没有这条失信记录，请核对事项和认定日期", "The credit platform has no such record; check matter and date");
        if (records[0].Repair == "已修复")
            return Error.Conflict("credit.repaired", "这条失信记录已经修复过", "This record was repaired before");
        write.Change("UPDATE shixin SET xiufu_zt = '已修复', xiufu_rq = @on, banjian_bianhao = @case WHERE id = @id", ("id", records[0].Id));
        return new CreditRepaired(creditCode, matter, DepartmentWrite.Iso(determinedOn), DepartmentWrite.Iso(on));
    }

    /// <summary>What others were told of the record before is no longer so.</summary>
    public static RecordChanged Changed(string creditCode, long at) => new("credit.enterprise-records", ["repair"], creditCode, at);
}
