using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Tongban.Kernel.Access;

namespace Tongban.Kernel.Data;

/// <summary>A column whose values are sealed at rest. The rotation of envelope keys finds it by this.</summary>
/// <param name="context">The context its values are sealed under.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SealedAttribute(string context) : Attribute
{
    public string Context => context;
}

/// <summary>A column that holds a keyed index of a value, by which rows are found without opening any.</summary>
/// <param name="of">What is indexed, for the table in the docs.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BlindIndexAttribute(string of) : Attribute
{
    public string Of => of;

    /// <summary>What stands before the index where the column also holds other things; they are left alone.</summary>
    public string After { get; init; } = "";

    /// <summary>What stands between the indexes where the column holds several.</summary>
    public string Between { get; init; } = "";

    /// <summary>Written anew before all others: rows elsewhere lead to these.</summary>
    public bool First { get; init; }

    /// <summary>Written anew after all others, the log too: it leads there, and nothing else says where.</summary>
    public bool Last { get; init; }
}

/// <summary>One column, and the primary key of its table, in order.</summary>
public abstract record StoredColumn(string Table, string Column, IReadOnlyList<string> Key)
{
    public sealed override string ToString() => $"{Table}.{Column}";
}

/// <param name="Bytes">Stored as bytes rather than text.</param>
public sealed record SealedColumn(string Table, string Column, string Context, bool Bytes, IReadOnlyList<string> Key) : StoredColumn(Table, Column, Key);

/// <param name="Mark">What the room says of it.</param>
public sealed record BlindColumn(string Table, string Column, BlindIndexAttribute Mark, IReadOnlyList<string> Key) : StoredColumn(Table, Column, Key)
{
    /// <summary>A stored value with its index changed; null of what holds none.</summary>
    public string? Again(string stored, Func<string, string> anew) => Columns.Again(stored, Mark, anew);
}

/// <summary>Which columns of the node's database are sealed and which are blind indexes, as the rooms' own entities say.</summary>
public static class Columns
{
    /// <summary>Of every row that belongs to somebody: <see cref="IRowRuled.SubjectKey"/>.</summary>
    public const string Person = "person or enterprise (identity number, credit code)";

    public static IReadOnlyList<SealedColumn> Sealed(IModel model) =>
    [
        .. from entity in Tables(model)
           from property in entity.GetProperties()
           let sealing = property.PropertyInfo?.GetCustomAttribute<SealedAttribute>()
           where sealing is not null
           let key = entity.FindPrimaryKey()!.Properties.Select(k => k.GetColumnName()).ToList()
           orderby entity.GetTableName(), property.GetColumnName()
           select new SealedColumn(entity.GetTableName()!, property.GetColumnName(), sealing.Context, property.ClrType == typeof(byte[]), key),
    ];

    public static IReadOnlyList<BlindColumn> Blind(IModel model) =>
    [
        .. from entity in Tables(model)
           from property in entity.GetProperties()
           let marked = BlindMark(property)
           where marked is not null
           let key = entity.FindPrimaryKey()!.Properties.Select(k => k.GetColumnName()).ToList()
           orderby entity.GetTableName(), property.GetColumnName()
           select new BlindColumn(entity.GetTableName()!, property.GetColumnName(), marked, key),
    ];

    static readonly BlindIndexAttribute OfPerson = new(Person);

    /// <summary>What a property says of itself; null when it holds no blind index.</summary>
    internal static BlindIndexAttribute? BlindMark(IReadOnlyProperty property) =>
        property.PropertyInfo?.GetCustomAttribute<BlindIndexAttribute>() ?? (property.Name == nameof(IRowRuled.SubjectKey) ? OfPerson : null);

    internal static string? Again(string stored, BlindIndexAttribute mark, Func<string, string> anew)
    {
        if (mark.Between.Length > 0)
            return string.Join(mark.Between, stored.Split(mark.Between).Select(part => part.Length == 0 ? part : anew(part)));
        return stored.Length > mark.After.Length && stored.StartsWith(mark.After, StringComparison.Ordinal) ? mark.After + anew(stored[mark.After.Length..]) : null;
    }

    /// <summary>Every column that could hold a sealed value, whatever its room says of it.</summary>
    public static IReadOnlyList<(string Table, string Column, bool Bytes)> Any(IModel model) =>
    [
        .. from entity in Tables(model)
           from property in entity.GetProperties()
           where property.ClrType == typeof(string) || property.ClrType == typeof(byte[])
           orderby entity.GetTableName(), property.GetColumnName()
           select (entity.GetTableName()!, property.GetColumnName(), property.ClrType == typeof(byte[])),
    ];

    static IEnumerable<IEntityType> Tables(IModel model) => model.GetEntityTypes().Where(e => !e.IsOwned() && e.GetTableName() is not null);
}
