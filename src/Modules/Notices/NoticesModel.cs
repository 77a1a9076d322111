using Microsoft.EntityFrameworkCore;
using Tongban.Kernel.Data;

namespace Tongban.Notices;

sealed class NoticesModel : IModelPart
{
    public string Prefix => "notices_";

    public void Configure(ModelBuilder model)
    {
        model.Entity<Notice>(e =>
        {
            e.ToTable("notices_notice");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(32);
            e.Property(x => x.Kind).HasMaxLength(20).HasConversion<string>();
            e.Property(x => x.DocumentNumber).HasMaxLength(60);
            e.Property(x => x.CaseNumber).HasMaxLength(40);
            e.Property(x => x.Division).HasMaxLength(12);
            e.Property(x => x.Department).HasMaxLength(40);
            e.Property(x => x.SubjectKey).HasMaxLength(64);
            e.HasIndex(x => x.DocumentNumber).IsUnique();
            e.HasIndex(x => new { x.CaseNumber, x.Id });
        });
        model.Entity<InboxNotice>(e =>
        {
            e.ToTable("notices_inbox");
            e.HasKey(x => x.Id);
            e.Property(x => x.Id).HasMaxLength(32);
            e.Property(x => x.Kind).HasMaxLength(20).HasConversion<string>();
            e.Property(x => x.DocumentNumber).HasMaxLength(60);
            e.Property(x => x.CaseNumber).HasMaxLength(40);
            e.Property(x => x.FilingId).HasMaxLength(40);
            e.Property(x => x.Division).HasMaxLength(12);
            e.Property(x => x.SubjectKey).HasMaxLength(64);
            e.Property(x => x.Revision).IsConcurrencyToken();
            e.HasIndex(x => new { x.SubjectKey, x.Id });
            e.HasIndex(x => new { x.FilingId, x.Id });
        });
    }
}
