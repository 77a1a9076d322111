using Tongban.Kernel;

namespace Tongban.Registry.Departments;

/// <summary>The page of the register that goes with a person from one police department to another.</summary>
/// <param name="Birth">Eight digits, as the register has it.</param>
sealed record HouseholdMove(
    string CitizenId, string Name, string Sex, string Ethnicity, string Birth, string MaritalState,
    string? FatherId, string? MotherId, string Phone, string FromDivision, string FromAddress);

/// <summary>Takes a person off the register of the place that is left (户口登记条例 article 10), for a move that the new place approved.</summary>
static class MoveHouseholdOut
{
    public const string Effect = "household-move-out";

    /// <param name="toDivision">Six digits, where the person goes.</param>
    /// <param name="reason">As on the approval, such as 夫妻投靠.</param>
    public static Result<HouseholdMove> Run(DepartmentSystem departments, string caseNumber, string citizenId, string toDivision, string reason, DateOnly on) =>
        departments.Once("police.db", caseNumber, Effect, citizenId, on, write => Leave(write, citizenId, toDivision, reason));

    static Result<HouseholdMove> Leave(DepartmentWrite write, string citizenId, string toDivision, string reason)
    {
        var found = write.All(
            """
            SELECT r.xm, r.xb, r.mz, r.csrq, r.hyzk, r.fq_sfzh, r.mq_sfzh, r.lxdh, h.xzqh, h.dizhi, r.huhao, h.hz_sfzh = r.sfzh,
                   (SELECT count(*) FROM renkou m WHERE m.huhao = r.huhao AND m.zt = '正常')
            FROM renkou r JOIN hu h ON h.huhao = r.huhao WHERE r.sfzh = @id AND r.zt = '正常'
            """,
            r => (
                Page: new HouseholdMove(citizenId, r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4),
                    r.IsDBNull(5) ? null : r.GetString(5), r.IsDBNull(6) ? null : r.GetString(6), r.GetString(7), r.GetString(8), r.GetString(9)),
                Household: r.GetString(10), IsHead: r.GetBoolean(11), Members: r.GetInt32(12)),
            ("id", citizenId));
        if (found is not [var person])
            return Error.NotFound("household.not-registered", "在迁出地没有查到该人的常住户口", "The person is not registered at the place that is left");
        if (person is { IsHead: true, Members: > 1 })
            return Error.Conflict("household.head", "户主迁出前需先变更户主", "A head of household with other members cannot leave before another head is named",
                "请先在迁出地派出所变更户主", "Name another head at the police station first");

        write.Change("UPDATE renkou SET zt = '迁出', zt_rq = @on WHERE sfzh = @id", ("id", citizenId));
        if (person.Members == 1)
            write.Change("UPDATE hu SET zt = '注销' WHERE huhao = @household", ("household", person.Household));
        write.Change(
            """
            INSERT INTO qianyi (sfzh, fangxiang, yuan_xzqh, yuan_dizhi, xin_xzqh, riqi, yuanyin, banjian_bianhao)
            VALUES (@id, '迁出', @from, @fromAddress, @to, @on, @reason, @case)
            """,
            ("id", citizenId), ("from", person.Page.FromDivision), ("fromAddress", person.Page.FromAddress), ("to", toDivision), ("reason", reason));
        return person.Page;
    }
}
