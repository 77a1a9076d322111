using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Tongban.Trust;

/// <summary>Parameters of an item or inner list: ordered; a repeated key keeps its place and takes the later value (RFC 9651, 4.2.3.2).</summary>
public sealed class FieldParameters : IEnumerable<KeyValuePair<string, FieldValue>>
{
    /// <summary>Shared and immutable by custom: the parser and the constructors never add to it.</summary>
    public static readonly FieldParameters None = new();

    readonly List<KeyValuePair<string, FieldValue>> members = [];

    public int Count => members.Count;

    public FieldValue? this[string key]
    {
        get
        {
            foreach (var member in members)
            {
                if (member.Key == key)
                    return member.Value;
            }
            return null;
        }
    }

    public bool Has(string key) => this[key] is not null;

    /// <summary>Adds, or replaces the value in place.</summary>
    public FieldParameters Add(string key, FieldValue value)
    {
        if (ReferenceEquals(this, None))
            throw new InvalidOperationException("The empty parameters are shared");
        var at = members.FindIndex(member => member.Key == key);
        if (at < 0)
            members.Add(new(key, value));
        else
            members[at] = new(key, value);
        return this;
    }

    public List<KeyValuePair<string, FieldValue>>.Enumerator GetEnumerator() => members.GetEnumerator();

    IEnumerator<KeyValuePair<string, FieldValue>> IEnumerable<KeyValuePair<string, FieldValue>>.GetEnumerator() => members.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => members.GetEnumerator();
}

/// <summary>What may stand in a list or dictionary: an item or an inner list.</summary>
public abstract class FieldMember(FieldParameters parameters)
{
    public FieldParameters Parameters { get; } = parameters;
}

/// <summary>A bare item with parameters.</summary>
public sealed class FieldItem(FieldValue value, FieldParameters? parameters = null) : FieldMember(parameters ?? FieldParameters.None)
{
    public FieldValue Value { get; } = value;
}

/// <summary>A parenthesised list of items, with parameters of its own.</summary>
public sealed class FieldInnerList(IReadOnlyList<FieldItem> items, FieldParameters? parameters = null) : FieldMember(parameters ?? FieldParameters.None)
{
    public IReadOnlyList<FieldItem> Items { get; } = items;
}

/// <summary>An ordered dictionary; a repeated key keeps its place and takes the later value.</summary>
public sealed class FieldDictionary : IEnumerable<KeyValuePair<string, FieldMember>>
{
    readonly List<KeyValuePair<string, FieldMember>> members = [];

    public int Count => members.Count;

    public FieldDictionary Add(string key, FieldMember member)
    {
        var at = members.FindIndex(m => m.Key == key);
        if (at < 0)
            members.Add(new(key, member));
        else
            members[at] = new(key, member);
        return this;
    }

    public bool TryGet(string key, [NotNullWhen(true)] out FieldMember? member)
    {
        foreach (var each in members)
        {
            if (each.Key == key)
            {
                member = each.Value;
                return true;
            }
        }
        member = null;
        return false;
    }

    public List<KeyValuePair<string, FieldMember>>.Enumerator GetEnumerator() => members.GetEnumerator();

    IEnumerator<KeyValuePair<string, FieldMember>> IEnumerable<KeyValuePair<string, FieldMember>>.GetEnumerator() => members.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => members.GetEnumerator();
}
