using Tongban.Kernel;

namespace Tongban.Registry.Departments;

/// <param name="FilingNumber">What the hospital of the other place finds the filing by.</param>
/// <param name="From">ISO date.</param>
sealed record OffsiteFiled(string FilingNumber, string Kind, string Division, string From);

/// <summary>
/// Records where somebody insured here may be treated elsewhere with direct settlement (医保发〔2022〕22号). A filing of the
/// same kind that stands is replaced: there is one place at a time.
/// </summary>
static class FileOffsiteTreatment
{
    public const string Effect = "offsite-medical-filing";

    /// <param name="division">Prefecture or province of treatment, six digits.</param>
    /// <param name="from">First day of treatment there; a filing may be made up for afterwards.</param>
    /// <param name="kind">异地安置退休人员, 异地长期居住人员, 常驻异地工作人员 or 异地转诊人员.</param>
    public static Result<OffsiteFiled> Run(DepartmentSystem departments, string caseNumber, string citizenId, string division, string kind, DateOnly from, DateOnly on) =>
        !Kinds.Contains(kind) ? Error.Invalid("medical.kind", "没有这种备案类型", "There is no such kind of filing", "filingKind")
        : from > on.AddYears(1) ? Error.Invalid("medical.too-far", "开始日期不能晚于一年后", "The first day may not be more than a year away", "startDate")
        : departments.Once("medical.db", caseNumber, Effect, citizenId, on, write => Record(write, citizenId, division, kind, from));

    static readonly string[] Kinds = ["异地安置退休人员", "异地长期居住人员", "常驻异地工作人员", "异地转诊人员"];

    static Result<OffsiteFiled> Record(DepartmentWrite write, string citizenId, string division, string kind, DateOnly from)
    {
        var insured = write.All("SELECT canbao_xzqh, zt FROM yibao_canbao WHERE sfzh = @id", r => (Division: r.GetString(0), State: r.GetString(1)), ("id", citizenId));
        if (insured is not [var cover])
            return Error.NotFound("medical.not-insured", "在参保地没有查到基本医疗保险参保信息", "No medical insurance was found here");
        if (cover.State != "正常参保")
            return Error.Conflict("medical.not-active", "基本医疗保险不在正常参保状态", "The insurance is not active", "请先恢复参保", "Resume the insurance first");

        write.Change("UPDATE yidi_beian SET zt = '已终止', jieshu_rq = @on WHERE sfzh = @id AND leixing = @kind AND zt = '有效'", ("id", citizenId), ("kind", kind));
        var serial = write.First("SELECT COALESCE(max(id), 0) + 1 FROM yidi_beian", r => r.GetInt64(0))!.Value;
        var number = $"{cover.Division[..4]}00{serial:D8}";
        write.Change(
            """
            INSERT INTO yidi_beian (beian_hao, sfzh, leixing, jiuyi_xzqh, kaishi_rq, zt, banjian_bianhao)
            VALUES (@number, @id, @kind, @division, @from, '有效', @case)
            """,
            ("number", number), ("id", citizenId), ("kind", kind), ("division", division), ("from", DepartmentWrite.Iso(from)));
        return new OffsiteFiled(number, kind, division, DepartmentWrite.Iso(from));
    }
}
