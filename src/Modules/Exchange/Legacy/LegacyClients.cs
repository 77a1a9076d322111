using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;
using Tongban.Web;

namespace Tongban.Exchange;

/// <summary>An administrator registers a system of this government that may ask through the node, or takes that back. The secret is shown once.</summary>
static partial class LegacyClients
{
    [GeneratedRegex("^[a-z][a-z0-9-]{2,39}$")]
    private static partial Regex Id();

    public static Task<IResult> Show(NodeDb db, CancellationToken ct, string? after = null) => Show(db, after, null, null, null, ct);

    public static async Task<IResult> Register(HttpContext http, NodeDb db, NodeIdentity node, Once once, TimeProvider clock, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        string Text(string name) => form[name].ToString().Trim();
        if (!Id().IsMatch(Text("id")))
            return await Refuse("id", "编号用小写字母、数字和连字符，3–40 位，以字母开头", "The id is of lower-case letters, digits and hyphens, 3 to 40, and begins with a letter");
        if (Text("name").Length is < 2 or > 100)
            return await Refuse("name", "请填写系统名称（2–100 字）", "Name the system (2 to 100 characters)");
        if (Text("purpose").Length > 64 || !Text("purpose").All(char.IsAsciiLetterOrDigit))
            return await Refuse("purpose", "请填写事项基本编码，或留空", "Give the base code of an item, or leave it empty");
        var resources = Text("resources").Split([' ', ',', '\n', '\r', '，', '、'], StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).ToList();
        if (resources.Count is 0 or > 200 || resources.Exists(r => r != "*" && !ResourceDefinition.IsName(r)) || (resources.Contains("*") && resources.Count > 1))
            return await Refuse("resources", "请填写资源代码，每行一个；不限填 *", "Give codes of resources, one a line; * is any");
        if (!long.TryParse(Text("perMinute"), NumberStyles.None, CultureInfo.InvariantCulture, out var perMinute) || perMinute is < 1 or > 100_000)
            return await Refuse("perMinute", "请填写每分钟最多调用次数（1–100000）", "Give the calls a minute (1 to 100,000)");
        var secret = LegacyClientRow.NewSecret();
        db.Add(new LegacyClientRow
        {
            Id = Text("id"),
            Name = Text("name"),
            SecretHash = LegacyClientRow.HashOf(secret),
            Purpose = Text("purpose"),
            Resources = string.Join(' ', resources),
            PerMinute = perMinute,
            CreatedAt = clock.NowMs(),
            Division = node.Division,
            Department = db.Actor.Department ?? "",
        });
        // Sent again, the form shows the list: the secret is in no table, so nobody sees it twice.
        once.Answer(StatusCodes.Status303SeeOther, "/console/clients");
        return await db.TrySave(ct) == SaveOutcome.Exists
            ? await Refuse("id", "这个编号已经登记过", "This id is registered already")
            : await Show(db, null, $"{Text("id")}:{secret}", null, null, ct);

        async Task<IResult> Refuse(string where, string zh, string en)
        {
            db.ChangeTracker.Clear();
            return await Show(db, null, null, Error.Invalid("client.entry", zh, en, where, "改正后重新提交", "Correct it and submit again"), form, ct);
        }
    }

    public static async Task<IResult> Revoke(string id, [FromForm] long revision, HttpContext http, NodeDb db, NodeIdentity node, Once once, TimeProvider clock, CancellationToken ct)
    {
        if (await db.Set<LegacyClientRow>().SingleOrDefaultAsync(c => c.Id == id && c.RevokedAt == null, ct) is not { } row)
            return Error.NotFound("client.not-found", "没有这个系统", "There is no such system").AsResult();
        var changed = Error.Conflict("client.changed", "刚刚被其他人修改", "Somebody else changed it a moment ago", "请刷新页面后再试", "Reload the page and try again");
        if (row.Revision != revision)
            return changed.AsResult();
        (row.RevokedAt, row.Revision) = (clock.NowMs(), revision + 1);
        once.Answer(StatusCodes.Status303SeeOther, "/console/clients");
        if (await db.TrySave(ct) != SaveOutcome.Saved)
            return changed.AsResult();
        Flash.Leave(http, node, Tone.Done, new Words("已停用，立即生效", "Stopped; it holds at once"));
        return new OnceAnswer(StatusCodes.Status303SeeOther, "/console/clients", null);
    }

    static async Task<IResult> Show(NodeDb db, string? after, string? secret, Error? error, IFormCollection? entered, CancellationToken ct)
    {
        var last = "";
        if (after is not null)
        {
            var key = Cursor.Read(after, 1);
            if (!key.Ok)
                return key.Error.AsResult();
            last = key.Value[0];
        }
        var rows = await db.Set<LegacyClientRow>().AsNoTracking().Where(c => string.Compare(c.Id, last) > 0).OrderBy(c => c.Id).Take(51).ToListAsync(ct);
        var page = Cursor.Page(rows, 50, c => [c.Id]);
        return Page.Of<LegacyClientsPage>(new
        {
            Rows = new Kernel.Page<LegacyClientsPage.Row>([.. page.Items.Select(c => new LegacyClientsPage.Row(c.Id, c.Name, c.Resources, c.Purpose, c.PerMinute, c.CreatedAt, c.RevokedAt, c.Revision))], page.Next),
            IsFirst = after is null,
            Secret = secret,
            Error = error,
            Entered = entered,
        }, error is null ? StatusCodes.Status200OK : ErrorResult.Status(error.Kind));
    }
}
