using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tongban.Contracts.Identity;
using Tongban.Contracts.Items;
using Tongban.Kernel;
using Tongban.Kernel.Data;
using Tongban.Kernel.Http;
using Tongban.Kernel.Time;

namespace Tongban.Cases.Filings;

/// <summary>Begins an application from the guide's answers: fields baseCode and answer.{question}.</summary>
static class StartDraft
{
    public static void Map(Faces faces)
    {
        faces.Portal.MapPost("/drafts", Handle).Only(Allow.Person).WithOnce();
    }

    static async Task<IResult> Handle(HttpRequest request, IItems items, IIdentities identities, Drafts drafts, FileCase filing, NodeDb db, NodeIdentity node, TimeProvider clock, Once once, CancellationToken ct)
    {
        var read = await Fields.Read(request, ct);
        if (!read.Ok)
            return read.Error.AsResult();
        var assessed = await items.Assess(read.Value["baseCode"], read.Value.Below("answer"), ct);
        if (!assessed.Ok)
            return assessed.Error.AsResult();
        var subject = await identities.Subject(ct);
        if (!subject.Ok)
            return subject.Error.AsResult();
        var variant = assessed.Value.Variant;
        if (filing.NotServed(variant, subject.Value) is { } other)
            return other.AsResult();
        if (await filing.Another(variant, assessed.Value.Answers, ct) is { } another)
            return another.AsResult();
        var row = new Draft
        {
            Id = Guid.CreateVersion7().ToString("N"),
            Division = node.Division,
            SubjectKey = db.Actor.SubjectKey!,
            BaseCode = variant.BaseCode,
            ImplementationCode = variant.ImplementationCode,
            ItemVersion = variant.Version,
            ItemName = variant.Name,
            Body = "",
            CreatedAt = clock.NowMs(),
        };
        var body = new DraftBody(subject.Value, await identities.ActingPerson(ct), assessed.Value.Answers);
        db.Add(row);
        var first = DraftFlow.Steps(new OpenDraft(row, body, assessed.Value))[0].Href;
        return await drafts.Save(new OpenDraft(row, body, assessed.Value), body, first, once, ct);
    }
}
