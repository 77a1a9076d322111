using Tongban.Contracts.Exchange;
using Tongban.Kernel;
using Tongban.Kernel.Time;

namespace Tongban.Exchange;

/// <summary>
/// The evidence broker: evidence type and jurisdiction → the department that can answer, the resource, and the agreement
/// under which this node may ask.
/// </summary>
sealed class LocateEvidence(NodeIdentity node, RegionDirectory directory, Catalogues catalogues, AgreementBook agreements)
{
    public async Task<Result<EvidenceSource>> Locate(string evidenceType, string division, DateOnly at, CancellationToken ct)
    {
        var provider = node.NodeOf(division);
        if (directory.Entry(provider) is not { } member)
            return NobodyAnswers(division, "该地区尚未加入", "the jurisdiction has not joined");
        var catalogue = await catalogues.Of(provider, ct);
        if (!catalogue.Ok)
            return catalogue.Error;
        return Of(catalogue.Value, evidenceType, at) switch
        {
            { Offer: { } offer, Agreement: { } agreement } => Source(evidenceType, provider, offer, agreement),
            { Offer: null } => NobodyAnswers($"{member.Name.Zh}", "没有部门提供这类证明", "no department offers this evidence", member.Name.En),
            _ => NobodyAnswers($"{member.Name.Zh}", "双方没有有效的共享协议", "there is no agreement in force", member.Name.En),
        };
    }

    /// <summary>Who of a member can answer this node at a date, and under what; the offer alone where no agreement holds then.</summary>
    public (ResourceOffer? Offer, Agreement? Agreement) Of(CatalogueDocument catalogue, string evidenceType, DateOnly at)
    {
        var instant = new DateTimeOffset(at.ToDateTime(new TimeOnly(12, 0)), LocalTime.Zone.BaseUtcOffset).ToUnixTimeMilliseconds();
        ResourceOffer? first = null;
        foreach (var offer in catalogue.Resources.Where(r => r.EvidenceTypes.Contains(evidenceType)))
        {
            first ??= offer;
            if (agreements.Between(catalogue.NodeId, node.Id, offer.Code, offer.Version, instant) is { } agreement)
                return (offer, agreement);
        }
        return (first, null);
    }

    static EvidenceSource Source(string evidenceType, string provider, ResourceOffer offer, Agreement agreement) => new(
        evidenceType,
        provider,
        offer.Department,
        offer.DepartmentName,
        offer.Code,
        offer.Name,
        [.. offer.Fields.Where(f => agreement.Terms.Fields.Contains(f.Name)).Select(f => new FieldName(f.Name, f.Label) { Type = f.Type })],
        [.. offer.Parameters.Where(p => p.Required).Select(p => p.Name)],
        agreement.Id,
        agreement.Terms.Basis.IsConsent)
    {
        MayRepeat = agreement.Terms.Subscription,
    };

    static Error NobodyAnswers(string where, string why, string whyEn, string? whereEn = null) => Error.NotFound(
        "evidence.nobody-answers", $"{where}暂时不能在线提供这项证明：{why}", $"{whereEn ?? where} cannot answer for this evidence yet: {whyEn}") with
    {
        Todo = "请自行上传这项材料",
        TodoEn = "Upload the document yourself",
    };
}
