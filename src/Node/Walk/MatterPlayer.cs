using System.Diagnostics;
using System.Text.Json.Nodes;
using Tongban.Contracts.Cases;
using Tongban.Kernel;

namespace Tongban.Node.Walk;

/// <summary>Plays a matter over HTTP as the people in it would: the resident files, officers accept, work and decide.</summary>
sealed class MatterPlayer(Func<string, string> addressOf, string password, Action<string> say) : IDisposable
{
    readonly Dictionary<string, Visitor> staff = [];
    readonly HashSet<string> decided = [];

    public void Dispose()
    {
        foreach (var visitor in staff.Values)
            visitor.Dispose();
    }

    /// <summary>A PDF of one blank page: what a resident without a scan at hand brings.</summary>
    public static byte[] BlankPdf() => "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"u8.ToArray();

    /// <summary>Files, works and decides; returns the filing in its last state.</summary>
    public async Task<Result<JsonNode>> Play(Matter matter, Visitor person, CancellationToken ct)
    {
        var filing = new JsonObject { ["baseCode"] = matter.BaseCode, ["answers"] = matter.Answers.DeepClone(), ["form"] = matter.Form.DeepClone(), ["consent"] = true };
        var filed = await person.PostFiling(filing, matter.Uploads.ToDictionary(u => u, _ => BlankPdf()), ct: ct);
        if (!filed.Ok)
            return filed.Error;
        var id = filed.Value["id"]!.ToString();
        say($"filed: {filed.Value["number"]}  requirements {filed.Value["required"]}, exempt {filed.Value["exempt"]}");
        var shown = await person.Get($"/api/filings/{id}", ct);
        if (!shown.Ok)
            return shown.Error;
        Materials(shown.Value);
        return await Follow(id, person, ct);
    }

    void Materials(JsonNode filing)
    {
        foreach (var met in filing["requirements"]!.AsArray())
        {
            var name = met!["name"]!["zh"];
            if (met["evidence"] is { } e)
                say($"  免交/exempt  {name} ← {e["departmentName"]!["zh"]} ({e["providerNode"]}) exchange {e["exchangeId"]}, log index here {e["consumerLogIndex"]}, there {e["providerLogIndex"]}");
            else
                say($"  {met["by"],-11}  {name}");
        }
    }

    /// <summary>Does whatever is to be done next until the matter is closed.</summary>
    public async Task<Result<JsonNode>> Follow(string id, Visitor person, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        var told = "";
        while (watch.Elapsed < TimeSpan.FromSeconds(60))
        {
            var shown = await person.Get($"/api/filings/{id}", ct);
            if (!shown.Ok)
                return shown.Error;
            var state = shown.Value["summary"]!["state"]!.ToString();
            if (state != told)
                say($"{CaseState.Name(state).Zh} / {CaseState.Name(state).En}");
            told = state;
            // The certificate comes on a stream of its own and may arrive just after the news of its delivery.
            var onItsWay = state == CaseState.Delivered && string.IsNullOrEmpty(shown.Value["summary"]!["certificateId"]?.ToString());
            if (CaseState.IsClosed(state) && (!onItsWay || watch.Elapsed > TimeSpan.FromSeconds(45)))
                return shown.Value;
            if (shown.Value["summary"]!["caseNumber"]?.ToString() is { } number && state is CaseState.Received or CaseState.Accepted)
            {
                var moved = await Move(number, ct);
                if (!moved.Ok)
                    return moved.Error;
                if (moved.Value)
                    continue;
            }
            await Task.Delay(50, ct);
        }
        return Error.Unavailable("walk.stuck", $"办件停在“{CaseState.Name(told).Zh}”", $"The matter stays at “{CaseState.Name(told).En}”");
    }

    /// <summary>One act of one officer, if any department has one to do now.</summary>
    async Task<Result<bool>> Move(string number, CancellationToken ct)
    {
        // A case number begins with the division that decides.
        var owner = Divisions.Province(number);
        foreach (var kind in Kinds)
        {
            var officer = await Officer(owner, kind, ct);
            if (!officer.Ok)
                return officer.Error;
            var read = await officer.Value.Get($"/api/cases/{number}", ct);
            if (!read.Ok)
                continue;
            var summary = read.Value["summary"]!;
            if ((bool)read.Value["decides"]! && await ActAsOwner(officer.Value, kind, number, read.Value, ct) is { } acted)
                return acted;
            foreach (var step in summary["steps"]!.AsArray())
            {
                var department = step!["department"]!.ToString();
                if (step["state"]!.ToString() is "ready" or "working" && department.EndsWith("-" + kind, StringComparison.Ordinal) && Divisions.Province(department) == owner)
                {
                    var done = await officer.Value.Post($"/api/cases/{number}/steps/{step["id"]}", new JsonObject { ["outcome"] = "agree", ["reason"] = "经核对无误", ["revision"] = step["revision"]!.DeepClone() }, ct: ct);
                    say($"step {step["id"]} by {department}: {(done.Ok ? "agreed" : done.Error!.DetailEn)}");
                    return Acted(done);
                }
                if (step["state"]!.ToString() == "asked" && await WorkJointStep(number, step["id"]!.ToString(), department, ct) is { } joint)
                    return joint;
            }
        }
        return false;
    }

    async Task<Result<bool>?> ActAsOwner(Visitor officer, string kind, string number, JsonNode found, CancellationToken ct)
    {
        var summary = found["summary"]!;
        if (summary["state"]!.ToString() == CaseState.Received)
        {
            var done = await officer.Post($"/api/cases/{number}/accept", new JsonObject { ["revision"] = summary["revision"]!.DeepClone() }, ct: ct);
            say($"accepted by {kind}: case {number}, statutory {(done.Ok ? done.Value["statutoryDue"] : done.Error!.DetailEn)}, promised {(done.Ok ? done.Value["promisedDue"] : "")}");
            return Acted(done);
        }
        if (summary["state"]!.ToString() == CaseState.Accepted && summary["steps"]!.AsArray().All(s => s!["state"]!.ToString() == "done"))
        {
            if (!decided.Add(number))
            {
                say($"{found["trouble"]}");
                return Error.Conflict("walk.effect-refused", "部门系统没有接受这项决定", "The department's own system refused the decision");
            }
            var done = await officer.Post($"/api/cases/{number}/decide", new JsonObject { ["decision"] = "approve", ["reason"] = "符合条件，准予", ["revision"] = summary["revision"]!.DeepClone() }, ct: ct);
            say($"decided by {kind}: {(done.Ok ? done.Value["state"] : done.Error!.DetailEn)}");
            if (!done.Ok)
                decided.Remove(number);
            return Acted(done);
        }
        return null;
    }

    /// <summary>Whoever is told that the case has just moved on looks at it again.</summary>
    static Result<bool> Acted(Result<JsonNode> done) => done.Ok || done.Error.Code == "case.changed" ? true : done.Error!;

    async Task<Result<bool>?> WorkJointStep(string number, string stepId, string department, CancellationToken ct)
    {
        var officer = await Officer(Divisions.Province(department), department[(department.IndexOf('-', StringComparison.Ordinal) + 1)..], ct);
        if (!officer.Ok)
            return officer.Error;
        var queue = await officer.Value.Get($"/api/cases?view=joint&size=100", ct);
        if (!queue.Ok)
            return queue.Error;
        foreach (var row in queue.Value["items"]!.AsArray().Where(r => r!["number"]!.ToString() == number))
        {
            var id = row!["href"]!.ToString().Split('/')[^1];
            var joint = await officer.Value.Get($"/api/joint-steps/{id}", ct);
            var revision = joint.Ok ? joint.Value["revision"]!.DeepClone() : 0;
            var done = await officer.Value.Post($"/api/joint-steps/{id}", new JsonObject { ["outcome"] = "agree", ["reason"] = "经核对无误", ["revision"] = revision }, ct: ct);
            say($"joint step {stepId} by {department} at its own node: {(done.Ok ? "agreed" : done.Error!.DetailEn)}");
            return done.Map(_ => true);
        }
        return null;
    }

    async Task<Result<Visitor>> Officer(string division, string kind, CancellationToken ct)
    {
        var key = $"{division}-{kind}";
        if (staff.TryGetValue(key, out var known))
            return known;
        var visitor = new Visitor(addressOf(division));
        var signed = await visitor.SignInStaff(kind, password, ct);
        if (!signed.Ok)
            return signed.Error;
        return staff[key] = visitor;
    }

    static readonly string[] Kinds = ["hrss", "police", "medical", "fund", "estate", "civil", "market", "credit"];
}
