using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Time;

namespace Tongban.Rulebook.Versions;

/// <summary>Adds a version of a rule, valid from a day on. Publishing what is already the latest version changes nothing.</summary>
sealed class PublishTable(NodeDb db, TimeProvider clock)
{
    /// <returns>The version that now is the latest. Conflict when somebody published at the same moment.</returns>
    public async Task<Result<int>> Publish(SoundTable table, DateOnly validFrom, string author, string approver, CancellationToken ct)
    {
        var latest = await db.Set<RuleVersion>().AsNoTracking().Where(v => v.RuleId == table.RuleId)
            .OrderByDescending(v => v.Version).Select(v => new { v.Version, v.Hash }).FirstOrDefaultAsync(ct);
        if (latest?.Hash == table.Hash)
            return latest.Version;
        var version = (latest?.Version ?? 0) + 1;
        db.Add(new RuleVersion
        {
            RuleId = table.RuleId,
            Version = version,
            Name = table.Name,
            Document = table.Document,
            Tests = table.Tests,
            Hash = table.Hash,
            State = RuleVersion.Published,
            ValidFrom = validFrom.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Author = author,
            Approver = approver,
            PublishedAt = clock.NowMs(),
        });
        return await db.TrySave(ct) == SaveOutcome.Saved
            ? version
            : Error.Conflict("rule.published-meanwhile", "刚刚有人发布了新版本", "Somebody published a version just now", "请刷新后再试", "Look again and retry");
    }
}
