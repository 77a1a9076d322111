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
}

/// <param name="Bytes">Stored as bytes rather than text.</param>
/// <param name="Key">The table's primary key, in order.</param>
public sealed record SealedColumn(string Table, string Column, string Context, bool Bytes, IReadOnlyList<string> Key);

/// <param name="Of">What is indexed.</param>
public sealed record BlindColumn(string Table, string Column, string Of);

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
           let of = property.PropertyInfo?.GetCustomAttribute<BlindIndexAttribute>()?.Of
               ?? (property.Name == nameof(IRowRuled.SubjectKey) ? Person : null)
           where of is not null
           orderby entity.GetTableName(), property.GetColumnName()
           select new BlindColumn(entity.GetTableName()!, property.GetColumnName(), of),
    ];

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
