using Tongban.Kernel;

namespace Tongban.Exchange;

/// <summary>One right in a resource, as it is looked at for every query.</summary>
/// <param name="From">Unix ms, inclusive.</param>
/// <param name="Until">Unix ms, exclusive.</param>
sealed record DataRight(string Kind, string Party, long From, long Until)
{
    public bool IsInForce(long now) => From <= now && now < Until;
}

/// <summary>What a catalogue says of it.</summary>
sealed record RightOffer(string Kind, string Party);

/// <summary>
/// The three rights in data: holding (数据资源持有权), processing and using (数据加工使用权), operating products (数据产品经营权). They are asked for when
/// an agreement is made and on every query; a right that ends stops what rested on it.
/// </summary>
static class DataRights
{
    public const string Holder = "holder";
    public const string Processor = "processor";
    public const string Operator = "operator";

    public static readonly string[] Kinds = [Holder, Processor, Operator];

    /// <summary>Null when whoever needs a right for these terms has it.</summary>
    /// <param name="rights">All that are registered for the resource; without a registered holder its provider holds it.</param>
    public static Error? Refuses(AgreementTerms terms, IReadOnlyList<DataRight> rights, long now)
    {
        bool Has(string kind, string party) => rights.Any(r => r.Kind == kind && r.Party == party && r.IsInForce(now));
        if (rights.Any(r => r.Kind == Holder && r.IsInForce(now)) && !Has(Holder, terms.Provider) && !Has(Operator, terms.Provider))
            return Refusal("rights.not-holder", "提供方没有登记这项资源的持有权或经营权", "The provider is registered neither as holder nor as operator of the resource", "provider", "请持有方登记授权", "Let the holder register it");
        if (terms.Plan is not null && !Has(Operator, terms.Provider))
            return Refusal("rights.no-operation", "收费须先登记提供方的数据产品经营权", "To charge for it the provider has to be registered as operator", "fee", "请先登记经营权，或改为免费", "Register that right first, or offer it free of charge");
        if (terms.Processing && !Has(Processor, terms.Consumer))
            return Refusal("rights.no-processing", "再加工须先登记使用方的加工使用权", "To process it further the consumer has to be registered as processor", "processing", "请提供方先登记加工使用权，或去掉这一项", "Let the provider register that right first, or leave it out");
        return null;
    }

    static Error Refusal(string code, string zh, string en, string where, string todo, string todoEn) => new(ErrorKind.Forbidden, code, zh, en, where, todo, todoEn);

    public static Words Name(string kind) => kind switch
    {
        Holder => new("持有权", "Holder"),
        Processor => new("加工使用权", "Processor"),
        _ => new("产品经营权", "Operator"),
    };
}
