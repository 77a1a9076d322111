using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Tongban.Certificates;
using Tongban.Contracts.Exchange;
using Tongban.Contracts.Identity;
using Tongban.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Trust;
using Xunit;
using static Tongban.Tests.Integration.Exchange.TwoNodes;

namespace Tongban.Tests.Integration.Exchange.Registries;

/// <summary>
/// The four base registries (B1): population, legal entities, certificates, credit. Each is fed by a department of Anhui's and asked by Shanghai
/// through the exchange, with the numbers that real ones have.
/// </summary>
public sealed class BaseRegistriesTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Population_is_fed_by_a_file_and_a_number_with_a_wrong_check_digit_is_named_by_its_line()
    {
        await using var nodes = await Register.Start();
        var register = new Register(nodes, "police.population", "340000-police", "person", "citizenId citizen-id",
            "citizenId,公民身份号码,,text,person.citizen-id,3,是\nname,姓名,,text,person.name,2,是\ndivision,户籍地,,text,place.division,1,否");
        var mistyped = Husband[..17] + (Husband[17] == '1' ? '2' : '1');
        register.File("police-population.csv", $"公民身份号码,name,division\n{Wife},样例乙,310104\n{mistyped},样例甲,340102\n", 9);
        Assert.Empty(await register.Enter("police-population.csv", "@citizenId = 公民身份号码\r\ncitizenId = 公民身份号码"));
        // Tried or published: the line and the column are named, the number is not.
        foreach (var page in new[] { await register.Try(Husband), await register.Publish() })
        {
            Assert.Contains("police-population.csv 第 3 行：公民身份号码：身份证号校验位不对", page, StringComparison.Ordinal);
            Assert.DoesNotContain(mistyped, page, StringComparison.Ordinal);
        }
        register.File("police-population.csv", $"公民身份号码,name,division\n{Wife},样例乙,310104\n{Husband},样例甲,340102\n", 8);
        Assert.Contains("1 条记录", await register.Try(Husband), StringComparison.Ordinal);
        Assert.Empty(await register.Publish());
        await register.Agree(AgreementBasis.Consent);
        Assert.Equal("consent.missing", await register.Ask(Husband));
        Assert.Equal($"{Husband},样例甲,340102", await register.Ask(Husband, await register.Consent(Husband)));
        // The file is exchanged for one in which another person's number is wrong: nobody would find it, so nothing is answered.
        register.File("police-population.csv", $"公民身份号码,name,division\n{mistyped},样例丙,340102\n{Husband},样例甲,340102\n", 7);
        var refused = await register.Query(Husband, await register.Consent(Husband));
        Assert.Equal("connector.file-line", refused.Error?.Code);
        Assert.Contains("line 2", refused.Error!.DetailEn, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Legal_entities_are_asked_by_their_credit_code_and_held_to_it()
    {
        await using var nodes = await Register.Start();
        var (good, mistyped) = (CreditCode.Make("91340102MA00000AB").ToString(), "91340102MA00000AB?");
        var register = new Register(nodes, "market.entity", "340000-market", "enterprise", "creditCode credit-code",
            "creditCode,统一社会信用代码,,text,firm.credit-code,1,否\nname,名称,,text,firm.name,1,否\nfoundedOn,成立日期,,date,register.date,2,否");
        register.Sql("market-entity.db", $"CREATE TABLE zhuti (dm TEXT, mc TEXT, clrq TEXT); INSERT INTO zhuti VALUES ('{good}', '样例企业', '2015-06-01')");
        Assert.Empty(await register.Enter("market-entity.db", "SELECT dm AS creditCode, mc AS name, clrq AS foundedOn FROM zhuti WHERE dm LIKE substr(@creditCode, 1, 17) || '%'"));
        Assert.Empty(await register.Publish());
        await register.Agree(AgreementBasis.Legal);
        Assert.Equal($"{good},样例企业,2015-06-01", await register.Ask(good));
        // What is no credit code is not handed out as one, and not shown.
        register.Sql("market-entity.db", $"UPDATE zhuti SET dm = '{mistyped}'");
        var refused = await register.Query(good);
        Assert.Equal(("resource.schema-drift", "creditCode"), (refused.Error?.Code, refused.Error?.Where));
        Assert.DoesNotContain(mistyped, refused.Error!.ToString(), StringComparison.Ordinal);
        register.Sql("market-entity.db", $"UPDATE zhuti SET dm = '{good}', clrq = '六月'");
        Assert.Equal("resource.schema-drift", await register.Ask(good));
    }

    [Fact]
    public async Task Certificates_are_answered_from_the_nodes_own_register_under_the_same_checks()
    {
        await using var nodes = await Register.Start();
        var issued = await Issue(nodes, Husband, "340000-hrss", 1);
        var revoked = await Issue(nodes, Husband, "340000-medical", 2, CertificateState.Revoked);
        _ = await Issue(nodes, Wife, "340000-hrss", 3);
        // As the product ships it: the department that keeps the library offers all of it.
        var shipped = new Register(nodes, "data.certificates", "340000-data", "person", "", "") { Fields = ["certificateNumber", "holderId", "state"] };
        await shipped.Agree(AgreementBasis.Consent);
        Assert.Equal("consent.missing", await shipped.Ask(Husband));
        var consent = await shipped.Consent(Husband);
        Assert.Equal($"{issued},{Husband},有效;{revoked},{Husband},已注销", await shipped.Ask(Husband, consent));
        // On his consent nothing is told of her.
        Assert.Equal("consent.holder", await shipped.Ask(Wife, consent));
        // One certificate of his; one that is hers is not found under his name.
        Assert.Equal($"{revoked},{Husband},已注销", await shipped.Ask(Husband, consent, ("certificateNumber", revoked)));
        Assert.Equal("", await shipped.Ask(Husband, consent, ("certificateNumber", Number(3))));
        Assert.Equal("agreement.field-not-covered", (await shipped.Query(Husband, consent, fields: ["holderName"])).Error?.Code);
        // What was answered is in both logs and metered at both; one of them was empty.
        foreach (var node in new[] { Anhui, Shanghai })
            Assert.Equal(["answered", "answered", "empty"], (await nodes.Get<TransparencyLog>(node).Metering(-1, 100, "ag-data.certificates", Ct)).Where(m => m.Metering.Units > 0).Select(m => m.Metering.Outcome).Order());
    }

    [Fact]
    public async Task A_steward_offers_a_register_of_the_node_and_only_what_is_their_departments()
    {
        await using var nodes = await Register.Start();
        var issued = await Issue(nodes, Husband, "340000-hrss", 1);
        _ = await Issue(nodes, Husband, "340000-medical", 2);
        const string fields = "number,证照标识,,text,certificate.number,2,是\nissuedOn,颁发日期,,date,register.date,2,是";
        var register = new Register(nodes, "hrss.certificates", "340000-hrss", "person", "citizenId citizen-id", fields);
        foreach (var (source, select, word) in new[]
        {
            ("registry:certificates.none", "@citizenId = holderId", "certificates.issued"),
            ("registry:certificates.held", "@citizenId = holderId", "不由这个部门保管"),
            ("registry:certificates.issued", "@citizenId = holder", "holder"),
            ("registry:certificates.issued", "@citizenId = holderId\r\nnumber = nothing", "nothing"),
            ("registry:certificates.issued", "@citizenId = holderId\r\nissuedOn = number", "issuedOn"),
        })
        {
            Assert.Empty(await register.Enter(source, select));
            Assert.Contains(word, await register.Publish(), StringComparison.Ordinal);
        }
        var open = new Register(nodes, "hrss.certificates", "340000-hrss", "person", "citizenId citizen-id", fields.Replace("2,是", "2,否", StringComparison.Ordinal)) { Drafted = true };
        Assert.Empty(await open.Enter("registry:certificates.issued", "@citizenId = holderId"));
        Assert.Contains("个人信息", await open.Publish(), StringComparison.Ordinal);
        Assert.Empty(await register.Enter("registry:certificates.issued", "@citizenId = holderId"));
        // Tried with somebody's number: counted, not shown.
        var tried = await register.Try(Husband);
        Assert.Contains("1 条记录", tried, StringComparison.Ordinal);
        Assert.DoesNotContain(issued, tried, StringComparison.Ordinal);
        Assert.Empty(await register.Publish());
        await register.Agree(AgreementBasis.Legal);
        Assert.Equal($"{issued},2026-01-02", await register.Ask(Husband));

        // A wallet is asked about its holder and never read whole.
        var wallet = new Register(nodes, "data.wallet", "340000-data", "person", "", "number,证照标识,,text,certificate.number,2,是");
        Assert.Empty(await wallet.Enter("registry:certificates.held", ""));
        Assert.Contains("holderId", await wallet.Publish(), StringComparison.Ordinal);

        var unnamed = new Register(nodes, "data.wallet", "340000-data", "person", "citizenId text", "number,证照标识,,text,certificate.number,2,是") { Drafted = true };
        Assert.Empty(await unnamed.Enter("registry:certificates.held", "@citizenId = holderId"));
        Assert.Contains("citizen-id", await unnamed.Publish(), StringComparison.Ordinal);
        wallet = new Register(nodes, "data.wallet", "340000-data", "person", "citizenId citizen-id", "number,证照标识,,text,certificate.number,2,是") { Drafted = true };
        Assert.Empty(await wallet.Enter("registry:certificates.held", "@citizenId = holderId"));
        Assert.Empty(await wallet.Publish());
        await wallet.Agree(AgreementBasis.Legal);
        await Hold(nodes, Husband, issued);
        Assert.Equal(issued, await wallet.Ask(Husband));
        // Written in another way the person would not find that it was asked.
        Assert.Equal("resource.parameter-wrong", await wallet.Ask(Husband + " "));
        var (log, key) = (nodes.Get<TransparencyLog>(Anhui), nodes.Get<IVault>(Anhui).BlindIndex(AnswerQuery.PersonContext, Husband));
        var given = (await log.LeavesBefore(long.MaxValue, 100, Ct)).Select(l => LeafFacts.Read(Anhui, l.Index, l.At, l.Data)!).Where(f => f is { Resource: "data.wallet", Outcome: "answered" });
        Assert.Equal(given.Select(f => f.Index), (await log.BySubject(key, cancel: Ct)).Select(l => LeafFacts.Read(Anhui, l.Index, l.At, l.Data)!).Where(f => f.Resource == "data.wallet").Select(f => f.Index));

        // What room Registry keeps, as the product ships it.
        var places = new Register(nodes, "data.places", "340000-data", "other", "", "") { Fields = ["name", "fullName"], By = "division" };
        await places.Agree(AgreementBasis.Legal);
        Assert.Equal("蜀山区,安徽省合肥市蜀山区", await places.Ask("340104"));
        Assert.Equal("", await places.Ask("310104"));
    }

    [Fact]
    public async Task Credit_has_its_source_its_grade_and_its_repair()
    {
        await using var nodes = await Register.Start();
        var good = CreditCode.Make("91340102MA00000AB").ToString();
        var records = new Register(nodes, "credit.enterprise-records", "340000-credit", "enterprise", "", "") { Fields = ["source", "matter", "repair", "repairedOn"], By = "creditCode" };
        var grade = new Register(nodes, "credit.grade", "340000-credit", "enterprise", "", "") { Fields = ["creditCode", "grade"], By = "creditCode" };
        records.Sql("credit.db", $"""
            CREATE TABLE shixin (id INTEGER, zhuti_leixing TEXT, zhuti_dm TEXT, mingcheng TEXT, laiyuan TEXT, shixiang TEXT, rending_rq TEXT, xiufu_zt TEXT, xiufu_rq TEXT);
            INSERT INTO shixin VALUES (1, '法人', '{good}', '样例企业', '税务', '欠缴税款', '2025-03-01', '未修复', NULL), (2, '法人', '{good}', '样例企业', '法院', '失信被执行', '2024-03-01', '已修复', '2025-01-05');
            CREATE TABLE pingjia (tyshxydm TEXT, mingcheng TEXT, dengji TEXT, laiyuan TEXT, pingjia_rq TEXT);
            INSERT INTO pingjia VALUES ('{good}', '样例企业', 'B', '公共信用综合评价', '2026-01-01');
            """);
        await records.Agree(AgreementBasis.Legal);
        await grade.Agree(AgreementBasis.Legal);
        Assert.Equal("税务,欠缴税款,未修复,;法院,失信被执行,已修复,2025-01-05", await records.Ask(good));
        Assert.Equal($"{good},B", await grade.Ask(good));
        records.Sql("credit.db", "UPDATE shixin SET xiufu_rq = '去年' WHERE id = 2");
        Assert.Equal("resource.schema-drift", await records.Ask(good));
    }

    /// <summary>In the holder's wallet at Anhui.</summary>
    static async Task Hold(TwoNodes nodes, string holder, string number)
    {
        var key = await nodes.As<IIdentities, string>(Anhui, Actor.Node("test"), identities => Task.FromResult(identities.KeyOf(holder)));
        await nodes.As<NodeDb, int>(Anhui, Actor.Node("test"), db =>
        {
            db.Add(new HeldRow
            {
                Id = Guid.CreateVersion7().ToString("N"),
                Number = number,
                TypeCode = "11100099000000017N001",
                NameZh = "样例证照",
                NameEn = "A sample",
                IssuerNode = Anhui,
                CaseNumber = "C1",
                FilingId = "F1",
                TokenSealed = nodes.Get<IVault>(Anhui).Seal("-", Seals.Token),
                IssuedOn = "2026-01-02",
                Division = "340000",
                SubjectKey = key,
            });
            return db.SaveChangesAsync(Ct);
        });
    }

    static string Number(int serial) => new CertificateNumber("11100099000000017N001", "1131019900TB310531", $"2026{serial:D8}", 1).ToString();

    /// <summary>As a case would have it issued.</summary>
    static async Task<string> Issue(TwoNodes nodes, string holder, string department, int serial, CertificateState state = CertificateState.Valid)
    {
        var number = Number(serial);
        var content = new CertificateContent(holder, "样例", new Dictionary<string, JsonNode>(), new Dictionary<string, Words>());
        var key = await nodes.As<IIdentities, string>(Anhui, Actor.Node("test"), identities => Task.FromResult(identities.KeyOf(holder)));
        await nodes.As<NodeDb, int>(Anhui, Actor.Node("test"), db =>
        {
            db.Add(new Certificate
            {
                Id = $"{serial:D32}",
                Number = number,
                TypeCode = "11100099000000017N001",
                NameZh = "样例证照",
                NameEn = "A sample",
                CaseNumber = $"C{serial}",
                FilingId = $"F{serial}",
                FilingNode = Shanghai,
                IssuerName = "安徽省",
                ContentSealed = nodes.Get<IVault>(Anhui).Seal(System.Text.Json.JsonSerializer.Serialize(content, EventTypes.Json), Seals.Content),
                IssuedOn = "2026-01-02",
                StatusPlace = serial,
                State = state,
                RevokedAt = state == CertificateState.Revoked ? 1_780_000_000_000 : null,
                Division = "340000",
                Department = department,
                SubjectKey = key,
            });
            return db.SaveChangesAsync(Ct);
        });
        return number;
    }
}
