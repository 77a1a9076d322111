using Microsoft.EntityFrameworkCore;
using Tongban.Kernel.Data;
using Tongban.Rulebook.Versions;

namespace Tongban.Rulebook;

sealed class RulebookModel : IModelPart
{
    public string Prefix => "rulebook_";

    public void Configure(ModelBuilder model) => model.Entity<RuleVersion>(e =>
    {
        e.ToTable("rulebook_version");
        e.HasKey(x => new { x.RuleId, x.Version });
        e.Property(x => x.RuleId).HasMaxLength(128);
        e.Property(x => x.Name).HasMaxLength(300);
        e.Property(x => x.Hash).HasMaxLength(64);
        e.Property(x => x.State).HasMaxLength(16);
        e.Property(x => x.ValidFrom).HasMaxLength(10);
        e.Property(x => x.Author).HasMaxLength(128);
        e.Property(x => x.Approver).HasMaxLength(128);
        e.Property(x => x.Revision).IsConcurrencyToken();
        e.HasIndex(x => new { x.RuleId, x.State, x.ValidFrom });
    });
}
