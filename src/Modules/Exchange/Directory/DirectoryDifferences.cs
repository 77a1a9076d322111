using System.Text.Json;
using Tongban.Kernel;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>
/// What a proposed directory changes, in words, for whoever is to sign it. Whatever has no words of its own is still told:
/// nothing changes unseen.
/// </summary>
static class DirectoryDifferences
{
    public static IReadOnlyList<Words> Between(DirectoryDocument before, DirectoryDocument after)
    {
        var told = new List<Words>();
        foreach (var gone in before.Members.Where(b => after.Members.All(a => a.NodeId != b.NodeId)))
            told.Add(new($"移除成员 {gone.Name.Zh}（{gone.NodeId}），其签发的授权和证照将无法核验", $"{gone.Name.En} ({gone.NodeId}) leaves; consents and certificates it gave can no longer be verified"));
        foreach (var member in after.Members)
        {
            if (before.Members.FirstOrDefault(m => m.NodeId == member.NodeId) is { } known)
                Member(told, known, member);
            else
                told.Add(new($"接纳{ClassWords.Of(member.NodeId).Zh}成员 {member.Name.Zh}（{member.NodeId}，{member.Endpoint}），密钥 {Short(member.Keys)}", $"{member.Name.En} ({ClassWords.Of(member.NodeId).En}, {member.NodeId}, {member.Endpoint}) joins with key {Short(member.Keys)}"));
        }
        if (before.Quorum.K != after.Quorum.K)
            told.Add(new($"今后变更需 {after.Quorum.K} 个成员签名（现为 {before.Quorum.K} 个）", $"Changes will need {after.Quorum.K} members ({before.Quorum.K} now)"));
        if (before.Region != after.Region)
            told.Add(new($"区域改为 {after.Region}", $"The region becomes {after.Region}"));
        if (before.Standard != after.Standard)
        {
            told.Add(after.Standard is { } standard
                ? new($"数据标准改为第 {standard.Version} 版（指纹 {standard.Sha256[..16]}）", $"The data standard becomes version {standard.Version} (fingerprint {standard.Sha256[..16]})")
                : new("注意：不再有数据标准", "Beware: there would be no data standard any more"));
        }
        if (before.ValidUntil != after.ValidUntil)
            told.Add(new($"名录有效期改至 {Day(after.ValidUntil)}", $"The directory will be valid until {Day(after.ValidUntil)}"));
        var expected = after.Members.Where(m => m.IsGovernment).SelectMany(m => m.Keys).Where(k => k.SignsDocuments && k.NotAfter > after.ValidFrom && k.DistrustedFrom is null).Select(k => k.Kid);
        if (!expected.ToHashSet().SetEquals(after.Quorum.Kids) || after.Quorum.K != (after.Members.Count(m => m.IsGovernment) / 2) + 1)
            told.Add(new("注意：有权签名的密钥或数目与成员不符", "Beware: whose signatures count does not follow from the members"));
        return told;
    }

    static void Member(List<Words> told, MemberEntry before, MemberEntry after)
    {
        var name = after.Name;
        foreach (var key in after.Keys)
        {
            if (before.Keys.FirstOrDefault(k => k.Kid == key.Kid) is not { } known)
                told.Add(new($"{name.Zh}启用新密钥 {Short([key])}{(key.SignsDocuments ? "" : "（只签报文）")}", $"{name.En} gets a new key {Short([key])}{(key.SignsDocuments ? "" : " (messages only)")}"));
            else if (known.DistrustedFrom != key.DistrustedFrom)
                told.Add(Trust(name, known, key));
            else if (known.NotAfter != key.NotAfter)
                told.Add(new($"{name.Zh}的密钥 {Short([key])} 用到 {Day(key.NotAfter)}", $"{name.En}'s key {Short([key])} ends on {Day(key.NotAfter)}"));
        }
        foreach (var gone in before.Keys.Where(b => after.Keys.All(a => a.Kid != b.Kid)))
            told.Add(new($"删除{name.Zh}的密钥 {Short([gone])}，其签过的文件将无法核验", $"{name.En}'s key {Short([gone])} is deleted: what it signed can no longer be verified"));
        if (before.Endpoint != after.Endpoint)
            told.Add(new($"{name.Zh}的地址改为 {after.Endpoint}", $"{name.En} moves to {after.Endpoint}"));
        if (LogChange.Epoch(before.Log, after.Log) is var (ended, seen))
        {
            told.Add(new(
                $"{name.Zh}的日志丢失了末尾，自此以新名称 {after.Log!.Origin} 继续；此前的日志止于 {seen.Size} 条（{OpenEpoch.Said(ended.Reason).Zh}）",
                $"{name.En}'s log lost its end and goes on under the name {after.Log!.Origin}; before, it ended at {seen.Size} leaves ({OpenEpoch.Said(ended.Reason).En})"));
            before = before with { Log = after.Log };
        }
        else if (before.Log is { } was && after.Log is { } log && Same(was with { Seals = log.Seals, Sm2 = log.Sm2 }, log))
        {
            if (was.Seals != log.Seals)
            {
                told.Add(log.Seals == true
                    ? new($"{name.Zh}的回答改由其日志封印，不再逐份签名", $"{name.En}'s answers are sealed by its log instead of signed one by one")
                    : new($"{name.Zh}的回答改回逐份签名", $"{name.En}'s answers are signed one by one again"));
            }
            if (was.Sm2 != log.Sm2)
            {
                told.Add(log.Sm2 is { } sm2
                    ? new($"{name.Zh}的日志检查点另加 SM2 签名，公钥 {sm2}", $"{name.En}'s checkpoints get a second signature in SM2, verified with {sm2}")
                    : new($"注意：{name.Zh}的日志检查点不再有 SM2 签名", $"Beware: {name.En}'s checkpoints lose their signature in SM2"));
            }
            before = before with { Log = log };
        }
        // All else of an entry: names, roles, log, witness, a key's beginning or kind.
        if (Rest(before, after) != Rest(after, before))
            told.Add(new($"{name.Zh}的其他登记内容有变，请核对原文", $"Something else of {name.En}'s entry changes: look at the document itself"));
    }

    static bool Same(MemberLog one, MemberLog other) => JsonSerializer.Serialize(one, DirectoryDocument.Json) == JsonSerializer.Serialize(other, DirectoryDocument.Json);

    static string Rest(MemberEntry entry, MemberEntry other) => JsonSerializer.Serialize(
        entry with
        {
            Endpoint = "",
            Keys = [.. entry.Keys.Where(k => other.Keys.Any(o => o.Kid == k.Kid)).OrderBy(k => k.Kid, StringComparer.Ordinal).Select(k => k with { NotAfter = 0, DistrustedFrom = null })],
        },
        DirectoryDocument.Json);

    static Words Trust(Words name, MemberKey before, MemberKey after) => after.DistrustedFrom is { } from && !(before.DistrustedFrom < from)
        ? new($"{name.Zh}的密钥 {Short([after])} 自 {Moment(from)} 起不可信：其后签署的一律拒绝，其前签署的须另有时间凭据", $"{name.En}'s key {Short([after])} is distrusted from {Moment(from)}: what it signed later is refused, what it signed before needs other evidence of its time")
        : new($"注意：{name.Zh}曾宣布不可信的密钥 {Short([after])} 又被信任", $"Beware: {name.En}'s key {Short([after])}, once distrusted, would be trusted again");

    static string Moment(long at) => LocalTime.Of(DateTimeOffset.FromUnixTimeMilliseconds(at)).ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    static string Short(IEnumerable<MemberKey> keys) => string.Join(", ", keys.Select(k => $"{k.Kid[..8]}… ({k.Alg})"));

    static string Day(long at) => LocalTime.DateOf(at).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}
