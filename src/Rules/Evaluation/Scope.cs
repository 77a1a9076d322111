using Tongban.Rules.Syntax;

namespace Tongban.Rules.Evaluation;

/// <summary>Counts the slots that one body needs; final once the body is compiled.</summary>
sealed class Layout
{
    public int Size { get; private set; }

    public int Next() => Size++;
}

/// <summary>Names in scope while compiling: for the parser as text, for the compiler as slots.</summary>
sealed class Scope
{
    readonly Dictionary<string, int> slots = new(StringComparer.Ordinal);

    Scope(Scope? parent, Layout layout, NameScope names)
    {
        Parent = parent;
        Layout = layout;
        Names = names;
    }

    public Scope? Parent { get; }
    public Layout Layout { get; }
    public NameScope Names { get; }

    /// <summary>In a filter: the slot of the item whose members are names of their own. Otherwise null.</summary>
    public int? ItemSlot { get; private init; }

    /// <summary>The outermost scope of a body: sees the built-in functions.</summary>
    public static Scope Root() => new(null, new Layout(), new NameScope(Functions.Builtins.Names));

    public Scope Child() => new(this, Layout, new NameScope(Names));

    public Scope Filter()
    {
        var slot = Layout.Next();
        var child = new Scope(this, Layout, new NameScope(Names)) { ItemSlot = slot };
        child.slots["item"] = slot;
        return child;
    }

    public int Add(string name)
    {
        if (slots.TryGetValue(name, out var known))
            return known;
        var slot = Layout.Next();
        slots[name] = slot;
        Names.Add(name);
        return slot;
    }

    public int? Own(string name) => slots.TryGetValue(name, out var slot) ? slot : null;
}
