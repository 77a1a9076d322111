using System.Text;
using Tongban.Kernel;

namespace Tongban.Registry.Sample;

/// <summary>Names, phones, addresses and codes of people and firms that do not exist.</summary>
sealed class Names(Dice dice)
{
    static readonly string[] Surnames =
        [.. "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文".Select(c => c.ToString())];

    static readonly double[] SurnameWeights = [.. Surnames.Select((_, i) => 1.0 / (i + 4))];

    const string Male = "伟强磊军洋勇杰涛明超刚平辉鹏飞斌宇浩凯健俊帆鑫波宁志建国文华东海峰林龙晨阳天昊博睿泽轩子梓嘉诚毅恒远承家";
    const string Female = "芳娜敏静丽艳娟霞秀英玲桂红梅兰燕萍莉琴云洁雪琳倩婷颖慧欣怡佳思雨梦诗涵可馨语桐若晴宁月清妍欢乐安雅彤瑶";
    const string OldMale = "建国志明德福荣华庆春林宝金根生永发长富贵兴祥文忠义厚仁";
    const string OldFemale = "秀英桂兰玉珍凤美华素芬芳月娥春梅金香翠莲巧云";
    static readonly string[] Roads =
        ["惠风路", "清荷路", "云杉路", "同舟路", "和煦路", "知行路", "望湖路", "映月路", "青禾路", "沐阳路", "听松路", "春笋路", "长堤路", "善邻路", "锦程路", "广济路", "南塘路", "石桥路", "芦花路", "梧桐里", "紫竹里", "丹桂里"];
    const string FirmFirst = "云舟华锦瑞恒晟启星海泰安信远德宏盛嘉新凯源润";
    const string FirmSecond = "帆禾航源创达联拓睿程森景峰宁和润昌腾图行川";
    static readonly string[] Trades = ["科技", "电子", "精密制造", "贸易", "物流", "建设工程", "食品", "纺织", "新材料", "生物医药", "信息技术", "餐饮管理", "汽车零部件", "文化传播", "环保设备"];
    static readonly string[] Shops = ["小吃店", "便利店", "服装店", "理发店", "五金店", "水果店", "茶叶店", "维修部", "面馆", "花店"];

    readonly HashSet<string> taken = [];
    int phone = 1000;

    public string Surname() => Surnames[dice.Weighted(SurnameWeights)];

    public string Given(bool male, DateOnly birth)
    {
        var characters = (male, birth.Year < 1968) switch
        {
            (true, true) => OldMale,
            (true, false) => Male,
            (false, true) => OldFemale,
            (false, false) => Female,
        };
        var first = characters[dice.Below(characters.Length)];
        if (dice.Chance(birth.Year is > 1968 and < 1990 ? 0.3 : 0.1))
            return first.ToString();
        return $"{first}{characters[dice.Below(characters.Length)]}";
    }

    /// <summary>Sequences 900 and above are kept for the personas, so that their ids hold for every seed.</summary>
    public string CitizenNumber(County bornIn, DateOnly birth, bool male)
    {
        while (true)
        {
            var sequence = dice.Between(0, 448) * 2 + (male ? 1 : 2);
            var id = CitizenId.Make(bornIn.SampleDivision, birth, sequence).ToString();
            if (taken.Add(id))
                return id;
        }
    }

    /// <summary>Eleven digits from 120 on: no operator has that block. The first thousand belong to the personas.</summary>
    public string Phone() => $"120{phone++:D8}";

    public string Address(County county) =>
        $"{county.FullName}{dice.Pick(county.Towns)}{dice.Pick(Roads)}{dice.Between(1, 899)}号{dice.Between(1, 40)}幢{dice.Between(1, 18)}{dice.Between(1, 4):D2}室";

    /// <param name="kind">91 enterprise, 92 individual business, 11 agency (GB 32100-2015, first two characters).</param>
    public string CreditNumber(County county, string kind)
    {
        while (true)
        {
            var body = new StringBuilder(kind == "92" ? "MA" : dice.Chance(0.8) ? "MA" : "00");
            while (body.Length < 8)
                body.Append(CreditCode.Alphabet[dice.Below(31)]);
            var code = CreditCode.Make(kind + county.SampleDivision + WithOrganisationCheck(body.ToString())).ToString();
            if (taken.Add(code))
                return code;
        }
    }

    /// <summary>Characters 9–17 of a credit code are an organisation code with a check character of its own (GB 11714-1997).</summary>
    public static string WithOrganisationCheck(string eight)
    {
        ReadOnlySpan<int> weights = [3, 7, 9, 10, 5, 8, 4, 2];
        var sum = 0;
        for (var i = 0; i < 8; i++)
            sum += (char.IsAsciiDigit(eight[i]) ? eight[i] - '0' : eight[i] - 'A' + 10) * weights[i];
        return eight + "0123456789X"[(11 - sum % 11) % 11];
    }

    /// <summary>Every made-up firm says 样例 in its name, because a made-up firm name is often a real firm's.</summary>
    public string Firm(County county) =>
        $"{county.City}{FirmFirst[dice.Below(FirmFirst.Length)]}{FirmSecond[dice.Below(FirmSecond.Length)]}{dice.Pick(Trades)}（样例）有限公司";

    public string Shop(County county) =>
        $"{county.City}{county.Name}{FirmFirst[dice.Below(FirmFirst.Length)]}{FirmSecond[dice.Below(FirmSecond.Length)]}{dice.Pick(Shops)}（样例）";
}
