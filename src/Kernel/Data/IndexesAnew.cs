using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Tongban.Kernel.Data;

/// <summary>
/// Blind indexes are stored in their newest form, whoever made them and whenever: rows that come while the key is being replaced
/// need no second visit.
/// </summary>
static class IndexesAnew
{
    static readonly ConditionalWeakTable<ITypeBase, IReadOnlyList<(IProperty Property, BlindIndexAttribute Mark)>> known = [];

    public static void Write(ChangeTracker changes, IIndexForms forms)
    {
        if (!forms.Replaced)
            return;
        foreach (var entry in changes.Entries().Where(e => e.State is EntityState.Added or EntityState.Modified))
        {
            foreach (var (property, mark) in known.GetValue(entry.Metadata, Indexes))
            {
                var value = entry.Property(property);
                if ((entry.State == EntityState.Added || value.IsModified) && value.CurrentValue is string stored && Columns.Again(stored, mark, forms.Written) is { } anew && anew != stored)
                    value.CurrentValue = anew;
            }
        }
    }

    static IReadOnlyList<(IProperty, BlindIndexAttribute)> Indexes(ITypeBase type) =>
        [.. from property in type.GetProperties() let mark = Columns.BlindMark(property) where mark is not null select (property, mark)];
}
