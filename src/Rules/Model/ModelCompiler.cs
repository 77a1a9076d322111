using Tongban.Rules.Evaluation;
using Tongban.Rules.Syntax;
using Tongban.Rules.Types;

namespace Tongban.Rules.Model;

/// <summary>Binds a model and all it imports, and compiles every element.</summary>
sealed class ModelCompiler(DmnModel root)
{
    readonly List<Diagnostic> diagnostics = [];
    readonly List<CompiledElement> elements = [];
    readonly Dictionary<string, CompiledElement> byHref = new(StringComparer.Ordinal);
    readonly Dictionary<string, TypeSet> typesOf = new(StringComparer.Ordinal);
    readonly NameScope members = new(null);

    public CompiledModel Compile()
    {
        var models = new List<DmnModel>();
        Gather(root, models);
        // What is imported comes first, so that its types are there when they are named.
        foreach (var model in models)
            Declare(model);
        foreach (var model in models)
            foreach (var element in model.Elements)
                Bind(model, byHref[Href(model, element.Id)], element);
        CheckCycles();
        return new CompiledModel(root, elements, [.. elements.Where(e => e.Model == root)], diagnostics);
    }

    static string Href(DmnModel model, string id) => $"{model.Namespace}#{id}";

    void Gather(DmnModel model, List<DmnModel> into)
    {
        if (into.Contains(model) || typesOf.ContainsKey(model.Namespace))
            return;
        typesOf[model.Namespace] = new TypeSet();
        foreach (var import in model.Imports.Where(i => i.Namespace.Length > 0))
            if (model.Available?.Find(import.Namespace) is { } imported)
                Gather(imported, into);
            else
                diagnostics.Add(Diagnostic.Warning("dmn.import-missing", $"找不到引入的模型“{import.Name}”", $"imported model '{import.Name}' is not available", null, import.Line));
        into.Add(model);
    }

    void Declare(DmnModel model)
    {
        var types = typesOf[model.Namespace];
        foreach (var import in model.Imports)
            if (typesOf.TryGetValue(import.Namespace, out var imported))
                foreach (var name in imported.Names.ToArray())
                    types.Add(import.Name.Length == 0 ? name : $"{import.Name}.{name}", imported.Find(name)!);
        foreach (var definition in model.Types)
            AddMembers(definition);
        new TypeBuilder(model.Types, types, () => new Compiler(types, members, diagnostics), diagnostics).Build();
        foreach (var element in model.Elements)
        {
            members.Add(element.Variable);
            CompiledElement compiled = element switch
            {
                InputDataElement => new CompiledInput(),
                DecisionElement => new CompiledDecision(),
                KnowledgeElement => new CompiledKnowledge(),
                _ => new CompiledService(),
            };
            compiled.Model = model;
            compiled.Element = element;
            compiled.Index = elements.Count;
            elements.Add(compiled);
            byHref[Href(model, element.Id)] = compiled;
        }
        foreach (var name in new[] { "time offset", "start included", "end included" })
            members.Add(name);
    }

    void AddMembers(ItemDefinition definition)
    {
        foreach (var component in definition.Components)
        {
            members.Add(component.Name);
            AddMembers(component);
        }
    }

    CompiledElement? Target(DmnModel model, string href)
    {
        var full = href.StartsWith('#') ? model.Namespace + href : href.Contains('#') ? href : $"{model.Namespace}#{href}";
        return byHref.GetValueOrDefault(full);
    }

    void Bind(DmnModel model, CompiledElement compiled, DrgElement element)
    {
        var types = typesOf[model.Namespace];
        var compiler = new Compiler(types, members, diagnostics, element.Id);
        var boxed = new BoxedCompiler(compiler, element.Name);
        compiled.Type = boxed.Type(element.TypeRef, element.Line);
        switch (element)
        {
            case DecisionElement d:
                var scope = Require(model, compiled, d.Id, d.Requires, d.Line);
                var decision = (CompiledDecision)compiled;
                (decision.Body, decision.Scope) = (boxed.Compile(d.Logic, scope), scope);
                break;
            case KnowledgeElement k:
                // A knowledge model may call itself by its own name.
                var outer = Require(model, compiled, k.Id, k.Requires, k.Line, k.Variable);
                var knowledge = (CompiledKnowledge)compiled;
                if (k.Logic is null)
                    diagnostics.Add(Diagnostic.Warning("dmn.no-logic", $"“{k.Name}”没有逻辑", $"'{k.Name}' has no logic", k.Id, k.Line));
                (knowledge.Body, knowledge.Scope) = (boxed.Function(k.Logic ?? new BoxedFunction("FEEL", [], null, null, k.Line), outer, k.Name), outer);
                break;
            case ServiceElement s:
                var service = (CompiledService)compiled;
                service.Inputs = [.. s.InputData.Concat(s.InputDecisions).Select(h => Target(model, h)).OfType<CompiledElement>()];
                service.Outputs = [.. s.Outputs.Select(h => Target(model, h)).OfType<CompiledElement>()];
                break;
        }
    }

    /// <summary>A scope with the elements a body needs; those of imported models stand behind the import's name.</summary>
    Scope Require(DmnModel model, CompiledElement compiled, string id, IReadOnlyList<string> hrefs, int line, string? self = null)
    {
        var scope = Scope.Root();
        var needs = new List<Need>();
        var imported = new Dictionary<string, List<CompiledElement>>(StringComparer.Ordinal);
        if (self is not null)
            needs.Add(new(scope.Add(self), compiled, null, []));
        foreach (var href in hrefs)
        {
            if (Target(model, href) is not { } target)
            {
                diagnostics.Add(Diagnostic.Warning("dmn.requirement-missing", $"找不到所需的元素 {href}", $"required element {href} not found", id, line));
                continue;
            }
            var import = target.Model == model ? null : model.Imports.FirstOrDefault(i => i.Namespace == target.Model.Namespace)?.Name;
            if (string.IsNullOrEmpty(import))
                needs.Add(new(scope.Add(target.Element.Variable), target, null, []));
            else if (imported.TryGetValue(import, out var list))
                list.Add(target);
            else
                imported[import] = [target];
        }
        foreach (var (name, list) in imported)
            needs.Add(new(scope.Add(name), null, name, list));
        compiled.Needs = [.. needs];
        return scope;
    }

    void CheckCycles()
    {
        var state = new int[elements.Count];
        foreach (var element in elements)
            Visit(element);

        void Visit(CompiledElement e)
        {
            if (state[e.Index] == 2 || e is CompiledKnowledge)
                return;
            if (state[e.Index] == 1)
            {
                diagnostics.Add(Diagnostic.Error("dmn.cycle", $"“{e.Element.Name}”依赖自身", $"'{e.Element.Name}' depends on itself", e.Element.Id, e.Element.Line));
                e.IsCyclic = true;
                return;
            }
            state[e.Index] = 1;
            foreach (var need in e.Needs)
                foreach (var target in need.Element is { } one ? [one] : need.Imported)
                    Visit(target);
            state[e.Index] = 2;
        }
    }
}
