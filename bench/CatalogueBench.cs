using System.Diagnostics;
using System.Globalization;
using Tongban.Exchange;
using Tongban.Kernel;

namespace Tongban.Bench;

/// <summary>
/// Search in the catalogues of a region: four members of a quarter each, names and fields put together from words of the
/// field. Words that few resources have and words that most have are measured alike; every answer is a full first page.
/// Ends with 1 when p95 is over <see cref="MostMs"/>.
/// </summary>
static class CatalogueBench
{
    /// <summary>Of a search, at p95 of all words.</summary>
    const double MostMs = 30;

    static readonly string[] Places = ["区", "县", "镇", "街道", "园区", "流域", "口岸", "港口", "新区", "开发区"];
    static readonly string[] Things = ["婚姻登记", "不动产登记", "户籍", "养老保险", "医疗保险", "公积金账户", "营业执照", "食品经营许可", "道路运输许可", "排污许可", "建筑工程施工许可", "教师资格", "律师执业", "医师执业", "特种设备", "消防验收", "水资源", "林地", "渔业捕捞", "残疾人证", "低保对象", "学籍", "学位", "出入境", "机动车", "驾驶证", "纳税信用", "行政处罚", "失信被执行人", "专利", "商标", "气象预警", "空气质量", "公交线路", "停车泊位", "文物保护单位", "博物馆", "图书馆藏书", "体育场馆", "养老机构"];
    static readonly string[] Kinds = ["信息", "台账", "明细", "变更记录", "注销记录", "年度统计", "核验", "名单"];
    static readonly string[] Labels = ["姓名", "身份号码", "统一社会信用代码", "登记日期", "有效期至", "登记机关", "状态", "地址", "联系电话", "面积", "金额", "等级", "证书编号", "行政区划", "负责人"];
    static readonly string[] Words = ["婚姻", "登记", "许可", "公积金账户", "不动产登记 变更记录", "统一社会信用代码", "信息", "marr", "resource 12", "养老 面积", "空气质量年度统计", "证", "港口 渔业", "没有这样的词"];

    public static Task<int> Run(string[] args)
    {
        var count = Load.Option(args, "--resources", 32_000);
        var documents = new[] { "310000", "320000", "330000", "340000" }.Select((division, n) => new CatalogueDocument($"CN-YRD/{division}", division, [.. Enumerable.Range(0, count / 4).Select(i => Offer(division, n * (count / 4) + i))])).ToList();
        var held = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();
        var search = new SearchCatalogues(() => documents);
        search.Find("登记", _ => true, _ => true, null, 51);
        Load.Figure("catalogue.index", watch.Elapsed.TotalSeconds, "s");
        Load.Figure("catalogue.index.memory", (GC.GetTotalMemory(forceFullCollection: true) - held) / 1048576.0, "MB");
        var times = new List<double>();
        for (var round = 0; round < 60; round++)
        {
            foreach (var words in Words)
            {
                var began = Stopwatch.GetTimestamp();
                search.Find(words, _ => true, _ => true, null, 51);
                // The first rounds are the compiler's.
                if (round >= 10)
                    times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }
        times.Sort();
        Load.Figure("catalogue.resources", documents.Sum(d => d.Resources.Count), "resources");
        Load.Figure("catalogue.search.p50", times[times.Count / 2], "ms");
        var p95 = times[(int)(times.Count * 0.95)];
        Load.Figure("catalogue.search.p95", p95, "ms");
        Load.Figure("catalogue.search.p99", times[(int)(times.Count * 0.99)], "ms");
        return Task.FromResult(p95 <= MostMs ? 0 : 1);
    }

    static ResourceOffer Offer(string division, int i)
    {
        var name = Things[i % Things.Length] + Kinds[i / Things.Length % Kinds.Length] + "（" + Places[i / 320 % Places.Length] + i.ToString(CultureInfo.InvariantCulture) + "）";
        return new ResourceOffer($"bench.r{i}", 1, new Words(name, $"Resource {i} of marriages and more"), new Words($"本地区{name}，按月汇总各部门登记、变更、注销情况。", "A summary of registrations."), $"{division}-civil", new Words("民政局", "Civil affairs"),
            [], "conditional", "monthly", [], [.. Enumerable.Range(0, 10).Select(f => new FieldOffer($"f{f}", new Words(Labels[(i + f) % Labels.Length], $"Field {f}"), "text", 2, false))]);
    }
}
