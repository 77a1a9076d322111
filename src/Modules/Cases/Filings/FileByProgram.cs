using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Contracts.Cases;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Events;
using Tongban.Kernel.Http;

namespace Tongban.Cases.Filings;

/// <summary>
/// A whole filing in one call: JSON, or multipart with that JSON in the field <c>filing</c> and files named
/// <c>upload.{requirement}</c>. With <c>consent: true</c> what governments hold is fetched, as the person's program shows
/// their agreement; what was not found must be among the files.
/// </summary>
static class FileByProgram
{
    /// <param name="BaseCode">Item to file under; the answers say which authority's.</param>
    /// <remarks>A null anywhere below is as if it had not been sent.</remarks>
    internal sealed record Request(string BaseCode, Dictionary<string, string?>? Answers, Dictionary<string, string?>? Form, bool Consent, List<string?>? Deferred);

    public static void Map(Faces faces)
    {
        faces.Api.MapPost("/filings", Handle).Only(Allow.Person).WithOnce();
    }

    static async Task<IResult> Handle(
        HttpRequest http, IItems items, IIdentities identities, GatherEvidence evidence, FileCase filing, IStoredFiles store, NodeDb db, Once once, CancellationToken ct)
    {
        var read = await Read(http, ct);
        if (!read.Ok)
            return read.Error.AsResult();
        var request = read.Value;
        var subject = await identities.Subject(ct);
        if (!subject.Ok)
            return subject.Error.AsResult();
        var assessed = await items.Assess(request.BaseCode, Said(request.Answers), ct);
        if (!assessed.Ok)
            return assessed.Error.AsResult();
        var assessment = assessed.Value;
        if (await filing.Another(assessment.Variant, assessment.Answers, ct) is { } another)
            return another.AsResult();
        var asked = assessment.Variant.Form.SelectMany(p => p.Fields).Select(f => f.Id).ToHashSet();
        var draft = new DraftBody(subject.Value, await identities.ActingPerson(ct), assessment.Answers)
        {
            // What the form does not ask has no place in the case.
            Form = Said(request.Form).Where(f => asked.Contains(f.Key)).ToDictionary(),
            Deferred = [.. (request.Deferred ?? []).OfType<string>()],
            Consented = request.Consent,
        };
        if (http.HasFormContentType)
        {
            var form = await http.ReadFormAsync(ct);
            var uploads = await SavedUploads.Of(form.Files, assessment.Requirements.Select(r => r.Id), store, ct);
            if (!uploads.Ok)
                return uploads.Error.AsResult();
            draft = draft with { Uploads = uploads.Value };
        }
        var reference = Guid.CreateVersion7().ToString("N");
        if (request.Consent)
        {
            // What the person brings needs no asking.
            var open = assessment.Requirements.Where(r => !draft.Uploads.ContainsKey(r.Id)).ToList();
            var found = await evidence.Ask(assessment.Variant, await evidence.Plan(open, ct), draft, reference, ct);
            if (!found.Ok)
                return found.Error.AsResult();
            draft = found.Value;
        }
        var prepared = filing.Prepare(assessment, draft);
        if (!prepared.Ok)
            return prepared.Error.AsResult();
        var numbers = await filing.TakeNumbers(assessment.Variant, ct);
        // Of an item allowed once, looked at again now that nobody else files: two calls may have come at one moment.
        return assessment.Variant.OneBy is null ? await File() : await db.InTransaction(async () => await filing.Another(assessment.Variant, assessment.Answers, ct) is { } meanwhile ? meanwhile.AsResult() : await File(), ct);

        async Task<IResult> File()
        {
            var filed = await filing.Add(assessment.Variant, numbers, prepared.Value.Body, prepared.Value.Requirements, "api", reference, ct);
            if (!filed.Ok)
                return filed.Error.AsResult();
            var (id, body) = (filed.Value.Id, JsonSerializer.Serialize(FilingAnswer.Of(filed.Value), EventTypes.Json));
            once.Answer(StatusCodes.Status201Created, $"/api/filings/{id}", body);
            if (await db.TrySave(ct) != SaveOutcome.Saved)
                return AtOneMoment.AsResult();
            return new OnceAnswer(StatusCodes.Status201Created, $"/api/filings/{id}", body);
        }
    }

    static readonly Error AtOneMoment = Error.Conflict("filing.open-already", "您同样的申请刚刚提交", "The same application of yours has just been handed in",
        "请到“我的办件”查看进度", "See 'My matters'");

    static Dictionary<string, string> Said(Dictionary<string, string?>? given) =>
        (given ?? []).Where(g => g.Value is not null).ToDictionary(g => g.Key, g => g.Value!);

    static async Task<Result<Request>> Read(HttpRequest http, CancellationToken ct)
    {
        try
        {
            var request = http.HasFormContentType
                ? JsonSerializer.Deserialize<Request>((await http.ReadFormAsync(ct))["filing"].ToString(), EventTypes.Json)
                : await JsonSerializer.DeserializeAsync<Request>(http.Body, EventTypes.Json, ct);
            if (request is { BaseCode.Length: > 0 })
                return request;
        }
        catch (JsonException)
        {
            // Answered below.
        }
        return Error.Invalid("filing.unreadable", "请求应是含 baseCode 的 JSON", "The request must be JSON with a baseCode", "filing", "请按接口说明组织请求", "See the API document");
    }
}
