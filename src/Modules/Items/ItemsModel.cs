using Microsoft.EntityFrameworkCore;
using Tongban.Kernel.Access;
using Tongban.Kernel.Data;

namespace Tongban.Items;

sealed class ItemsModel : IModelPart
{
    public string Prefix => "items_";

    public void Configure(ModelBuilder model)
    {
        model.Entity<ItemRow>(e =>
        {
            e.ToTable("items_item");
            e.HasKey(x => x.BaseCode);
            e.Property(x => x.BaseCode).HasMaxLength(12);
            e.Property(x => x.Slug).HasMaxLength(64);
            e.Property(x => x.NameZh).HasMaxLength(200);
            e.Property(x => x.NameEn).HasMaxLength(300);
            e.Property(x => x.DepartmentKind).HasMaxLength(32);
            e.Property(x => x.Hash).HasMaxLength(64);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => x.Slug).IsUnique();
        });
        model.Entity<VariantRow>(e =>
        {
            e.ToTable("items_variant");
            e.HasKey(x => new { x.ImplementationCode, x.Version });
            e.Property(x => x.ImplementationCode).HasMaxLength(31);
            e.Property(x => x.BaseCode).HasMaxLength(12);
            e.Property(x => x.Division).HasMaxLength(12);
            e.Property(x => x.Department).HasMaxLength(64);
            e.Property(x => x.State).HasMaxLength(16);
            e.Property(x => x.ValidFrom).HasMaxLength(10);
            e.Property(x => x.ValidUntil).HasMaxLength(10);
            e.Property(x => x.Hash).HasMaxLength(64);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.BaseCode, x.Division, x.State });
        });
    }
}

/// <summary>A base item (事项）： the same in every jurisdiction.</summary>
[NoRowRule("The public catalogue of services; holds nothing about anybody.")]
sealed class ItemRow
{
    public required string BaseCode { get; init; }

    public required string Slug { get; set; }

    public required string NameZh { get; set; }

    public required string NameEn { get; set; }

    public required string DepartmentKind { get; set; }

    public bool Tailored { get; set; }

    /// <summary><see cref="Catalogue.ItemDocument"/> as JSON.</summary>
    public required string Document { get; set; }

    /// <summary>SHA-256 of what the document was read from; tells whether a file changed.</summary>
    public required string Hash { get; set; }

    public long ChangedAt { get; set; }

    public long Revision { get; set; }
}

/// <summary>One version of one jurisdiction's variant (实施清单）. A published version never changes but in its end.</summary>
[NoRowRule("The public catalogue of services; holds nothing about anybody.")]
sealed class VariantRow
{
    public const string Published = "published";
    public const string Draft = "draft";

    public required string ImplementationCode { get; init; }

    /// <summary>From 1, rising.</summary>
    public int Version { get; init; }

    public required string BaseCode { get; init; }

    public required string Division { get; init; }

    public required string Department { get; init; }

    public required string State { get; set; }

    /// <summary>ISO date, first day of validity.</summary>
    public required string ValidFrom { get; init; }

    /// <summary>ISO date, first day it is no longer valid; null while it is.</summary>
    public string? ValidUntil { get; set; }

    /// <summary><see cref="Catalogue.VariantDocument"/> as JSON.</summary>
    public required string Document { get; init; }

    public required string Hash { get; init; }

    public long At { get; init; }

    public long Revision { get; set; }
}
