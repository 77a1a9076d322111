using Tongban.Kernel;

namespace Tongban.Registry.Departments;

/// <summary>Where the person is registered now.</summary>
/// <param name="Relation">To the head of that household.</param>
sealed record HouseholdJoined(string HouseholdNumber, string Division, string Address, string HeadName, string Relation);

/// <summary>Puts a person on the register of the new place, in the household of the one they move to.</summary>
static class MoveHouseholdIn
{
    public const string Effect = "household-move-in";

    /// <param name="sponsorId">The spouse whose household is joined, as evidence says; null when only papers told.</param>
    /// <param name="householdNumber">As entered: must be the sponsor's; alone it decides when there is no sponsor id.</param>
    public static Result<HouseholdJoined> Run(
        DepartmentSystem departments, string caseNumber, HouseholdMove page, string? sponsorId, string? householdNumber, string reason, DateOnly on)
    {
        if (sponsorId is null && householdNumber is null)
            return Error.Invalid("household.where-to", "缺少被投靠人或迁入户号", "Neither the person to move to nor the household is given", "toHousehold");
        return departments.Once("police.db", caseNumber, Effect, page.CitizenId, on, write => Join(write, page, sponsorId, householdNumber, reason));
    }

    static Result<HouseholdJoined> Join(DepartmentWrite write, HouseholdMove page, string? sponsorId, string? householdNumber, string reason)
    {
        // Without a sponsor's id the head of the named household stands in.
        var found = write.All(
            """
            SELECT r.huhao, r.yhzgx, h.xzqh, h.dizhi, h.hzxm, r.xb, r.hyzk FROM renkou r JOIN hu h ON h.huhao = r.huhao
            WHERE r.zt = '正常' AND h.zt = '正常' AND CASE WHEN @sponsor IS NULL THEN h.huhao = @household AND r.sfzh = h.hz_sfzh ELSE r.sfzh = @sponsor END
            """,
            r => (Number: r.GetString(0), Relation: r.GetString(1), Division: r.GetString(2), Address: r.GetString(3), Head: r.GetString(4), Sex: r.GetString(5), Marital: r.GetString(6)),
            ("sponsor", sponsorId), ("household", householdNumber));
        if (found is not [var household])
            return Error.NotFound("household.no-sponsor", "被投靠人在迁入地没有常住户口", "The person to move to is not registered here");
        if (householdNumber is not null && householdNumber != household.Number)
            return Error.Conflict("household.other", "填写的迁入户号不是配偶所在户", "The household number entered is not that of the spouse",
                "请核对配偶户口簿上的户号", "Check the number in the spouse's register");
        if (write.All("SELECT zt FROM renkou WHERE sfzh = @id", r => r.GetString(0), ("id", page.CitizenId)) is ["正常"])
            return Error.Conflict("household.already-here", "该人在迁入地已有常住户口", "The person is registered here already");

        var couple = sponsorId is not null || household.Sex != page.Sex && household.Marital == "已婚";
        var relation = couple ? RelationOf(page.Sex == "男", household.Relation) : "其他亲属";
        write.Change(
            """
            INSERT INTO renkou (sfzh, xm, xb, mz, csrq, huhao, yhzgx, hyzk, fq_sfzh, mq_sfzh, lxdh, zt, zt_rq)
            VALUES (@id, @name, @sex, @ethnicity, @birth, @household, @relation, @marital, @father, @mother, @phone, '正常', @on)
            ON CONFLICT (sfzh) DO UPDATE SET huhao = excluded.huhao, yhzgx = excluded.yhzgx, hyzk = excluded.hyzk, lxdh = excluded.lxdh, zt = '正常', zt_rq = excluded.zt_rq
            """,
            ("id", page.CitizenId), ("name", page.Name), ("sex", page.Sex), ("ethnicity", page.Ethnicity), ("birth", page.Birth),
            ("household", household.Number), ("relation", relation), ("marital", page.MaritalState), ("father", page.FatherId), ("mother", page.MotherId), ("phone", page.Phone));
        write.Change(
            """
            INSERT INTO qianyi (sfzh, fangxiang, yuan_xzqh, xin_xzqh, xin_dizhi, riqi, yuanyin, banjian_bianhao)
            VALUES (@id, '迁入', @from, @to, @toAddress, @on, @reason, @case)
            """,
            ("id", page.CitizenId), ("from", page.FromDivision), ("to", household.Division), ("toAddress", household.Address), ("reason", reason));
        return new HouseholdJoined(household.Number, household.Division, household.Address, household.Head, relation);
    }

    /// <summary>A spouse's relation to the head, from the relation of the one they married.</summary>
    public static string RelationOf(bool man, string sponsorsRelation) => sponsorsRelation switch
    {
        "户主" => man ? "夫" : "妻",
        "子" => "儿媳",
        "女" => "女婿",
        "孙子" => "孙媳",
        "孙女" => "孙女婿",
        _ => "其他亲属",
    };
}
