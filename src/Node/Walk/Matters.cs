using System.Text.Json.Nodes;

namespace Tongban.Node.Walk;

/// <summary>One matter to be played: who files what where, with which answers. What governments hold is fetched.</summary>
/// <param name="Persona">Key in <c>data/personas.json</c>.</param>
/// <param name="Uploads">Requirements the person brings a document for.</param>
sealed record Matter(string Title, string Persona, string FiledAt, string BaseCode, JsonObject Answers, JsonObject Form, IReadOnlyList<string> Uploads)
{
    /// <summary>The four that the region works to the end.</summary>
    public static IReadOnlyList<Matter> Four() =>
    [
        new("企业职工基本养老保险关系转移接续 / pension transfer: Anhui hands its ledger over to Shanghai", "pension-worker", "310000", "992014003000",
            new() { ["currentProvince"] = "310000", ["formerProvince"] = "340000", ["householdProvince"] = "340000", ["overAge"] = "no", ["employment"] = "employed" },
            new() { ["agree"] = "true" }, []),
        new("户口迁移·夫妻投靠 / household move to a spouse: two police departments", "household-spouse", "340000", "990709043000",
            new() { ["spouseProvince"] = "310000", ["householdProvince"] = "340000", ["marriageProvince"] = "340000", ["housing"] = "owned" },
            new() { ["agree"] = "true" }, []),
        new("异地就医备案 / treatment elsewhere: decided at once by a published table", "offsite-retiree", "310000", "992083067000",
            new() { ["residenceProvince"] = "310000", ["insuredProvince"] = "340000", ["reason"] = "异地长期居住人员" },
            new(), []),
        new("购房提取住房公积金 / housing fund: the home is in a third department's register", "fund-buyer", "310000", "992017035000",
            new() { ["fundProvince"] = "310000", ["homeProvince"] = "320000", ["householdProvince"] = "310000", ["ownedBy"] = "self" },
            new() { ["bankAccount"] = "6200000000000000017" }, ["invoice"]),
    ];
}
